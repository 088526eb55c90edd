package js

import (
	"strings"

	"github.com/dop251/goja"
)

// consoleMembers are the functions of console, each with the level that it logs
// at.
var consoleMembers = []member{
	{"log", consoleFunction("log", "info")},
	{"info", consoleFunction("info", "info")},
	{"debug", consoleFunction("debug", "debug")},
	{"warn", consoleFunction("warn", "warn")},
	{"error", consoleFunction("error", "error")},
}

func installConsole(e *evaluation) {
	hide(e.vm.GlobalObject(), "console", e.host(consoleMembers, nil))
}

func consoleFunction(name, level string) func(*evaluation) goja.Value {
	return func(e *evaluation) goja.Value {
		return e.native(name, func(call goja.FunctionCall) goja.Value {
			parts := make([]string, len(call.Arguments))
			for i, argument := range call.Arguments {
				parts[i] = e.printed(argument)
			}
			e.log.Add(e.limits, level, clean(strings.Join(parts, " ")))
			return goja.Undefined()
		})
	}
}

// printed is a value as console shows it: objects as JSON, where they have any.
func (e *evaluation) printed(value goja.Value) string {
	object, ok := value.(*goja.Object)
	if !ok || object.ClassName() == "Error" {
		return value.String()
	}
	s := stringifier{e: e, most: maxText}
	text := ""
	if exception := e.vm.Try(func() { text, ok = s.text(object) }); exception != nil || !ok {
		return value.String()
	}
	return text
}
