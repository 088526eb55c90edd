package js

import (
	"reflect"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// The machine stops between two instructions, so a script can only get stuck
// inside a built-in function. One that cannot is calm, and need not run where it
// could be left behind, which would cost more than most scripts.
//
// What is calm is decided from the source. A calm script
//
//   - calls no built-in functions but those below. They take time in proportion
//     to the text or array that they are given, and end early when a function
//     that they call is stopped;
//   - cannot hold any other one, to pass it on or to call it on an object that
//     only says that it is long. So what is looked up in an object has a name
//     in the source, and no name that built-in functions have, except where it
//     is called;
//   - has only arrays that are as long as they were made, element by element:
//     none that are sparse;
//   - has no operators or syntax that can take long by themselves, as those on
//     big integers, does not add a text to itself, and has no code that runs
//     after it.
//
// The text of an array is made by a built-in function too, and takes long where
// arrays contain the same ones again and again. In scripts that can make such
// arrays that function has a guard, which ends it; so have those that would make
// a list of all characters of a long text.
//
// What is not known is not calm.

// calmMethods are the built-in functions that a calm script may call as a member
// of something.
var calmMethods = words(`
	text json get has getAll keys reason retryAfter jsonpath debug error info log warn
	at charAt charCodeAt codePointAt endsWith slice startsWith substring
	toLowerCase toUpperCase trim trimEnd trimStart
	every filter find findIndex findLast findLastIndex forEach map pop push reduce reduceRight some
	entries hasOwn hasOwnProperty is isArray values
	isFinite isInteger isNaN isSafeInteger parseFloat parseInt toFixed
	abs cbrt ceil exp floor hypot log10 log2 max min pow random round sign sqrt trunc
	now`)

// literalMethods are those that it may call with literals: what they look for, or
// put between elements, is handled again and again. searchMethods may also be
// called of a literal.
var (
	literalMethods = words(`includes indexOf join lastIndexOf`)
	searchMethods  = words(`includes indexOf lastIndexOf`)
)

// Global names that a calm script may write: those that stand for what takes no
// time, functions that it may only call, because a list of long texts could be
// handed to them in one go, and what may stand before a dot.
var (
	calmGlobals   = words(`Boolean Infinity NaN String undefined`)
	calmFunctions = words(`Number isFinite isNaN parseFloat parseInt`)
	calmOwners    = words(`Array Date Math Number Object console`)
)

// globals are all global names of the machine, and what is like one.
var globals = words(`
	AggregateError Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date
	Error EvalError Float32Array Float64Array Function GoError Infinity Int16Array Int32Array
	Int8Array JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect
	RegExp Set String Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array
	Uint8ClampedArray WeakMap WeakSet arguments console decodeURI decodeURIComponent encodeURI
	encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt
	structuredClone undefined unescape`)

// builtIn are the names of members that may be functions of the machine or the
// host, of those that a script can hold without new; and those that change what
// an object is.
var builtIn = words(`
	__proto__ arguments callee caller constructor prototype toJSON then
	UTC apply assign bind call concat copyWithin create defineProperties defineProperty fill flat
	flatMap freeze from fromCharCode fromCodePoint fromEntries getOwnPropertyDescriptor
	getOwnPropertyDescriptors getOwnPropertyNames getOwnPropertySymbols getPrototypeOf groupBy
	isError isExtensible isFrozen isPrototypeOf isSealed isWellFormed localeCompare match matchAll
	normalize of padEnd padStart parse preventExtensions propertyIsEnumerable raw repeat replace
	replaceAll reverse seal search setPrototypeOf shift sort splice split substr
	toExponential toLocaleLowerCase toLocaleString toLocaleUpperCase toPrecision toReversed
	toSorted toSpliced toString toWellFormed trimLeft trimRight unshift valueOf with
	acos acosh asin asinh atan atan2 atanh clz32 cos cosh expm1 fround imul log1p sin sinh tan tanh`)

// guardedMethods give arrays that can contain the same one more than once, or
// every character of a text.
var guardedMethods = words(`entries jsonpath keys map push values`)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(list) {
		set[word] = true
	}
	return set
}

