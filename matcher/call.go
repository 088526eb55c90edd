package matcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// Bounds of what a callback gives back.
const (
	maxState          = 64 << 10 // bytes
	maxCallbackReason = 1 << 10  // bytes
)

// call is a condition that is code.
type call struct {
	path      string // of the key
	condition string // of the condition, which its state belongs to
	want      json.RawMessage
	config    json.RawMessage
	evaluator Evaluator
}

func (l *call) skipped() Report { return Report{Path: l.path, Want: l.want, Verdict: Skipped} }

func (l *call) judge(w *walk, decided bool) finding {
	if decided || w.failed {
		return finding{Report: l.skipped()}
	}
	state := w.before[l.condition].State
	if state == nil {
		state = json.RawMessage("{}")
	}
	answer, err := l.evaluator.Evaluate(w.ctx, Call{
		Response: w.attempt.Response, Attempt: w.attempt.Number, Config: l.config,
		State: state, Now: w.attempt.Now, Seed: w.attempt.Seed,
	})
	w.log(l.condition, answer)
	if err == nil {
		err = checkState(answer.State)
	}
	f := finding{Report: Report{Path: l.path, Want: l.want, Verdict: NoMatch}}
	if err != nil {
		f.err = evalError(l.path, "callback", err)
		f.Verdict, f.Reason = Error, cutLine(printable("callback: "+err.Error()))
		return f
	}
	w.keep(l.condition, answer)
	f.Reason = cut(printable(answer.says()), maxCallbackReason)
	if answer.Match {
		f.Verdict = Match
	}
	return f
}

// says words an answer as a reason.
func (a Answer) says() string {
	parts := []string{"callback: says no"}
	if a.Match {
		parts[0] = "callback: says yes"
	}
	if a.Reason != "" {
		parts[0] = "callback: " + a.Reason
	}
	if a.Note != "" {
		parts = append(parts, a.Note)
	}
	return strings.Join(parts, "; ")
}

// checkState refuses a state that cannot be kept.
func checkState(state json.RawMessage) error {
	switch {
	case len(state) > maxState:
		return evalError("", "limit:output", fmt.Errorf("the new state has %d bytes, at most %d", len(state), maxState))
	case len(state) == 0:
		return nil
	}
	_, err := jsonpath.Parse(state)
	switch {
	case Kind(err) == "limit:depth":
		return evalError("", "limit:depth", fmt.Errorf("the new state: %w", err))
	case err != nil || !json.Valid(state): // which allows nothing in front of the text
		return errors.New("the new state is not JSON")
	}
	return nil
}

// keep takes over the new state and the delay that an answer asks for.
func (w *walk) keep(condition string, answer Answer) {
	w.result.RetryAfter = max(w.result.RetryAfter, answer.RetryAfter)
	if answer.State == nil {
		return
	}
	state := slices.Clone(answer.State)
	if len(state) == 0 {
		state = nil
	}
	w.remember(condition, func(c *cell) { c.State = state })
}

// log collects what a callback logged.
func (w *walk) log(condition string, answer Answer) {
	for _, line := range answer.Log {
		line.Path = condition
		w.result.Log = append(w.result.Log, line)
	}
	w.result.LogDropped += answer.LogDropped
}

// funcEvaluator is Go code as an evaluator.
type funcEvaluator func(ctx context.Context, r *Response) (bool, error)

// Evaluate calls the function with the response.
func (f funcEvaluator) Evaluate(ctx context.Context, c Call) (Answer, error) {
	holds, err := f(ctx, c.Response)
	return Answer{Match: holds}, err
}

// compileCall compiles `callback`.
func compileCall(c *compiler, at place, o operand) node {
	l := &call{path: at.path, condition: at.condition, config: json.RawMessage("{}")}
	c.calls = append(c.calls, l)
	if o.fn != nil {
		l.want, l.evaluator = json.RawMessage(`{"go":"func"}`), o.fn
		return l
	}
	l.want = asWanted(o.value)
	callback, good := c.callback(at.path, o.value)
	if !good {
		return nil
	}
	if len(callback.Config) > 0 {
		l.config = callback.Config
	}
	loader := slices.IndexFunc(c.loaders, func(l Loader) bool { return l.Serves(callback.Kind) })
	if loader < 0 {
		c.fail(at.path, "no runtime for callbacks of kind %s was given", callback.Kind)
		return nil
	}
	evaluator, err := c.loaders[loader].Load(c.ctx, callback)
	if err != nil {
		c.mistakes = append(c.mistakes, &ConditionError{Path: c.asWritten(at.path), Message: err.Error(), Err: err})
		return nil
	}
	l.evaluator = evaluator
	return l
}

// forms are the keys that say what a callback is, each with its kind, and those
// of files, with the key that their content stands in.
var forms = []struct{ key, kind, inline string }{
	{"js", "js", ""},
	{"js_file", "js", "js"},
	{"wasm_base64", "wasm", ""},
	{"wasm", "wasm", "wasm_base64"},
	{"exec", "exec", ""},
	{"plugin", "plugin", ""},
}

