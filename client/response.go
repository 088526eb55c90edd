package client

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
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
