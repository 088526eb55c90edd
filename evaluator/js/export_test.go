package js

import (
	"maps"

	"github.com/httsleep/httsleep/matcher"
)

// CalmSource says whether a snippet is calm. It compiles nothing.
func CalmSource(source string) (calm bool) {
	defer func() { _ = recover() }() // of the parser
	for _, f := range []form{function, expression, statements} {
		if parsed, err := new(unit).parse(f, source); err == nil {
			calm, _ = isCalm(parsed)
			return calm
		}
	}
	return false
}

// Calm says whether a callback runs in the goroutine of its caller.
func Calm(loaded matcher.Evaluator) bool { return loaded.(*callback).unit.calm }

// HandOver makes it run in another one, whatever it is.
func HandOver(loaded matcher.Evaluator) { loaded.(*callback).unit.calm = false }

// Stuck is how many of its evaluations were left behind.
func Stuck(loaded matcher.Evaluator) int { return int(loaded.(*callback).stuck.Load()) }

// MemberNames are the names that a calm script may not look up, but for calls,
// and GlobalNames those that it may not write, but for some.
func MemberNames() map[string]bool {
	names := maps.Clone(builtIn)
	for _, more := range []map[string]bool{calmMethods, literalMethods} {
		maps.Copy(names, more)
	}
	return names
}

// GlobalNames see MemberNames.
func GlobalNames() map[string]bool { return globals }