// formKeys lists the keys of forms.
func formKeys() []string {
	var keys []string
	for _, form := range forms {
		keys = append(keys, form.key)
	}
	return keys
}

// callback reads the operand of `callback`.
func (c *compiler) callback(path string, v jsonpath.Value) (Callback, bool) {
	before := len(c.mistakes)
	var read Callback
	switch v.Kind() {
	case jsonpath.String:
		read = Callback{Kind: "js", Source: []byte(v.Text())}
	case jsonpath.Object:
		read = c.callbackObject(path, v)
	case jsonpath.Null:
		c.fail(path, "null is no callback: write the code, or leave the key out")
	default:
		c.fail(path, "want JavaScript as a string, or an object with one of %s, got %s", strings.Join(formKeys(), ", "), v.Kind().Noun())
	}
	if len(c.mistakes) == before && read.Kind == "js" && strings.TrimSpace(string(read.Source)) == "" {
		c.fail(path, "the code is empty")
	}
	return read, len(c.mistakes) == before
}

// callbackObject reads a callback that is an object.
func (c *compiler) callbackObject(path string, v jsonpath.Value) Callback {
	var read Callback
	for _, form := range forms {
		value, given := v.Get(form.key)
		switch {
		case !given:
			continue
		case form.inline != "":
			c.fail(join(path, form.key), "the file was not read: only poll files and flags may name files; give the content as %q", form.inline)
		case read.Kind != "":
			c.fail(join(path, form.key), "a callback is one of %s, and %s is given too", strings.Join(formKeys(), ", "), read.Kind)
		}
		read.Kind = form.kind
		c.source(join(path, form.key), form.key, value, &read)
	}
	if read.Kind == "" {
		c.fail(path, "no code: give one of %s", strings.Join(formKeys(), ", "))
	}
	names := append(formKeys(), optionKeys()...)
	for key, value := range v.Members() {
		option := slices.IndexFunc(callbackOptions, func(o callbackOption) bool { return o.key == key })
		switch {
		case option >= 0:
			c.option(join(path, key), callbackOptions[option], value, &read)
		case !slices.Contains(names, key):
			c.failUnknown(path, key, "key", names)
		}
	}
	return read
}

// source reads the operand of a form.
func (c *compiler) source(path, key string, v jsonpath.Value, to *Callback) {
	var err error
	switch key {
	case "js":
		to.Source, err = []byte(v.Text()), wantKind(v, jsonpath.String)
	case "wasm_base64":
		if json.Unmarshal(v.AppendJSON(nil), &to.Source) != nil {
			err = errors.New("want base64 as a string")
		}
	case "exec":
		if json.Unmarshal(v.AppendJSON(nil), &to.Exec) != nil || len(to.Exec) == 0 {
			err = errors.New("want a command and its arguments, as a list of strings")
		}
	case "plugin":
		to.Plugin, err = v.Text(), wantKind(v, jsonpath.String)
	}
	if err != nil {
		c.fail(path, "%v", err)
	}
}

// callbackOption is a key of a callback beside its code.
type callbackOption struct {
	key   string
	kinds []string // the kinds of callbacks that take it; nil: all
	kind  jsonpath.Kind
	set   func(to *Callback, v jsonpath.Value)
}

var callbackOptions = []callbackOption{
	{"name", nil, jsonpath.String, func(to *Callback, v jsonpath.Value) { to.Name = v.Text() }},
	{"config", nil, jsonpath.Object, func(to *Callback, v jsonpath.Value) { to.Config = v.AppendJSON(nil) }},
	{"limits", nil, jsonpath.Object, func(to *Callback, v jsonpath.Value) { to.Limits = v.AppendJSON(nil) }},
	{"function", []string{"wasm", "exec", "plugin"}, jsonpath.String, func(to *Callback, v jsonpath.Value) { to.Function = v.Text() }},
	{"instance", []string{"wasm", "plugin"}, jsonpath.String, func(to *Callback, v jsonpath.Value) { to.Instance = v.Text() }},
	{"sha256", []string{"exec"}, jsonpath.String, func(to *Callback, v jsonpath.Value) { to.SHA256 = v.Text() }},
}

func optionKeys() []string {
	var keys []string
	for _, option := range callbackOptions {
		keys = append(keys, option.key)
	}
	return keys
}

// option reads one key beside the code.
func (c *compiler) option(path string, o callbackOption, v jsonpath.Value, to *Callback) {
	if err := wantKind(v, o.kind); err != nil {
		c.fail(path, "%v", err)
		return
	}
	if o.kinds != nil && to.Kind != "" && !slices.Contains(o.kinds, to.Kind) {
		c.fail(path, "a callback of kind %s takes no %s", to.Kind, o.key)
	}
	if o.key == "instance" && v.Text() != "fresh" && v.Text() != "pooled" {
		c.fail(path, "want \"fresh\" or \"pooled\", got %s", preview(v))
	}
	o.set(to, v)
}

// wantKind refuses a value of another kind.
func wantKind(v jsonpath.Value, kind jsonpath.Kind) error {
	if v.Kind() != kind {
		return fmt.Errorf("want %s, got %s", kind.Noun(), v.Kind().Noun())
	}
	return nil
}
