package js

import (
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"github.com/httsleep/httsleep/evaluator"
)

// guard is something that the host puts in place of, or beside, what the
// machine comes with. Making it takes time in every evaluation, so a trusted
// source gets only those that it mentions.
type guard struct {
	word    string
	install func(*evaluation)
}

// guards are all of them.
var guards = func() []guard {
	all := []guard{
		{"JSON", installJSON},
		{"structuredClone", installClone},
		{"console", installConsole},
		{"repeat", onString("repeat", checkRepeat)},
		{"padStart", onString("padStart", checkPad)},
		{"padEnd", onString("padEnd", checkPad)},
		joinGuard,
		{"Array", installArray},
		{"ArrayBuffer", boundBuffer("ArrayBuffer", 1)},
		{"apply", installApply},
		{"RegExp", installRegExp},
		{"__proto__", installProto},
		{"setPrototypeOf", installFixed("setPrototypeOf")},
		{"preventExtensions", installFixed("preventExtensions")},
		{"freeze", installFixed("freeze")},
		{"seal", installFixed("seal")},
	}
	for _, name := range arrayMethods {
		all = append(all, guard{name, onArray(name)})
	}
	for name, size := range bufferElements {
		all = append(all, guard{name, boundBuffer(name, size)})
	}
	return all
}()

// guardsFor are the guards of a source: those whose names it writes. Code that
// hides a name from them is hostile, and for hostile code there are walls.
func guardsFor(source string) []guard {
	var found []guard
	for _, g := range guards {
		if strings.Contains(source, g.word) {
			found = append(found, g)
		}
	}
	return found
}

// arrayMethods walk through all of an array without giving the machine a chance
// to stop them.
var arrayMethods = []string{
	"fill", "indexOf", "lastIndexOf", "includes", "reverse", "sort", "concat",
	"slice", "splice", "copyWithin", "flat", "flatMap", "forEach", "map", "filter",
	"some", "every", "reduce", "reduceRight", "find", "findIndex", "findLast",
	"findLastIndex", "shift", "unshift", "toSorted", "toReversed", "toSpliced", "with",
}

// bufferElements are the constructors of typed arrays, with the bytes that an
// element takes.
var bufferElements = map[string]int64{
	"Int8Array": 1, "Uint8Array": 1, "Uint8ClampedArray": 1, "Int16Array": 2, "Uint16Array": 2,
	"Int32Array": 4, "Uint32Array": 4, "Float32Array": 4, "Float64Array": 8,
	"BigInt64Array": 8, "BigUint64Array": 8,
}

// maxElements is the longest array that a built-in function walks through.
const maxElements = 1 << 20

// before puts a check before a built-in function.
func (e *evaluation) before(owner *goja.Object, name string, check func(*evaluation, goja.FunctionCall)) {
	original, callable := goja.AssertFunction(owner.Get(name))
	if !callable {
		return
	}
	hide(owner, name, e.native(name, func(call goja.FunctionCall) goja.Value {
		check(e, call)
		return e.must(original(call.This, call.Arguments...))
	}))
}

// prototype is what the instances of a built-in class inherit from.
func (e *evaluation) prototype(class string) *goja.Object {
	return e.vm.Get(class).(*goja.Object).Get("prototype").(*goja.Object)
}

func onString(name string, check func(*evaluation, goja.FunctionCall)) func(*evaluation) {
	return func(e *evaluation) { e.before(e.prototype("String"), name, check) }
}

func checkRepeat(e *evaluation, call goja.FunctionCall) {
	e.checkText(float64(length(call.This)) * call.Argument(0).ToFloat())
}

func checkPad(e *evaluation, call goja.FunctionCall) { e.checkText(call.Argument(0).ToFloat()) }

func (e *evaluation) checkText(length float64) {
	if length > maxText {
		e.breaks(evaluator.Memory.Broken("a text of more than %d characters", maxText))
	}
}

func onArray(name string) func(*evaluation) {
	return func(e *evaluation) { e.before(e.prototype("Array"), name, checkThis) }
}

func checkThis(e *evaluation, call goja.FunctionCall) {
	if object, ok := call.This.(*goja.Object); ok {
		e.checkLength(object.Get("length"))
	}
}

func (e *evaluation) checkLength(length goja.Value) {
	if length != nil && length.ToFloat() > maxElements {
		e.breaks(evaluator.Memory.Broken("an array of more than %d elements", maxElements))
	}
}

// joinGuard bounds how arrays become text, which is what join is called for
// whatever a script writes.
var joinGuard = guard{"join", func(e *evaluation) {
	depth, size := 0, 0 // the arrays that are inside each other, and the text in the innermost
	join, _ := goja.AssertFunction(e.prototype("Array").Get("join"))
	hide(e.prototype("Array"), "join", e.native("join", func(call goja.FunctionCall) goja.Value {
		checkThis(e, call)
		if depth == 0 {
			size = 0
		}
		outer := size
		depth++
		defer func() { depth-- }()
		if size = e.textIn(call.This); depth > maxDepth {
			e.breaks(evaluator.Depth.Broken("the text of arrays inside each other deeper than %d", maxDepth))
		}
		e.checkText(float64(size))
		text := e.must(join(call.This, call.Arguments...))
		size = outer + length(text)
		e.checkText(float64(size))
		return text
	}))
}}

