package wasm

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// abiFunctions are the functions of the ABI httsleep, version 1.
var abiFunctions = []hostFunction{
	{"status_code", ":i", func(e *evaluation, stack []uint64) { put32(stack, e.call.Response.StatusCode) }},
	{"attempt", ":i", func(e *evaluation, stack []uint64) { put32(stack, e.call.Attempt) }},
	{"elapsed_ms", ":I", func(e *evaluation, stack []uint64) { stack[0] = uint64(e.call.Response.Elapsed.Milliseconds()) }},
	{"now_ms", ":I", func(e *evaluation, stack []uint64) { stack[0] = uint64(e.call.Now.UnixMilli()) }},
	{"seed", ":I", func(e *evaluation, stack []uint64) { stack[0] = e.call.Seed }},
	{"url", "ii:i", func(e *evaluation, stack []uint64) { e.give(stack, 0, e.call.Response.URL) }},
	{"header", "iiii:i", (*evaluation).header},
	{"header_names", "ii:i", (*evaluation).headerNames},
	{"body", "Iii:i", (*evaluation).body},
	{"jsonpath", "iiii:i", (*evaluation).jsonpath},
	{"config", "ii:i", func(e *evaluation, stack []uint64) { e.give(stack, 0, e.compact(e.call.Config)) }},
	{"state", "ii:i", (*evaluation).getState},
	{"set_state", "ii:i", (*evaluation).setState},
	{"reason", "ii:", (*evaluation).setReason},
	{"retry_after_ms", "I:", (*evaluation).retryAfter},
	{"log", "iii:", (*evaluation).logLine},
}

// What getters and set_state return besides a size.
const (
	absent      = -1
	badArgument = -2
	notJSON     = -3
)

// What calls to the host cost: each of them, for 16 bytes that are moved, for a
// step of a jsonpath, and for a byte of an expression with patterns, of which 25
// can take milliseconds to compile.
const (
	fuelPerCall    = 100
	bytesPerFuel   = 16
	fuelPerStep    = 4
	fuelPerPattern = 20_000
)

// put32 returns a number of 32 bits.
func put32(stack []uint64, n int) {
	stack[0] = uint64(uint32(int32(min(max(n, math.MinInt32), math.MaxInt32))))
}

// view is a piece of the guest's memory, which is paid for. A piece that does
// not lie in the memory ends the evaluation.
func (e *evaluation) view(pointer, size uint64) []byte {
	e.charge(fuelPerCall + int64(uint32(size)/bytesPerFuel))
	var piece []byte
	inside := false
	if memory := e.guest.Memory(); memory != nil {
		piece, inside = memory.Read(uint32(pointer), uint32(size))
	}
	if !inside {
		e.stop(evaluator.Protocol.Broken("the guest passed %d bytes at %#x, which do not lie in its memory", uint32(size), uint32(pointer)))
	}
	return piece
}

// give serves a getter whose buffer and capacity are on the stack from an index
// on: it copies what fits and returns the whole size.
func (e *evaluation) give(stack []uint64, at int, content string) {
	e.charge(int64(len(content) / bytesPerFuel))
	copy(e.view(stack[at], stack[at+1]), content)
	put32(stack, len(content))
}

// maxHeaderName is the longest name of a header that is looked for: a guest can
// make one of all its memory, which takes long to bring into its canonical form.
const maxHeaderName = 64 << 10

// header is header(name, name_len, buf, cap).
func (e *evaluation) header(stack []uint64) {
	var values []string
	if name := e.view(stack[0], stack[1]); len(name) <= maxHeaderName {
		values = e.call.Response.Header[http.CanonicalHeaderKey(string(name))]
	}
	if values == nil {
		e.view(stack[2], stack[3])
		put32(stack, absent)
		return
	}
	e.give(stack, 2, strings.Join(values, "\n"))
}

// headerNames is header_names(buf, cap).
func (e *evaluation) headerNames(stack []uint64) {
	e.charge(fuelPerCall * int64(len(e.call.Response.Header)))
	names := make([]string, 0, len(e.call.Response.Header))
	for name := range e.call.Response.Header {
		names = append(names, strings.ToLower(name))
	}
	slices.Sort(names)
	e.give(stack, 0, strings.Join(names, "\n"))
}

// body is body(offset, buf, cap).
func (e *evaluation) body(stack []uint64) {
	to := e.view(stack[1], stack[2])
	body := e.call.Response.Body
	if err := e.evaluator.limits.CheckBody(body); err != nil {
		e.stop(err)
	}
	offset := int64(stack[0])
	if offset < 0 {
		put32(stack, badArgument)
		return
	}
	body = body[min(offset, int64(len(body))):]
	copy(to, body)
	put32(stack, len(body))
}

// getState is state(buf, cap): what was stored last, in this call too.
func (e *evaluation) getState(stack []uint64) {
	state := e.call.State
	if e.state != nil {
		state = e.state
	}
	e.give(stack, 0, e.compact(state))
}

// compact is JSON without blanks, {} when there is none.
func (e *evaluation) compact(raw json.RawMessage) string {
	e.charge(int64(len(raw)))
	var text bytes.Buffer
	switch {
	case len(raw) == 0:
		return "{}"
	case json.Compact(&text, raw) != nil:
		return string(raw)
	}
	return text.String()
}