// ordinary are the nodes that are calm when what they consist of is.
var ordinary = func() map[reflect.Type]bool {
	set := map[reflect.Type]bool{}
	for _, node := range []any{
		ast.ArrayLiteral{}, ast.ArrowFunctionLiteral{}, ast.BinaryExpression{}, ast.Binding{},
		ast.BlockStatement{}, ast.BooleanLiteral{}, ast.BranchStatement{}, ast.CaseStatement{},
		ast.CatchStatement{}, ast.ConditionalExpression{}, ast.DoWhileStatement{},
		ast.EmptyStatement{}, ast.ExpressionBody{}, ast.ExpressionStatement{},
		ast.ForDeclaration{}, ast.ForInStatement{}, ast.ForIntoVar{},
		ast.ForLoopInitializerExpression{}, ast.ForLoopInitializerLexicalDecl{},
		ast.ForLoopInitializerVarDeclList{}, ast.ForOfStatement{}, ast.ForStatement{},
		ast.FunctionDeclaration{}, ast.FunctionLiteral{}, ast.IfStatement{},
		ast.LabelledStatement{}, ast.LexicalDeclaration{}, ast.NullLiteral{}, ast.NumberLiteral{},
		ast.ObjectLiteral{}, ast.Optional{}, ast.OptionalChain{}, ast.ReturnStatement{},
		ast.SequenceExpression{}, ast.StringLiteral{}, ast.SwitchStatement{},
		ast.TemplateElement{}, ast.ThrowStatement{}, ast.TryStatement{}, ast.VariableStatement{},
		ast.WhileStatement{},
	} {
		set[reflect.PointerTo(reflect.TypeOf(node))] = true
	}
	return set
}()

// calm is what is found out about a program.
type calm struct {
	not     bool                    // it is not calm
	guarded bool                    // it needs the guards of calm scripts
	named   map[ast.Expression]bool // nodes that may have their names where they stand
}

// isCalm says whether a program is calm, and whether it then needs guards.
func isCalm(program *ast.Program) (is, guarded bool) {
	c := calm{named: map[ast.Expression]bool{}}
	walk(program, func(node reflect.Value) {
		if node.Kind() == reflect.Pointer && !node.IsNil() && !c.not {
			c.not = !c.allows(node.Interface())
		}
	})
	return !c.not, !c.not && c.guarded
}

// allows says whether one node is calm, when those in it are.
func (c *calm) allows(node any) bool {
	switch n := node.(type) {
	case *ast.Identifier:
		name := n.Name.String()
		return !globals[name] || calmGlobals[name] || c.named[n]
	case *ast.DotExpression:
		if owner, ok := bare(n.Left).(*ast.Identifier); ok {
			c.named[owner] = calmOwners[owner.Name.String()]
		}
		return c.named[n] || isData(n.Identifier.Name)
	case *ast.BracketExpression:
		return isNumber(n.Member)
	case *ast.CallExpression:
		return c.allowsCall(n)
	case *ast.PropertyShort:
		return isData(n.Name.Name) && !globals[n.Name.Name.String()]
	case *ast.PropertyKeyed:
		return isCalmKey(n)
	case *ast.ArrayLiteral:
		c.guarded = c.guarded || !areLiterals(n.Value)
	case *ast.ArrayPattern:
		return n.Rest == nil && areVariables(n.Elements)
	case *ast.ObjectPattern:
		return n.Rest == nil && areVariables(valuesOf(n.Properties))
	case *ast.ParameterList:
		return n.Rest == nil
	case *ast.AssignExpression:
		return canBeSet(n.Left) && !canDouble(n)
	case *ast.UnaryExpression:
		changes := n.Operator == token.INCREMENT || n.Operator == token.DECREMENT || n.Operator == token.DELETE
		return !changes || canBeSet(n.Operand)
	case *ast.ForIntoExpression:
		return areVariables([]ast.Expression{n.Expression})
	case *ast.TemplateLiteral:
		return n.Tag == nil && len(n.Expressions) <= maxParts
	}
	return ordinary[reflect.TypeOf(node)] && !runsLater(node)
}

// runsLater says whether a node is a function that does not run when it is
// called, or not to its end.
func runsLater(node any) bool {
	switch f := node.(type) {
	case *ast.FunctionLiteral:
		return f.Async || f.Generator
	case *ast.ArrowFunctionLiteral:
		return f.Async
	}
	return false
}

// maxParts is how many values may go into one call, or one text.
const maxParts = 64

