// Command suite is the guest that the conformance suite runs: its programs,
// written in Go against the bare ABI.
package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unsafe"
)

//go:wasmimport httsleep status_code
func statusCode() int32

//go:wasmimport httsleep attempt
func attempt() int32

//go:wasmimport httsleep elapsed_ms
func elapsedMS() int64

//go:wasmimport httsleep now_ms
func nowMS() int64

//go:wasmimport httsleep seed
func seed() uint64

//go:wasmimport httsleep url
func hostURL(buf unsafe.Pointer, size uint32) int32

//go:wasmimport httsleep header
func hostHeader(name unsafe.Pointer, nameLen uint32, buf unsafe.Pointer, size uint32) int32

//go:wasmimport httsleep header_names
func hostHeaderNames(buf unsafe.Pointer, size uint32) int32

//go:wasmimport httsleep body
func hostBody(offset int64, buf unsafe.Pointer, size uint32) int32

//go:wasmimport httsleep jsonpath
func hostJSONPath(expr unsafe.Pointer, exprLen uint32, buf unsafe.Pointer, size uint32) int32

//go:wasmimport httsleep config
func hostConfig(buf unsafe.Pointer, size uint32) int32

//go:wasmimport httsleep state
func hostState(buf unsafe.Pointer, size uint32) int32

//go:wasmimport httsleep set_state
func hostSetState(p unsafe.Pointer, n uint32) int32

//go:wasmimport httsleep reason
func hostReason(p unsafe.Pointer, n uint32)

//go:wasmimport httsleep retry_after_ms
func hostRetryAfter(ms int64)

//go:wasmimport httsleep log
func hostLog(level int32, p unsafe.Pointer, n uint32)

func main() {}

// get asks a getter for the size first.
func get(getter func(unsafe.Pointer, uint32) int32) (string, int32) {
	var none byte
	size := getter(unsafe.Pointer(&none), 0)
	if size <= 0 {
		return "", size
	}
	buf := make([]byte, size)
	getter(unsafe.Pointer(&buf[0]), uint32(size))
	return string(buf), size
}

func at(s string) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.StringData(s + "\x00")), uint32(len(s))
}

func reason(s string)   { hostReason(at(s)) }
func setState(s string) { hostSetState(at(s)) }

func body() string {
	text, _ := get(func(p unsafe.Pointer, n uint32) int32 { return hostBody(0, p, n) })
	return text
}

func header(name string) (string, int32) {
	return get(func(p unsafe.Pointer, n uint32) int32 {
		q, m := at(name)
		return hostHeader(q, m, p, n)
	})
}

// config is what the programs take from the config.
var config struct {
	At         int32
	Name       string
	Needle     string
	Text       string
	Field      string
	Want       string
	Expression string
	Until      int
	State      json.RawMessage
	Bytes      int
	Message    string
	Seconds    float64
	Count      int
	Lines      int
}

func readConfig() {
	text, _ := get(hostConfig)
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		panic(err)
	}
}

func result(match bool) int32 {
	if match {
		return 1
	}
	return 0
}

func fail(message string) int32 {
	reason(message)
	return 2
}

//go:wasmexport status_is_200
func statusIs200() int32 { return result(statusCode() == 200) }

//go:wasmexport status_ok
func statusOK() int32 { return result(statusCode() >= 200 && statusCode() <= 299) }

//go:wasmexport attempt_at_least
func attemptAtLeast() int32 {
	readConfig()
	return result(attempt() >= config.At)
}

//go:wasmexport url
func url() int32 {
	text, _ := get(hostURL)
	reason(text)
	return 1
}

//go:wasmexport elapsed
func elapsed() int32 {
	reason(fmt.Sprint(elapsedMS()))
	return 1
}

//go:wasmexport header
func headerIsThere() int32 {
	readConfig()
	values, size := header(config.Name)
	reason(strings.ReplaceAll(values, "\n", "|"))
	return result(size >= 0)
}

//go:wasmexport header_names
func headerNames() int32 {
	text, _ := get(hostHeaderNames)
	names := strings.Split(text, "\n")
	slices.Sort(names)
	reason(strings.Join(names, ","))
	return 1
}

//go:wasmexport body_contains
func bodyContains() int32 {
	readConfig()
	return result(strings.Contains(body(), config.Needle))
}

//go:wasmexport text_is
func textIs() int32 {
	readConfig()
	return result(body() == config.Text)
}

//go:wasmexport json_field
func jsonField() int32 {
	readConfig()
	var object map[string]any
	var value any
	if err := json.Unmarshal([]byte(body()), &value); err != nil {
		return fail(err.Error())
	}
	object, _ = value.(map[string]any)
	return result(object[config.Field] == any(config.Want))
}

//go:wasmexport json_path
func jsonPath() int32 {
	readConfig()
	list, size := get(func(p unsafe.Pointer, n uint32) int32 {
		q, m := at(config.Expression)
		return hostJSONPath(q, m, p, n)
	})
	if size < 0 {
		return fail(fmt.Sprintf("jsonpath gave %d", size))
	}
	reason(list)
	return result(list != "[]")
}

//go:wasmexport count_with_state
func countWithState() int32 {
	readConfig()
	var state struct{ N int }
	text, _ := get(hostState)
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		return fail(err.Error())
	}
	state.N++
	setState(fmt.Sprintf(`{"n":%d}`, state.N))
	reason(fmt.Sprintf("n=%d", state.N))
	return result(state.N >= config.Until)
}

//go:wasmexport echo_state
func echoState() int32 {
	text, _ := get(hostState)
	reason(text)
	return 1
}

//go:wasmexport delete_state
func deleteState() int32 {
	setState("")
	return 1
}

//go:wasmexport set_state
func setStateFromConfig() int32 {
	readConfig()
	setState(string(config.State))
	return 1
}

//go:wasmexport big_state
func bigState() int32 {
	readConfig()
	setState(`{"pad":"` + strings.Repeat("x", config.Bytes) + `"}`)
	return 1
}

//go:wasmexport fail
func failWithMessage() int32 {
	readConfig()
	return fail(config.Message)
}

//go:wasmexport fail_after_state
func failAfterState() int32 {
	setState(`{"lost": true}`)
	reason("lost")
	hostRetryAfter(1000)
	panic("as it should")
}

//go:wasmexport now
func now() int32 {
	reason(fmt.Sprint(nowMS()))
	return 1
}

//go:wasmexport random
func random() int32 {
	source := rand.New(rand.NewPCG(seed(), 0))
	reason(fmt.Sprintf("%v,%v", source.Float64(), source.Float64()))
	return 1
}

//go:wasmexport retry_after
func retryAfter() int32 {
	readConfig()
	hostRetryAfter(int64(config.Seconds * 1000))
	return 0
}

//go:wasmexport reason
func reasonFromConfig() int32 {
	readConfig()
	reason(config.Text)
	return 1
}

//go:wasmexport long_reason
func longReason() int32 {
	readConfig()
	reason(strings.Repeat(config.Text, config.Count))
	return 1
}

//go:wasmexport log
func logLines() int32 {
	readConfig()
	for range config.Lines {
		p, n := at(config.Text)
		hostLog(1, p, n)
	}
	return 1
}

//go:wasmexport log_levels
func logLevels() int32 {
	for level, text := range []string{"d", "i", "w", "e"} {
		p, n := at(text)
		hostLog(int32(level), p, n)
	}
	return 1
}

//go:wasmexport spin
func spin() int32 {
	for n := 0; ; n++ {
		if n < 0 {
			return 1
		}
	}
}