// setState is set_state(p, n). A state nests as deep as a document, and is JSON
// without what a document may begin with.
func (e *evaluation) setState(stack []uint64) {
	state := json.RawMessage(e.view(stack[0], stack[1]))
	if err := e.evaluator.limits.CheckState(state); err != nil {
		e.stop(err)
	}
	e.charge(int64(len(state)))
	_, err := jsonpath.Parse(state)
	e.stopAtLimit(err)
	if len(state) > 0 && !json.Valid(state) {
		put32(stack, badArgument)
		return
	}
	e.state = append(json.RawMessage{}, state...)
	put32(stack, 0)
}

// setReason is reason(p, n).
func (e *evaluation) setReason(stack []uint64) {
	limits := &e.evaluator.limits
	text := e.view(stack[0], stack[1])
	text = text[:min(int64(len(text)), 4*limits.Reason)]
	e.charge(fuelPerStep * int64(len(text)))
	e.reason = limits.CutReason(strings.ToValidUTF8(string(text), "\ufffd"))
}

// retryAfter is retry_after_ms(n).
func (e *evaluation) retryAfter(stack []uint64) {
	wait, err := evaluator.RetryAfter(float64(int64(stack[0])) / 1000)
	if err != nil {
		e.stop(evaluator.Protocol.Broken("retry_after_ms(%d): %v", int64(stack[0]), err))
	}
	e.charge(fuelPerCall)
	e.wait = wait
}

// levels are the names of the levels of log.
var levels = [...]string{"debug", "info", "warn", "error"}

// logLine is log(level, p, n). A level above the last one counts as that.
func (e *evaluation) logLine(stack []uint64) {
	limits := &e.evaluator.limits
	text := e.view(stack[1], stack[2])
	text = text[:min(int64(len(text)), limits.Log+1)]
	e.log.Add(*limits, levels[min(uint32(stack[0]), uint32(len(levels)-1))], string(text))
}

// abort is what AssemblyScript calls when it throws: abort(message, file, line,
// column), with its own strings.
func (e *evaluation) abort(stack []uint64) {
	message := e.scriptString(uint32(stack[0]))
	if message == "" {
		message = "aborted"
	}
	panic(&evaluator.CallbackError{
		Message: firstLine(message), Name: e.scriptString(uint32(stack[1])),
		Line: int(uint32(stack[2])), Column: int(uint32(stack[3])),
	})
}

// maxScriptString is how many bytes of a string of AssemblyScript are read.
const maxScriptString = 2048

// scriptString reads a string as AssemblyScript keeps it: UTF-16, with its size
// in bytes before it.
func (e *evaluation) scriptString(pointer uint32) string {
	memory := e.guest.Memory()
	if memory == nil || pointer < 4 {
		return ""
	}
	size, inside := memory.ReadUint32Le(pointer - 4)
	if !inside {
		return ""
	}
	text, inside := memory.Read(pointer, min(size, maxScriptString)&^1)
	if !inside {
		return ""
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(text[2*i:])
	}
	return string(utf16.Decode(units))
}

// found is the last answer of jsonpath, so that asking for the size first does
// not evaluate twice.
type found struct {
	expression string
	list       string
	code       int // instead of a list; 0: there is one
	valid      bool
}

// jsonpath is jsonpath(expr, expr_len, buf, cap).
func (e *evaluation) jsonpath(stack []uint64) {
	expression := e.view(stack[0], stack[1])
	if !e.found.valid || e.found.expression != string(expression) {
		e.found = e.look(string(expression))
	}
	if e.found.code != 0 {
		e.view(stack[2], stack[3])
		put32(stack, e.found.code)
		return
	}
	e.give(stack, 2, e.found.list)
}

// look evaluates a jsonpath on the body.
func (e *evaluation) look(expression string) found {
	price := int64(fuelPerStep)
	if strings.Contains(expression, "match") || strings.Contains(expression, "search") {
		price = fuelPerPattern
	}
	e.charge(price * int64(len(expression)))
	path, err := e.evaluator.paths.compile(expression)
	if err != nil {
		e.stopAtLimit(err)
		return found{expression, "", badArgument, true}
	}
	document, err := e.evaluator.limits.JSON(e.call.Response)
	if !e.parsed {
		e.parsed = true
		e.charge(int64(len(e.call.Response.Body)))
	}
	if err != nil {
		e.stopAtLimit(err)
		return found{expression, "", notJSON, true}
	}
	nodes, steps, err := path.Measure(document.Root())
	e.charge(fuelPerStep * int64(steps))
	if err != nil {
		e.stopAtLimit(err)
	}
	return found{expression, e.list(nodes), 0, true}
}

// list writes nodes as a list. They may contain each other, so that it can
// become much longer than the body.
func (e *evaluation) list(nodes []jsonpath.Node) string {
	most := e.evaluator.limits.Memory
	list := []byte{'['}
	for i, node := range nodes {
		if i > 0 {
			list = append(list, ',')
		}
		before := len(list)
		list = node.AppendJSON(list)
		e.charge(int64(len(list) - before))
		if int64(len(list)) > most {
			e.stop(evaluator.Memory.Broken("what a jsonpath found takes more than %d bytes", most))
		}
	}
	return string(append(list, ']'))
}

// stopAtLimit ends the evaluation when the host broke a limit on its behalf.
func (e *evaluation) stopAtLimit(err error) {
	var limit *evaluator.LimitError
	if errors.As(err, &limit) {
		e.stop(limit)
	}
	var reading *jsonpath.LimitError
	if errors.As(err, &reading) {
		e.stop(evaluator.Limit(reading.Kind()).Broken("%v", reading))
	}
}
