package evaluator

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// Tier says who supplied the code of a callback, and so what it is protected
// against. The zero value is Trusted.
type Tier int

const (
	// Trusted is code from the operator's own files and flags. It is protected
	// from mistakes, not from attacks.
	Trusted Tier = iota
	// Untrusted is code that somebody else sent. It runs in a process that can
	// be killed.
	Untrusted
)

// String is "trusted" or "untrusted".
func (t Tier) String() string {
	if t == Trusted {
		return "trusted"
	}
	return "untrusted"
}

// Limits bound one callback. Sizes are in bytes.
type Limits struct {
	Wall    time.Duration // of one evaluation
	Compile time.Duration // of loading the code
	Memory  int64         // that an evaluation may take; advice in the trusted tier
	Source  int64         // of the script or module
	Body    int64         // of a response, when it is handed to the code
	State   int64         // of the JSON that is kept between attempts
	Reply   int64         // of the message that answers a call
	Reason  int64         // the rest is cut
	Log     int64         // the rest is dropped and counted
	Lines   int64         // of log; the rest is dropped and counted
	Depth   int64         // of calls inside each other
}

// Sizes that limits are made of.
const (
	kib = 1 << 10
	mib = 1 << 20
)

// contract holds what is the same for every runtime and tier.
var contract = Limits{
	Body: mib, State: 64 * kib, Reply: 128 * kib, Reason: kib, Depth: 256,
}

// bounds are the limits of one kind of callback in one tier: those that hold
// when nothing is asked for, and the most that can be asked for.
type bounds struct {
	kind     string
	tier     Tier
	defaults Limits
	most     Limits
}

// table holds the bounds of every kind and tier. Wall time in JavaScript never
// exceeds what its regular expressions are allowed, see package js.
var table = []bounds{
	{
		"js", Trusted,
		Limits{Wall: 250 * time.Millisecond, Compile: time.Second, Memory: 256 * mib, Source: 256 * kib, Log: 64 * kib, Lines: 1000},
		Limits{Wall: 2 * time.Second, Compile: 10 * time.Second, Memory: 4096 * mib, Source: 256 * kib, Log: mib, Lines: 10_000},
	},
	{
		"js", Untrusted,
		Limits{Wall: 100 * time.Millisecond, Compile: 250 * time.Millisecond, Memory: 64 * mib, Source: 64 * kib, Log: 4 * kib, Lines: 100},
		Limits{Wall: time.Second, Compile: 250 * time.Millisecond, Memory: 64 * mib, Source: 64 * kib, Log: 4 * kib, Lines: 100},
	},
	{
		"wasm", Trusted,
		Limits{Wall: 250 * time.Millisecond, Compile: 10 * time.Second, Memory: 64 * mib, Source: 8 * mib, Log: 64 * kib, Lines: 1000},
		Limits{Wall: time.Minute, Compile: time.Minute, Memory: 4096 * mib, Source: 64 * mib, Log: mib, Lines: 10_000},
	},
	{
		"wasm", Untrusted,
		Limits{Wall: 100 * time.Millisecond, Compile: 5 * time.Second, Memory: 16 * mib, Source: 8 * mib, Log: 4 * kib, Lines: 100},
		Limits{Wall: time.Second, Compile: 5 * time.Second, Memory: 16 * mib, Source: 8 * mib, Log: 4 * kib, Lines: 100},
	},
	{
		"exec", Trusted,
		Limits{Wall: 2 * time.Second, Compile: 10 * time.Second, Memory: 256 * mib, Source: 256 * mib, Log: 64 * kib, Lines: 1000},
		Limits{Wall: time.Minute, Compile: time.Minute, Memory: 4096 * mib, Source: 1024 * mib, Log: mib, Lines: 10_000},
	},
	{
		"exec", Untrusted,
		Limits{Wall: 2 * time.Second, Compile: 10 * time.Second, Memory: 256 * mib, Source: 256 * mib, Log: 4 * kib, Lines: 100},
		Limits{Wall: 10 * time.Second, Compile: 10 * time.Second, Memory: 256 * mib, Source: 256 * mib, Log: 4 * kib, Lines: 100},
	},
}

