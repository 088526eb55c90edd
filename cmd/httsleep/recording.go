package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/httsleep/httsleep"
)

// parseRecording reads a recorded response: the text of curl -i, an object with
// status_code, or a bare body, which stands for status 200.
func parseRecording(data []byte) (*httsleep.Response, error) {
	if bytes.HasPrefix(data, []byte("HTTP/")) {
		return parseTranscript(data)
	}
	if looksRecorded(data) {
		response := new(httsleep.Response)
		if err := json.Unmarshal(data, response); err != nil {
			return nil, err
		}
		return response, nil
	}
	return &httsleep.Response{StatusCode: http.StatusOK, Header: make(http.Header), Body: data}, nil
}

// recordedKeys are the keys of a response object; one with others is a body.
var recordedKeys = map[string]bool{
	"status_code": true, "headers": true, "url": true, "http_version": true, "elapsed_ms": true,
	"body": true, "body_base64": true, "json": true, "body_truncated": true,
}

// looksRecorded says whether a text is a response object and not a body that
// happens to be an object.
func looksRecorded(data []byte) bool {
	var keys map[string]json.RawMessage
	if json.Unmarshal(data, &keys) != nil || keys["status_code"] == nil {
		return false
	}
	for key := range keys {
		if !recordedKeys[key] {
			return false
		}
	}
	return true
}

// maxHeads is how many responses may stand before the last one, as curl -i
// prints those of redirects, of proxies and of 100 Continue.
const maxHeads = 100

// parseTranscript reads what curl -i prints: the last head and its body.
func parseTranscript(data []byte) (*httsleep.Response, error) {
	for range maxHeads {
		response, rest, err := parseHead(data)
		if err != nil {
			return nil, err
		}
		if !bytes.HasPrefix(rest, []byte("HTTP/")) || !passing(response) {
			response.Body = rest
			return response, nil
		}
		data = rest
	}
	return nil, fmt.Errorf("more than %d responses in a row", maxHeads)
}

// passing says whether another response may follow in the same transcript.
func passing(r *httsleep.Response) bool {
	return r.StatusCode < 200 || r.StatusCode >= 300 && r.StatusCode < 400 ||
		r.StatusCode == http.StatusUnauthorized || r.StatusCode == http.StatusOK && len(r.Header) == 0
}

// parseHead reads a status line and header fields, up to the empty line.
func parseHead(data []byte) (*httsleep.Response, []byte, error) {
	head, rest, _ := cutHead(data)
	lines := strings.FieldsFunc(head, func(r rune) bool { return r == '\n' || r == '\r' })
	version, status, _ := strings.Cut(strings.TrimPrefix(lines[0], "HTTP/"), " ")
	status, _, _ = strings.Cut(strings.TrimSpace(status), " ")
	code, err := strconv.Atoi(status)
	if err != nil || code < 100 || code > 999 {
		return nil, nil, fmt.Errorf("%q is no status line", oneLine(lines[0]))
	}
	r := &httsleep.Response{StatusCode: code, HTTPVersion: version, Header: make(http.Header)}
	for _, line := range lines[1:] {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, nil, errors.New("a header field has no colon: " + oneLine(line))
		}
		r.Header.Add(textproto.TrimString(name), textproto.TrimString(value))
	}
	return r, rest, nil
}

// cutHead splits at the first empty line, whichever line ends are used.
func cutHead(data []byte) (head string, rest []byte, found bool) {
	at, width := len(data), 0
	for _, end := range []string{"\r\n\r\n", "\n\n", "\n\r\n"} {
		if i := bytes.Index(data, []byte(end)); i >= 0 && i < at {
			at, width = i, len(end)
		}
	}
	return string(data[:at]), data[at+width:], width > 0
}
