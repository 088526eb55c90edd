package torture

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"
	"weak"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher"
)

// Ends of an attack that are no kind of error.
const (
	Match   = "match"    // the callback answered, and matches
	NoMatch = "no_match" // the callback answered, and does not match
	Died    = "died"     // the process that the attack ran in ended
	Hung    = "hung"     // nothing had ended it long after its deadline
)

// Attack is one thing that hostile code tries.
type Attack struct {
	Name  string // what it does, in a few words; unique
	Group string // what it belongs to, as "js memory"
	// Kinds are the ends that are allowed: [Match], [NoMatch] and kinds of errors.
	// Most attacks have one. There are more where machines differ: an attack that
	// alone takes a tenth of its time may end by that, and one that takes memory
	// for as long as it has time ends by what is used up first.
	Kinds []string

	// Callback makes the code.
	Callback func() matcher.Callback
	// Call makes what the code is called with; nil: a small JSON object.
	Call func() matcher.Call
	// Calls is how often the loaded code is called, in turn, as long as it does
	// not fail; 0: once. How the last call ended counts.
	Calls int
	// Deadly says that nothing but a process of its own stops it: where code
	// runs in the host's process, it may end that process, or run for ever.
	Deadly bool
}

// Allows says whether the attack may end so, as far as the untrusted tier is
// concerned.
func (a Attack) Allows(end string) bool { return slices.Contains(a.Kinds, end) }

// Attacks is the battery, in a fixed order.
func Attacks() []Attack {
	var all []Attack
	for _, group := range scripts {
		for _, s := range group.rows() {
			all = append(all, s.attack(group.name))
		}
	}
	for _, group := range modules {
		for _, m := range group.rows() {
			all = append(all, m.attack(group.name))
		}
	}
	return all
}

// script is a row of the tables of JavaScript.
type script struct {
	name   string
	kinds  string // as ends reads them
	source string
	make   func() string // in place of source
	file   string        // the name of the source; a TypeScript one ends in .ts
	body   func() []byte // of the response
	header func() http.Header
	limits string // that it asks for
	calls  int
	deadly bool
}

// scripts are the tables of JavaScript. They are made when they are asked for:
// the command has this package, and most of its starts have no attack.
var scripts = []struct {
	name string
	rows func() []script
}{
	{"js time", timeScripts},
	{"js memory", memoryScripts},
	{"js arrays", arrayScripts},
	{"js numbers", numberScripts},
	{"js stack", stackScripts},
	{"js patterns", patternScripts},
	{"js promises", promiseScripts},
	{"js errors", errorScripts},
	{"js output", outputScripts},
	{"js escapes", escapeScripts},
	{"js response", responseScripts},
	{"js source", sourceScripts},
	{"typescript", typeScripts},
}

func (s script) attack(group string) Attack {
	source := shared(func() []byte {
		if s.make != nil {
			return []byte(s.make())
		}
		return []byte(s.source)
	})
	return Attack{
		Name: s.name, Group: group, Kinds: ends(s.kinds), Calls: s.calls, Deadly: s.deadly,
		Callback: func() matcher.Callback {
			return matcher.Callback{Kind: "js", Name: s.file, Source: source(), Limits: asked(s.limits)}
		},
		Call: callWith(s.body, s.header),
	}
}

// shared makes bytes once for all who have them at the same time, who must not
// change them: the battery has a hundred megabytes of them.
func shared(build func() []byte) func() []byte {
	var mu sync.Mutex
	var kept weak.Pointer[byte]
	var size int
	return func() []byte {
		mu.Lock()
		defer mu.Unlock()
		if first := kept.Value(); first != nil {
			return unsafe.Slice(first, size)
		}
		made := build()
		size, kept = len(made), weak.Make(unsafe.SliceData(made))
		return made
	}
}

// asked is the limits that a row asks for; none are nil.
func asked(limits string) json.RawMessage {
	if limits == "" {
		return nil
	}
	return json.RawMessage(limits)
}

// ends reads the ends of a row: "answer" is any answer, a word that is a limit is
// that limit, and other words stand for themselves.
func ends(words string) []string {
	var list []string
	for _, word := range strings.Fields(words) {
		switch {
		case word == "answer":
			list = append(list, Match, NoMatch)
		case slices.Contains(limits, evaluator.Limit("limit:"+word)):
			list = append(list, "limit:"+word)
		default:
			list = append(list, word)
		}
	}
	return list
}

var limits = []evaluator.Limit{
	evaluator.CPU, evaluator.Wall, evaluator.Memory, evaluator.Stack, evaluator.Output, evaluator.Input,
	evaluator.Depth, evaluator.Compile, evaluator.Protocol, evaluator.Crash, evaluator.Quota,
}

// smallBody is the body of a response that is not part of the attack.
const smallBody = `{"status":"RUNNING","items":[{"id":1,"ready":true},{"id":2,"ready":false}]}`

// callWith makes calls with a body and a header; nil is a small one.
func callWith(body func() []byte, header func() http.Header) func() matcher.Call {
	if body != nil {
		body = shared(body)
	}
	return func() matcher.Call {
		response := &matcher.Response{
			StatusCode: 200, URL: "http://localhost/jobs/1", HTTPVersion: "1.1",
			Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(smallBody),
		}
		if body != nil {
			response.Body = body()
		}
		if header != nil {
			response.Header = header()
		}
		return matcher.Call{Response: response, Attempt: 1, Now: time.UnixMilli(1_700_000_000_000), Seed: 1}
	}
}

// text makes a text of a unit many times, between a beginning and an end.
func text(before, unit string, count int, after string) func() string {
	return func() string { return before + strings.Repeat(unit, count) + after }
}

// bytesOf makes a body as text does.
func bytesOf(before, unit string, count int, after string) func() []byte {
	return func() []byte { return []byte(text(before, unit, count, after)()) }
}

// nested makes a text of an opening many times, a middle, and as many closings.
func nested(before, open string, count int, middle, closing, after string) func() string {
	return func() string {
		return before + strings.Repeat(open, count) + middle + strings.Repeat(closing, count) + after
	}
}

// many makes a text of a unit, in which its number is formatted, many times.
func many(before, unit string, count int, after string) func() string {
	return func() string {
		var b strings.Builder
		b.WriteString(before)
		for i := range count {
			fmt.Fprintf(&b, unit, i)
		}
		b.WriteString(after)
		return b.String()
	}
}

// labels is a statement with many labels.
func labels() string { return many("", "l%d:", 8_000, "return false")() }

// doublingEnum is an enum in which each text is the one before, twice: a compiler
// that works them out writes 2^60 characters. The format is of a text that is put
// together from the one of a number, twice.
func doublingEnum(twice string) func() string {
	return func() string {
		var b strings.Builder
		b.WriteString("enum E { a0 = 'xxxxxxxxxxxxxxxx'")
		for i := range 60 {
			fmt.Fprintf(&b, ", a%d = "+twice, i+1, i)
		}
		b.WriteString(" }\nexport default () => E.a60.length === 1")
		return b.String()
	}
}
