package client

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Response is an answer whose body has been read.
type Response struct {
	StatusCode  int
	Status      string // "404 Not Found"
	HTTPVersion string // "HTTP/1.1", "HTTP/2.0"
	Header      http.Header
	Trailer     http.Header // what came after the body
	URL         string      // of the final hop, without userinfo
	Method      string      // of the final hop
	Body        []byte      // after content-coding
	WireSize    int64       // bytes of the body before content-coding
	Elapsed     time.Duration
	TLS         *tls.ConnectionState // nil without TLS
	// History holds what came before: redirects and repeated tries, in order.
	History []Hop
	// Tries counts the tries, this one included.
	Tries int
	// NotModified says that the server answered 304 to [Prepared.IfChanged]:
	// Body and the headers that describe it are those of the earlier response.
	NotModified bool

	length int64 // Content-Length; -1 if unknown
}

// OK reports a status from 200 to 399.
func (r *Response) OK() bool { return r.StatusCode >= 200 && r.StatusCode < 400 }

// RedirectLocation gives the Location of a redirect that was not followed, as
// the server sent it, or "".
func (r *Response) RedirectLocation() string {
	return location(r.StatusCode, r.Header)
}

// JSON decodes the body, which may be JSON in UTF-8, UTF-16 or UTF-32 or
// MessagePack, into v.
func (r *Response) JSON(v any) error {
	text, err := r.JSONText()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return newError(kindDecode, "read the body as json", err)
	}
	return nil
}

// finalURL gives the URL that answered, without userinfo.
func finalURL(h *hop) string {
	u := *h.url
	u.User = nil
	return u.String()
}

// keep gives a 304 the body of the response that it speaks of.
func (r *Response) keep(previous *Response) {
	if previous == nil || r.StatusCode != http.StatusNotModified {
		return
	}
	r.NotModified, r.Body, r.WireSize = true, previous.Body, previous.WireSize
	merged := previous.Header.Clone() // RFC 9111, section 3.2
	for name, values := range r.Header {
		if name != "Content-Length" && name != "Content-Encoding" && name != "Transfer-Encoding" {
			merged[name] = values
		}
	}
	r.Header = merged
}

// maxErrorMessage cuts what ErrorMessage gives.
const maxErrorMessage = 200

// ErrorMessage gives what a response with status 400 or more says about its
// error, in one line of at most 200 bytes: the message, detail, title or error
// of a JSON or MessagePack object, else the start of the text. Other statuses
// give "".
func (r *Response) ErrorMessage() string {
	if r.StatusCode < 400 {
		return ""
	}
	message := ""
	var object map[string]any
	if r.JSON(&object) == nil {
		message = messageOf(object)
	}
	if message == "" {
		message = r.Text()
	}
	message = strings.Join(strings.Fields(oneLine(message)), " ")
	if len(message) > maxErrorMessage {
		message = strings.ToValidUTF8(message[:maxErrorMessage-len("…")], "") + "…"
	}
	return message
}

// messageOf finds the usual members that hold a message, also one level below
// "error".
func messageOf(object map[string]any) string {
	for _, name := range []string{"message", "detail", "title", "error_description", "error"} {
		switch v := object[name].(type) {
		case string:
			if v != "" {
				return v
			}
		case map[string]any:
			if name == "error" {
				return messageOf(v)
			}
		}
	}
	return ""
}
