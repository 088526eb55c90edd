package torture

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/httsleep/httsleep/matcher"
)

// survivable are the ends that a hostile response may bring a callback to: an
// answer, an error of its own, or a limit on what it is given.
const survivable = "answer callback json decode input depth"

// hostileResponse is a row of the table of responses; nil is what a small one has.
type hostileResponse struct {
	name   string
	body   func() []byte
	header func() http.Header
}

// hostileResponses are the responses of [Responses], one for each status besides.
func hostileResponses() []hostileResponse {
	return []hostileResponse{
		{"an empty body", bytesOf("", "", 0, ""), nil},
		{"a body of one blank", bytesOf("", " ", 1, ""), nil},
		{"null", bytesOf("", "null", 1, ""), nil},
		{"an empty object", bytesOf("", "{}", 1, ""), nil},
		{"an empty list", bytesOf("", "[]", 1, ""), nil},
		{"a number", bytesOf("", "0", 1, ""), nil},
		{"a text", bytesOf("", `"OK"`, 1, ""), nil},
		{"a page in HTML", bytesOf("", "<!doctype html><title>502</title>", 1, ""), nil},
		{"JSON that is cut off", bytesOf("", `{"status":"SUCC`, 1, ""), nil},
		{"JSON of members that are null", bytesOf("", `{"status":null,"items":null,"id":null,"data":null}`, 1, ""), nil},
		{"JSON of members that are of another type", bytesOf("", `{"status":{},"items":"x","id":[],"data":0}`, 1, ""), nil},
		{"JSON that sets prototypes", bytesOf("", `{"__proto__":{"status":"SUCCESS"},"constructor":null,"toString":1}`, 1, ""), nil},
		{"JSON as deep as may be", func() []byte { return []byte(nested("", "[", 256, "1", "]", "")()) }, nil},
		{"JSON that is too deep", bytesOf("", "[", small, ""), nil},
		{"JSON of 500,000 values", bytesOf("[", "0,", small/2, "0]"), nil},
		{"JSON of 50,000 members", manyMembers, nil},
		{"a number of 1 MB", bytesOf("", "9", small, ""), nil},
		{"a body of 1 MiB", bytesOf("", "x", small, ""), nil},
		{"a body of 10 MiB of text", bytesOf("", "x", 10*mebi, ""), nil},
		{"a body of 10 MiB of JSON", bytesOf("[", "0,", 5*mebi, "0]"), nil},
		{"a body that is not UTF-8", bytesOf("", "\xff\xfe\x80\x00", 1000, ""), nil},
		{"a body of zero bytes", bytesOf("", "\x00", 1000, ""), nil},
		{"a charset that does not exist", bytesOf("", "\xe9", 10, ""), func() http.Header { return http.Header{"Content-Type": {"text/plain; charset=x-none"}} }},
		{"no headers", nil, func() http.Header { return nil }},
		{"10,000 headers", nil, manyHeaders},
		{"a header of 1 MB", nil, func() http.Header {
			return http.Header{"Content-Type": {"application/json"}, "X-Long": {strings.Repeat("y", mebi)}}
		}},
		{"a header of control characters", nil, func() http.Header { return http.Header{"X": {"\x1b[2J\r\n\x00\xff"}} }},
	}
}

// Responses are attacks on a callback by the responses that it is given: bodies
// that are empty, broken, deep or large, headers that are many or long, and every
// status. It may answer or fail, and only what it is given may be too much.
func Responses(callback matcher.Callback) []Attack {
	attack := func(name string, call func() matcher.Call) Attack {
		return Attack{
			Name: name, Group: "response", Kinds: ends(survivable), Call: call,
			Callback: func() matcher.Callback { return callback },
		}
	}
	var all []Attack
	for _, r := range hostileResponses() {
		all = append(all, attack(r.name, callWith(r.body, r.header)))
	}
	for status := 100; status <= 599; status++ {
		if http.StatusText(status) == "" && status%100 != 99 {
			continue
		}
		all = append(all, attack(strings.TrimSpace(fmt.Sprintf("status %d %s", status, http.StatusText(status))), func() matcher.Call {
			call := callWith(nil, nil)()
			call.Response.StatusCode = status
			return call
		}))
	}
	for _, status := range []int{0, 600, 999} {
		all = append(all, attack(fmt.Sprintf("status %d", status), func() matcher.Call {
			call := callWith(nil, nil)()
			call.Response.StatusCode = status
			return call
		}))
	}
	return all
}