// knob is one limit that a callback may set.
type knob struct {
	name     string
	duration func(*Limits) *time.Duration
	size     func(*Limits) *int64
}

var knobs = []knob{
	{name: "wall", duration: func(l *Limits) *time.Duration { return &l.Wall }},
	{name: "compile", duration: func(l *Limits) *time.Duration { return &l.Compile }},
	{name: "memory", size: func(l *Limits) *int64 { return &l.Memory }},
	{name: "source", size: func(l *Limits) *int64 { return &l.Source }},
	{name: "body", size: func(l *Limits) *int64 { return &l.Body }},
	{name: "state", size: func(l *Limits) *int64 { return &l.State }},
	{name: "reply", size: func(l *Limits) *int64 { return &l.Reply }},
	{name: "reason", size: func(l *Limits) *int64 { return &l.Reason }},
	{name: "log", size: func(l *Limits) *int64 { return &l.Log }},
	{name: "lines", size: func(l *Limits) *int64 { return &l.Lines }},
	{name: "depth", size: func(l *Limits) *int64 { return &l.Depth }},
}

// boundsOf finds the row of a kind; a kind without one has the bounds of exec.
func boundsOf(kind string, tier Tier) bounds {
	var found bounds
	for _, row := range table {
		if row.tier == tier && (row.kind == kind || row.kind == "exec") {
			found = row
			break
		}
	}
	for _, k := range knobs {
		if k.size != nil && *k.size(&contract) != 0 {
			*k.size(&found.defaults) = *k.size(&contract)
			*k.size(&found.most) = *k.size(&contract)
		}
	}
	return found
}

// Defaults are the limits of a callback of this kind ("js", "wasm", "exec")
// that asks for none.
func Defaults(kind string, tier Tier) Limits { return boundsOf(kind, tier).defaults }

// ParseLimits reads the limits that a callback asks for, as
// {"wall": "100ms", "memory": "64MiB"}: durations as [matcher.ParseDuration]
// and sizes as [matcher.ParseSize] take them, or numbers of seconds and bytes.
// What is not asked for has its default. Asking for more than the tier allows,
// for nothing at all (0), or for an unknown limit is an error.
func ParseLimits(kind string, tier Tier, asked json.RawMessage) (Limits, error) {
	b := boundsOf(kind, tier)
	if len(asked) == 0 {
		return b.defaults, nil
	}
	document, err := jsonpath.Parse(asked)
	if err != nil || document.Root().Kind() != jsonpath.Object {
		return Limits{}, fmt.Errorf("limits: want an object, as {\"wall\": \"100ms\"}")
	}
	limits := b.defaults
	for name, value := range document.Root().Members() {
		if err := b.set(&limits, name, value); err != nil {
			return Limits{}, fmt.Errorf("limits.%s: %w", Limits{Reason: 64}.CutReason(name), err)
		}
	}
	return limits, nil
}

// set reads one limit.
func (b *bounds) set(limits *Limits, name string, value jsonpath.Value) error {
	text := value.Text()
	if value.Kind() == jsonpath.Number {
		text = value.Literal()
	}
	for _, k := range knobs {
		switch {
		case k.name != name:
			continue
		case k.duration != nil:
			return setDuration(k.duration(limits), *k.duration(&b.most), text)
		default:
			return setSize(k.size(limits), *k.size(&b.most), text)
		}
	}
	return fmt.Errorf("unknown limit; the limits are %s", knobNames())
}

func setDuration(to *time.Duration, most time.Duration, text string) error {
	d, err := matcher.ParseDuration(text)
	switch {
	case err != nil:
		return err
	case d <= 0 || d > most:
		return fmt.Errorf("%v is not between 0 and %v", d, most)
	}
	*to = d
	return nil
}

func setSize(to *int64, most int64, text string) error {
	n, err := matcher.ParseSize(text)
	switch {
	case err != nil:
		return err
	case n <= 0 || n > most:
		return fmt.Errorf("%d is not between 1 and %d", n, most)
	}
	*to = n
	return nil
}

func knobNames() string {
	names := ""
	for i, k := range knobs {
		if i > 0 {
			names += ", "
		}
		names += k.name
	}
	return names
}
