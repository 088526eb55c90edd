package js

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/parser"

	"github.com/httsleep/httsleep/evaluator"
)

// unit is a compiled source. It is immutable and shared by all evaluations.
type unit struct {
	name    string // as errors call it; may be empty
	program *goja.Program
	module  bool   // the program leaves its exports in a global variable
	sees    sights // where it can see exceptions
	calm    bool   // it cannot get stuck, see calm.go
	prefix  int    // columns put before the first line of the source
	guards  []guard
}

// result carries a value or an error out of a goroutine.
type result[T any] struct {
	value T
	err   error
}

// compile compiles a source within its limits. Neither parser can be
// interrupted: one that takes too long is left behind.
func (r *Runtime) compile(ctx context.Context, limits evaluator.Limits, name, source string) (*unit, error) {
	if int64(len(source)) > limits.Source {
		return nil, evaluator.Compile.Broken("the source has %d bytes, at most %d", len(source), limits.Source)
	}
	module, err := scan(source)
	if err != nil {
		return nil, err
	}
	done := make(chan result[*unit], 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- result[*unit]{err: &evaluator.SourceError{Message: "the compiler failed on this source", Name: name}}
			}
		}()
		u, err := newUnit(name, source, module, guardsFor(source))
		done <- result[*unit]{u, err}
	}()
	timer := time.NewTimer(limits.Compile)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-timer.C:
		return nil, evaluator.Compile.Broken("compiling took longer than %v", limits.Compile)
	case <-ctx.Done():
		return nil, fmt.Errorf("compiling a callback: %w", context.Cause(ctx))
	}
}

// newUnit turns a source into a unit.
func newUnit(name, source string, module bool, guards []guard) (*unit, error) {
	u := &unit{name: name, guards: guards}
	var err error
	switch extension := strings.ToLower(path.Ext(name)); {
	case extension == ".ts", extension == ".mts", extension == ".cts":
		err = u.transpile(source, module)
	case module:
		err = u.transpile(source, true)
	default:
		err = u.snippet(source)
	}
	if err != nil {
		return nil, err
	}
	return u, nil
}

