package js

import (
	"errors"
	"path"
	"regexp"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
	"github.com/evanw/esbuild/pkg/api"

	"github.com/httsleep/httsleep/evaluator"
)

// exportsName is the global variable that a module leaves its exports in.
const exportsName = "__httsleep_exports"

// transpile compiles a module, or TypeScript. Only Transform is used, which
// touches no file.
func (u *unit) transpile(source string, exports bool) error {
	options := api.TransformOptions{
		Loader:         u.loader(),
		Format:         api.FormatIIFE,
		GlobalName:     exportsName,
		Target:         api.ES2022,
		Supported:      map[string]bool{"for-await": false, "async-generator": false},
		Sourcemap:      api.SourceMapInline,
		SourcesContent: api.SourcesContentExclude,
		Sourcefile:     u.guestName(),
		LegalComments:  api.LegalCommentsNone,
		LogLevel:       api.LogLevelSilent,
		TsconfigRaw:    "{}",
	}
	if !exports {
		options.Format, options.GlobalName = api.FormatDefault, ""
	}
	out := api.Transform(source, options)
	if len(out.Errors) > 0 {
		return u.transformError(out.Errors[0])
	}
	if err := u.refuseImports(source, string(out.Code)); err != nil {
		return err
	}
	return u.transpiled(string(out.Code), exports)
}

// loader says how a source is read. One without a name may be TypeScript,
// because that is nearly always also JavaScript.
func (u *unit) loader() api.Loader {
	switch strings.ToLower(path.Ext(u.name)) {
	case ".js", ".mjs", ".cjs":
		return api.LoaderJS
	}
	return api.LoaderTS
}

// transpiled compiles what came out. The positions of its errors and stacks are
// those of the source, by the map at its end.
func (u *unit) transpiled(code string, exports bool) error {
	if !exports {
		if end := strings.LastIndex(code, ";\n//# sourceMappingURL="); end >= 0 {
			code = "(" + code[:end] + "\n)" + code[end+1:]
		}
	}
	noFiles := parser.WithSourceMapLoader(func(string) ([]byte, error) {
		return nil, errors.New("source maps are not read from files")
	})
	parsed, err := parser.ParseFile(nil, u.guestName(), code, 0, noFiles)
	if err != nil {
		return u.syntaxError(err, 0, 1<<30)
	}
	u.inspect(parsed)
	program, err := goja.CompileAST(parsed, true)
	if err != nil {
		return u.compileError(err, 0)
	}
	u.program, u.module = program, exports
	return nil
}

func (u *unit) transformError(m api.Message) error {
	e := &evaluator.SourceError{Message: "syntax error: " + m.Text, Name: u.name}
	if m.Location != nil {
		e.Line = m.Location.Line
		e.Column = 1 + len([]rune(m.Location.LineText[:min(m.Location.Column, len(m.Location.LineText))]))
	}
	return e
}

// required finds what esbuild makes of an import, and what a source may call
// for the same end.
var required = regexp.MustCompile(`(^|[^.\w$])(require|import)\s*\(\s*["'` + "`" + `]?([^"'` + "`" + `)]*)`)

// importing finds the line of an import in a source.
var importing = regexp.MustCompile(`(?m)(^|[^.\w$])(import|require)\b`)

// refuseImports refuses a module that needs another one. An import of types
// alone leaves nothing behind, and is fine.
func (u *unit) refuseImports(source, code string) error {
	code, _, _ = strings.Cut(code, "//# sourceMappingURL=")
	found := required.FindStringSubmatch(code)
	if found == nil {
		return nil
	}
	e := &evaluator.SourceError{
		Message: "a callback cannot import anything: " + found[3] + " has to stand in the same file",
		Name:    u.name,
	}
	if place := importing.FindStringIndex(source); place != nil {
		e.Line, e.Column = 1+strings.Count(source[:place[1]], "\n"), 1
	}
	return e
}