// textIn is how many characters the texts in an array have. It is only looked at
// where nothing in the script could notice.
func (e *evaluation) textIn(list goja.Value) int {
	array, ok := list.(*goja.Object)
	if !ok || !e.unit.calm {
		return 0
	}
	size := 0
	for i := range array.Get("length").ToInteger() {
		if element := array.Get(strconv.FormatInt(i, 10)); element != nil && goja.IsString(element) {
			size += length(element)
		}
	}
	return size
}

// maxCharacters is the longest text that a list of characters is made of.
const maxCharacters = 1 << 16

// listGuard bounds the lists of characters that calm scripts make.
var listGuard = guard{install: func(e *evaluation) {
	for _, name := range []string{"entries", "keys", "values"} {
		e.before(e.vm.Get("Object").(*goja.Object), name, func(e *evaluation, call goja.FunctionCall) {
			if text := call.Argument(0); goja.IsString(text) && length(text) > maxCharacters {
				e.breaks(evaluator.Memory.Broken("a list of more than %d characters", maxCharacters))
			}
		})
	}
}}

// installArray bounds the constructor of arrays, and what it can make one from.
func installArray(e *evaluation) {
	array := e.vm.Get("Array").(*goja.Object)
	e.before(array, "from", func(e *evaluation, call goja.FunctionCall) {
		if object, ok := call.Argument(0).(*goja.Object); ok {
			e.checkLength(object.Get("length"))
		}
	})
	e.replace("Array", func(arguments []goja.Value) {
		if len(arguments) == 1 && goja.IsNumber(arguments[0]) {
			e.checkLength(arguments[0])
		}
	})
}

// replace puts a check before a built-in constructor.
func (e *evaluation) replace(class string, check func(arguments []goja.Value)) {
	original := e.vm.Get(class).(*goja.Object)
	call, _ := goja.AssertFunction(original)
	construct, _ := goja.AssertConstructor(original)
	proxy := e.vm.ToValue(e.vm.NewProxy(original, &goja.ProxyTrapConfig{
		Apply: func(_ *goja.Object, this goja.Value, arguments []goja.Value) goja.Value {
			check(arguments)
			return e.must(call(this, arguments...))
		},
		Construct: func(_ *goja.Object, arguments []goja.Value, newTarget *goja.Object) *goja.Object {
			check(arguments)
			made, err := construct(newTarget, arguments...)
			if err != nil {
				panic(err)
			}
			return made
		},
	}))
	hide(e.prototype(class), "constructor", proxy)
	hide(e.vm.GlobalObject(), class, proxy)
	_ = original.DefineDataPropertySymbol(goja.SymHasInstance, e.native("[Symbol.hasInstance]", e.inherits),
		goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
}

// inherits is what instanceof asks of a constructor; the machine does not find
// the built-in answer behind a proxy.
func (e *evaluation) inherits(call goja.FunctionCall) goja.Value {
	object, isObject := call.Argument(0).(*goja.Object)
	class, isClass := call.This.(*goja.Object)
	if !isObject || !isClass {
		return e.vm.ToValue(false)
	}
	prototype := class.Get("prototype")
	for above := object.Prototype(); above != nil; above = above.Prototype() {
		if above.SameAs(prototype) {
			return e.vm.ToValue(true)
		}
	}
	return e.vm.ToValue(false)
}

// boundBuffer bounds what the buffers of an evaluation take together.
func boundBuffer(class string, size int64) func(*evaluation) {
	return func(e *evaluation) {
		e.replace(class, func(arguments []goja.Value) {
			if len(arguments) == 0 {
				return
			}
			count := arguments[0]
			if object, ok := count.(*goja.Object); ok {
				if object.ClassName() == "ArrayBuffer" {
					return
				}
				count = object.Get("length")
			}
			if count != nil {
				e.take(count.ToFloat() * float64(size))
			}
		})
	}
}

// take counts memory that the script asks for.
func (e *evaluation) take(bytes float64) {
	if bytes > 0 {
		e.taken += int64(min(bytes, 1<<50))
	}
	if e.taken > e.limits.Memory {
		e.breaks(evaluator.Memory.Broken("buffers of more than %d MiB", e.limits.Memory>>20))
	}
}

// maxArguments is how many arguments a list can be spread into.
const maxArguments = 1 << 16

// installApply bounds the lists that become arguments.
func installApply(e *evaluation) {
	check := func(at int) func(*evaluation, goja.FunctionCall) {
		return func(e *evaluation, call goja.FunctionCall) {
			list, ok := call.Argument(at).(*goja.Object)
			if !ok {
				return
			}
			if length := list.Get("length"); length != nil && length.ToFloat() > maxArguments {
				e.breaks(evaluator.Memory.Broken("more than %d arguments", maxArguments))
			}
		}
	}
	e.before(e.prototype("Function"), "apply", check(1))
	e.before(e.vm.Get("Reflect").(*goja.Object), "apply", check(2))
}

// maxPattern is the longest regular expression that is made at run time.
const maxPattern = 1 << 12

// installRegExp bounds the expressions that a script makes.
func installRegExp(e *evaluation) {
	e.replace("RegExp", func(arguments []goja.Value) {
		if len(arguments) > 0 && goja.IsString(arguments[0]) && length(arguments[0]) > maxPattern {
			e.breaks(evaluator.Compile.Broken("a regular expression of more than %d characters", maxPattern))
		}
	})
}

// length is how many characters the text of a value has.
func length(value goja.Value) int {
	if text, ok := value.ToString().(goja.String); ok {
		return text.Length()
	}
	return 0
}
