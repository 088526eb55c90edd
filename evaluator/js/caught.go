package js

import (
	"errors"
	"reflect"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// goja prints its own structures, with the addresses of this process, into the
// message of the error of an object that has no primitive value. A script can
// read an error in three places, in a catch clause, in a reaction to a promise and
// where it takes part in printing one that nobody caught, so there it is given to
// the host first, which takes that out.

// What the machine prints of itself stands between these.
const (
	printedAfter  = "Could not convert &{"
	printedBefore = " to primitive"
)

// clean takes that out of a text.
func clean(text string) string {
	start, end := strings.Index(text, printedAfter), strings.LastIndex(text, printedBefore)
	if start < 0 || end < start {
		return text
	}
	return text[:start] + "Cannot convert object to primitive value" + text[end+len(printedBefore):]
}

// The cleaner is in a global variable, and what a clause caught in one of its
// own. No script can write these as names, so none can hide them.
const (
	cleanerName = "clean what is caught"
	thrownName  = "what is caught"
)

// sights are where a program can see exceptions.
type sights struct {
	clauses  bool // in catch clauses
	promises bool // in promises: it has async functions, or can reach the constructor
}

// cleanCaught makes the catch clauses of a program call the cleaner first, and
// finds where it can see exceptions. The parser sees none of it, so that places
// and the text of functions stay.
func cleanCaught(program *ast.Program) sights {
	var found sights
	walk(program, found.note)
	return found
}

// walk visits all nodes of a program, each before those in it.
func walk(program *ast.Program, visit func(node reflect.Value)) {
	pending := []reflect.Value{reflect.ValueOf(program.Body)}
	for len(pending) > 0 {
		node := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if node.CanInterface() {
			visit(node)
		}
		switch node.Kind() {
		case reflect.Interface, reflect.Pointer:
			if !node.IsNil() {
				pending = append(pending, node.Elem())
			}
		case reflect.Slice:
			if node.Type() == reflect.TypeFor[[]*ast.VariableDeclaration]() {
				continue // they also stand where they were written
			}
			for i := range node.Len() {
				pending = append(pending, node.Index(i))
			}
		case reflect.Struct:
			for i := range node.NumField() {
				pending = append(pending, node.Field(i))
			}
		}
	}
}

// note looks at one node of a program.
func (s *sights) note(node reflect.Value) {
	switch node.Type() {
	case reflect.TypeFor[*ast.CatchStatement]():
		if clause := node.Interface().(*ast.CatchStatement); clause != nil && clause.Parameter != nil {
			cleanClause(clause)
			s.clauses = true
		}
	case reflect.TypeFor[ast.FunctionLiteral](), reflect.TypeFor[ast.ArrowFunctionLiteral]():
		s.promises = s.promises || node.FieldByName("Async").Bool()
	case reflect.TypeFor[ast.ThisExpression]():
		s.promises = true // it may be the global object
	case reflect.TypeFor[ast.Identifier]():
		name := node.FieldByName("Name").String()
		s.promises = s.promises || name == "Promise" || name == "globalThis"
	}
}

// cleanClause makes one catch clause call the cleaner first: catch (p) { … }
// becomes catch (thrown) { clean(thrown); let p = thrown; … }.
func cleanClause(clause *ast.CatchStatement) {
	at := clause.Body.LeftBrace
	thrown := &ast.Identifier{Name: thrownName, Idx: at}
	clause.Body.List = append([]ast.Statement{
		&ast.ExpressionStatement{Expression: &ast.CallExpression{
			Callee:           &ast.Identifier{Name: cleanerName, Idx: at},
			ArgumentList:     []ast.Expression{thrown},
			LeftParenthesis:  at,
			RightParenthesis: at,
		}},
		&ast.LexicalDeclaration{
			Idx:   at,
			Token: token.LET,
			List:  []*ast.Binding{{Target: clause.Parameter, Initializer: thrown}},
		},
	}, clause.Body.List...)
	clause.Parameter = thrown
}

// cleanExceptions makes what the script can see of exceptions clean, before it
// runs.
func (e *evaluation) cleanExceptions() {
	if e.unit.sees.clauses {
		cleaner := e.native("", func(call goja.FunctionCall) goja.Value {
			e.clean(call.Argument(0))
			return goja.Undefined()
		})
		_ = e.vm.GlobalObject().DefineDataProperty(cleanerName, cleaner, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	}
	if e.unit.sees.promises {
		e.cleanPromises()
	}
}

// clean cleans the message of an error of the machine, before a script has seen
// it. Its stack is made from that when it is first read.
//
// No code of the script runs for that, which could see the message: it belongs to
// the error itself, where no prototype hides it, and what the machine throws is
// told from other errors by what the next one would inherit from. A TypeError of
// the script's may have a getter in its place, which gives nothing of the machine.
func (e *evaluation) clean(thrown goja.Value) {
	object, _ := thrown.(*goja.Object)
	if object == nil || object.ExportType() == reflect.TypeFor[goja.Proxy]() ||
		object.ClassName() != "Error" || object.Prototype() != e.vm.NewTypeError("").Prototype() {
		return
	}
	_ = e.vm.Try(func() {
		if message := object.Get("message"); message != nil && goja.IsString(message) {
			if text := message.String(); text != clean(text) {
				hide(object, "message", e.vm.ToValue(clean(text)))
			}
		}
	})
}

// cleanPromises cleans what the reactions to promises are given, and what they
// throw: a constructor that a script wrote is handed that.
func (e *evaluation) cleanPromises() {
	promise := e.vm.Get("Promise").(*goja.Object)
	prototype := promise.Get("prototype").(*goja.Object)
	e.around(prototype, "then", func(call *goja.FunctionCall) {
		call.Arguments = []goja.Value{
			e.reaction(call.Argument(0)),
			e.rejected(call.Argument(1)),
		}
	})
	for _, name := range []string{"all", "allSettled", "any", "race"} {
		e.around(promise, name, func(call *goja.FunctionCall) {
			if constructor, ok := call.This.(*goja.Object); ok && constructor != promise {
				call.This = e.cleanRejections(constructor)
			}
		})
	}
}

// around changes how a built-in function is called.
func (e *evaluation) around(owner *goja.Object, name string, change func(*goja.FunctionCall)) {
	original, _ := goja.AssertFunction(owner.Get(name))
	hide(owner, name, e.native(name, func(call goja.FunctionCall) goja.Value {
		change(&call)
		return e.must(original(call.This, call.Arguments...))
	}))
}

// reaction is a function that is given what was thrown, cleaned. What is no
// function stays as it is.
func (e *evaluation) reaction(function goja.Value) goja.Value {
	react, callable := goja.AssertFunction(function)
	if !callable {
		return function
	}
	return e.native("", func(call goja.FunctionCall) goja.Value {
		e.clean(call.Argument(0))
		return e.must(react(call.This, call.Arguments...))
	})
}

// rejected is the reaction to a rejection: without one, what was thrown is
// thrown on.
func (e *evaluation) rejected(function goja.Value) goja.Value {
	if _, callable := goja.AssertFunction(function); callable {
		return e.reaction(function)
	}
	return e.native("", func(call goja.FunctionCall) goja.Value {
		e.clean(call.Argument(0))
		panic(call.Argument(0))
	})
}

// must gives a result, or throws the error again, cleaned.
func (e *evaluation) must(value goja.Value, err error) goja.Value {
	var exception *goja.Exception
	if errors.As(err, &exception) {
		e.clean(exception.Value())
	}
	if err != nil {
		panic(err)
	}
	return value
}

// cleanRejections is a constructor of promises that calls its reject with what
// is clean.
func (e *evaluation) cleanRejections(constructor *goja.Object) goja.Value {
	construct, ok := goja.AssertConstructor(constructor)
	if !ok {
		return constructor
	}
	return e.vm.ToValue(e.vm.NewProxy(constructor, &goja.ProxyTrapConfig{
		Construct: func(_ *goja.Object, arguments []goja.Value, _ *goja.Object) *goja.Object {
			if len(arguments) > 0 {
				arguments = []goja.Value{e.executor(arguments[0])}
			}
			made, err := construct(constructor, arguments...)
			if err != nil {
				panic(err)
			}
			return made
		},
	}))
}

// executor is what a constructor of promises calls, with a reject that is given
// what is clean.
func (e *evaluation) executor(function goja.Value) goja.Value {
	execute, callable := goja.AssertFunction(function)
	if !callable {
		return function
	}
	return e.native("", func(call goja.FunctionCall) goja.Value {
		return e.must(execute(call.This, call.Argument(0), e.reaction(call.Argument(1))))
	})
}
