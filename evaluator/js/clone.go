package js

import (
	"github.com/dop251/goja"

	"github.com/httsleep/httsleep/evaluator"
)

// installClone gives scripts structuredClone, which the machine lacks.
func installClone(e *evaluation) {
	hide(e.vm.GlobalObject(), "structuredClone", e.native("structuredClone", func(call goja.FunctionCall) goja.Value {
		c := cloner{e: e, made: map[*goja.Object]*goja.Object{}}
		return c.clone(call.Argument(0))
	}))
}

// cloner copies a value with all that it holds.
type cloner struct {
	e     *evaluation
	made  map[*goja.Object]*goja.Object
	depth int
}

func (c *cloner) clone(value goja.Value) goja.Value {
	object, ok := value.(*goja.Object)
	if !ok {
		if _, isSymbol := value.(*goja.Symbol); isSymbol {
			c.e.throw("TypeError", "structuredClone: a symbol cannot be copied")
		}
		return value
	}
	if made := c.made[object]; made != nil {
		return made
	}
	if c.depth++; c.depth > maxDepth {
		c.e.breaks(evaluator.Depth.Broken("structuredClone: values nest deeper than %d", maxDepth))
	}
	defer func() { c.depth-- }()
	switch class := classOf(object); class {
	case "Array":
		return c.array(object)
	case "Date", "Number", "String", "Boolean":
		return c.rebuilt(class, object)
	case "Map", "Set":
		return c.rebuilt(class, c.array(c.listed(object)))
	case "Object":
		return c.object(object)
	default:
		c.e.throw("TypeError", "structuredClone: this kind of object cannot be copied: "+class)
		return nil
	}
}

func (c *cloner) array(array *goja.Object) *goja.Object {
	made := c.e.vm.NewArray()
	c.made[array] = made
	c.members(array, made)
	_ = made.Set("length", array.Get("length"))
	return made
}

func (c *cloner) object(object *goja.Object) *goja.Object {
	made := c.e.vm.NewObject()
	c.made[object] = made
	c.members(object, made)
	return made
}

func (c *cloner) members(from, to *goja.Object) {
	for _, name := range from.Keys() {
		if c.e.stopped.Load() != nil {
			c.e.throw("Error", "the callback was stopped")
		}
		c.e.define(to, name, c.clone(from.Get(name)))
	}
}

// rebuilt makes an object of a built-in class from what its constructor takes.
func (c *cloner) rebuilt(class string, from goja.Value) *goja.Object {
	made, err := c.e.vm.New(c.e.vm.Get(class), from)
	if err != nil {
		panic(err)
	}
	return made
}

// listed is what a Map or Set holds, as an array.
func (c *cloner) listed(object *goja.Object) *goja.Object {
	var items []any
	c.e.vm.ForOf(object, func(item goja.Value) bool {
		items = append(items, item)
		return true
	})
	return c.e.vm.NewArray(items...)
}