// guestName is what the source is called where a script can see it: no folder
// of this machine.
func (u *unit) guestName() string {
	if u.name == "" {
		return "callback"
	}
	return path.Base(strings.ReplaceAll(u.name, `\`, "/"))
}

// A form is a way to make a function out of a source.
type form struct{ prefix, suffix string }

var (
	function        = form{"(", "\n)"}
	expression      = form{"(response, ctx) => (", "\n)"}
	awaiting        = form{"async (response, ctx) => (", "\n)"}
	statements      = form{"(response, ctx) => {", "\n}"}
	asyncStatements = form{"async (response, ctx) => {", "\n}"}
)

// snippet compiles a source that is a function, an expression or statements.
func (u *unit) snippet(source string) error {
	bare := strings.TrimRight(source, "; \t\r\n")
	parsed, err := u.parse(function, bare)
	if err != nil {
		return u.body(source, err)
	}
	if len(parsed.Body) == 1 && takesBoth(parsed.Body[0]) {
		return u.finish(function, parsed)
	}
	parsed, err = u.parse(expression, bare)
	if err != nil {
		return u.body(source, err)
	}
	return u.finish(expression, parsed)
}

// body compiles a source that is no expression by itself, for the reason given.
func (u *unit) body(source string, reason error) error {
	if strings.Contains(source, "await") {
		if parsed, err := u.parse(awaiting, strings.TrimRight(source, "; \t\r\n")); err == nil {
			return u.finish(awaiting, parsed)
		}
		if parsed, err := u.parse(asyncStatements, source); err == nil {
			return u.returning(asyncStatements, source, parsed)
		}
	}
	parsed, err := u.parse(statements, source)
	if err != nil {
		return furthest(err, reason)
	}
	return u.returning(statements, source, parsed)
}

// returning compiles statements. One expression is its own value; otherwise
// something has to be returned.
func (u *unit) returning(f form, source string, parsed *ast.Program) error {
	list := bodyOf(parsed)
	if len(list) == 1 {
		if one, ok := list[0].(*ast.ExpressionStatement); ok {
			end := int(one.Expression.Idx1()) - 1 - len(f.prefix)
			whole := expression
			if f == asyncStatements {
				whole = awaiting
			}
			parsed, err := u.parse(whole, source[:end])
			if err != nil {
				return err
			}
			return u.finish(whole, parsed)
		}
	}
	if !strings.Contains(source, "return") && !strings.Contains(source, "throw") {
		return &evaluator.SourceError{Message: "the statements return nothing: end with return, or write one expression", Name: u.name}
	}
	return u.finish(f, parsed)
}

// bodyOf are the statements of a program that is one arrow function.
func bodyOf(parsed *ast.Program) []ast.Statement {
	if len(parsed.Body) != 1 {
		return nil
	}
	one, _ := parsed.Body[0].(*ast.ExpressionStatement)
	if one == nil {
		return nil
	}
	arrow, _ := one.Expression.(*ast.ArrowFunctionLiteral)
	if arrow == nil {
		return nil
	}
	block, _ := arrow.Body.(*ast.BlockStatement)
	if block == nil {
		return nil
	}
	return block.List
}

// takesBoth says whether a statement is a function that takes both arguments. One
// that takes fewer may mean the names that are put around it.
func takesBoth(s ast.Statement) bool {
	one, _ := s.(*ast.ExpressionStatement)
	if one == nil {
		return false
	}
	switch f := one.Expression.(type) {
	case *ast.FunctionLiteral:
		return len(f.ParameterList.List) > 1
	case *ast.ArrowFunctionLiteral:
		return len(f.ParameterList.List) > 1
	}
	return false
}

// parse parses a source in a form. A comment that names a source map is
// nothing to it.
func (u *unit) parse(f form, source string) (*ast.Program, error) {
	parsed, err := parser.ParseFile(nil, u.guestName(), f.prefix+source+f.suffix, 0, parser.WithDisableSourceMaps)
	if err != nil {
		return nil, u.syntaxError(err, len(f.prefix), 1+strings.Count(source, "\n"))
	}
	return parsed, nil
}

// syntaxError is the first error of a parser, at its place in the source.
func (u *unit) syntaxError(err error, prefix, lines int) error {
	var list parser.ErrorList
	if !errors.As(err, &list) || len(list) == 0 {
		return &evaluator.SourceError{Message: "syntax error", Name: u.name}
	}
	where := list[0].Position
	e := &evaluator.SourceError{
		Message: "syntax error: " + strings.TrimPrefix(list[0].Message, "SyntaxError: "),
		Name:    u.name, Line: where.Line, Column: where.Column,
	}
	if e.Line == 1 {
		e.Column = max(1, e.Column-prefix)
	}
	if e.Line > lines {
		e.Message, e.Line, e.Column = "syntax error: unexpected end of the source", lines, 1
	}
	return e
}

// furthest is the error that a parser came furthest to.
func furthest(a, b error) error {
	var first, second *evaluator.SourceError
	if errors.As(a, &first) && errors.As(b, &second) &&
		(second.Line > first.Line || second.Line == first.Line && second.Column > first.Column) {
		return b
	}
	return a
}

// finish compiles what was parsed.
func (u *unit) finish(f form, parsed *ast.Program) error {
	u.inspect(parsed)
	program, err := goja.CompileAST(parsed, true)
	if err != nil {
		return u.compileError(err, len(f.prefix))
	}
	u.program, u.prefix = program, len(f.prefix)
	return nil
}

// inspect finds out what has to be known of a program, and what it needs.
func (u *unit) inspect(parsed *ast.Program) {
	var guarded bool
	u.calm, guarded = isCalm(parsed)
	u.sees = cleanCaught(parsed)
	if !guarded {
		return
	}
	u.guards = append(u.guards, listGuard)
	isJoin := func(g guard) bool { return g.word == joinGuard.word }
	if !slices.ContainsFunc(u.guards, isJoin) {
		u.guards = append(u.guards, joinGuard)
	}
}

// compileError is an error that is only found after parsing, as a name that is
// declared twice.
func (u *unit) compileError(err error, prefix int) error {
	e := &evaluator.SourceError{Message: "syntax error", Name: u.name}
	var syntax *goja.CompilerSyntaxError
	if errors.As(err, &syntax) {
		e.Message = "syntax error: " + strings.TrimPrefix(syntax.Message, "SyntaxError: ")
		if syntax.File != nil {
			where := syntax.File.Position(syntax.Offset)
			e.Line, e.Column = where.Line, where.Column
		}
		if e.Line == 1 {
			e.Column = max(1, e.Column-prefix)
		}
	}
	return e
}