// allowsCall says whether a call is one of a function of the script or of a calm
// built-in one.
func (c *calm) allowsCall(call *ast.CallExpression) bool {
	switch f := bare(call.Callee).(type) {
	case *ast.Identifier:
		c.named[f] = calmFunctions[f.Name.String()]
	case *ast.DotExpression:
		name := f.Identifier.Name.String()
		c.guarded = c.guarded || guardedMethods[name]
		c.named[f] = calmMethods[name] ||
			literalMethods[name] && areLiterals(call.ArgumentList) ||
			searchMethods[name] && isLiteral(f.Left)
	}
	return len(call.ArgumentList) <= maxParts
}

// bare is an expression without what marks it as a part of a?.b.
func bare(e ast.Expression) ast.Expression {
	switch o := e.(type) {
	case *ast.Optional:
		return bare(o.Expression)
	case *ast.OptionalChain:
		return bare(o.Expression)
	}
	return e
}

// isData says whether a name is none that built-in functions have.
func isData(name unistring.String) bool {
	word := name.String()
	return !builtIn[word] && !calmMethods[word] && !literalMethods[word]
}

// isCalmKey says whether a member of an object that is made or taken apart is
// written as a name of data.
func isCalmKey(p *ast.PropertyKeyed) bool {
	if p.Computed || p.Kind != ast.PropertyKindValue && p.Kind != ast.PropertyKindMethod {
		return false
	}
	name, ok := p.Key.(*ast.StringLiteral)
	return !ok || isData(name.Value)
}

// valuesOf are what the members of a pattern are assigned to.
func valuesOf(members []ast.Property) []ast.Expression {
	var values []ast.Expression
	for _, member := range members {
		if keyed, ok := member.(*ast.PropertyKeyed); ok {
			values = append(values, keyed.Value)
		}
	}
	return values
}

// areVariables says whether targets of assignments are no members of anything.
func areVariables(targets []ast.Expression) bool {
	for _, target := range targets {
		switch target.(type) {
		case *ast.DotExpression, *ast.BracketExpression:
			return false
		}
	}
	return true
}

// canBeSet says whether something may be assigned to: the length of an array and
// its elements may not.
func canBeSet(target ast.Expression) bool {
	if member, ok := target.(*ast.DotExpression); ok {
		return member.Identifier.Name != "length"
	}
	return areVariables([]ast.Expression{target})
}

// canDouble says whether an assignment may add a text to itself, which soon takes
// more memory than there is.
func canDouble(a *ast.AssignExpression) bool {
	switch a.Operator {
	case token.ASSIGN:
		return variablesOf(a.Right) > 1
	case token.PLUS:
		return variablesOf(a.Right) > 0
	}
	return false
}

// variablesOf is how many texts that are no literals and no members of something
// become part of the value of an expression.
func variablesOf(e ast.Expression) int {
	count := 0
	switch n := e.(type) {
	case *ast.DotExpression:
	case *ast.BinaryExpression:
		if n.Operator == token.PLUS {
			count = variablesOf(n.Left) + variablesOf(n.Right)
		} else if !isNumber(n) {
			count = 1
		}
	case *ast.TemplateLiteral:
		for _, part := range n.Expressions {
			count += variablesOf(part)
		}
	default:
		if !isLiteral(e) {
			count = 1
		}
	}
	return count
}

// isNumber says whether an expression gives a number, whatever is in it.
func isNumber(e ast.Expression) bool {
	switch n := e.(type) {
	case *ast.NumberLiteral:
		return true
	case *ast.BinaryExpression:
		switch n.Operator {
		case token.MINUS, token.MULTIPLY, token.SLASH, token.REMAINDER:
			return true
		}
	}
	return false
}

// maxWord is the longest text that may be looked for everywhere, in bytes.
const maxWord = 256

// isLiteral says whether an expression is a short text, a number or such, or a
// list of them.
func isLiteral(e ast.Expression) bool {
	switch n := e.(type) {
	case *ast.StringLiteral:
		return len(n.Value) <= maxWord
	case *ast.NumberLiteral, *ast.BooleanLiteral, *ast.NullLiteral:
		return true
	case *ast.ArrayLiteral:
		return areLiterals(n.Value)
	}
	return false
}

func areLiterals(list []ast.Expression) bool {
	for _, e := range list {
		if !isLiteral(e) {
			return false
		}
	}
	return true
}
