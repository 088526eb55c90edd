package matcher

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// Response is what conditions look at: the final response of an attempt, after
// redirects and with its content-coding undone. It must not be modified or
// copied after its first use; it is safe for concurrent use.
//
// As JSON it has the one shape that recorded responses, reports and guests
// share; TLSExpires is not part of it.
type Response struct {
	StatusCode  int
	Header      http.Header
	URL         string        // final, after redirects
	HTTPVersion string        // as "1.1" or "2"
	Elapsed     time.Duration // from the start of the attempt to the end of the body
	Body        []byte
	TLSExpires  time.Time // when the server's certificate ends; zero without TLS

	// AsJSON, where it is set, gives the JSON text of a body in another format,
	// as MessagePack. It is called once at most.
	AsJSON func() ([]byte, error)

	text     lazy[string]
	plain    lazy[[]byte]
	document lazy[*jsonpath.Document]
}

// lazy is a value that is computed at its first use.
type lazy[T any] struct {
	once  sync.Once
	value T
	err   error
}

func (l *lazy[T]) get(compute func() (T, error)) (T, error) {
	l.once.Do(func() { l.value, l.err = compute() })
	return l.value, l.err
}

// Text returns the body as text, decoded once: a byte order mark decides, then
// the charset of Content-Type, then UTF-8. Malformed sequences become U+FFFD.
// An unknown charset is an error of kind decode.
func (r *Response) Text() (string, error) {
	return r.text.get(func() (string, error) {
		body, from := cutMark(r.Body)
		if from == nil {
			declared, err := lookUpCharset(declaredCharset(r.Header.Get("Content-Type")))
			if err != nil {
				return "", evalError("", "decode", err)
			}
			from = declared
		}
		text, err := decodeText(body, from)
		if err != nil {
			return "", evalError("", "decode", err)
		}
		return text, nil
	})
}

// JSON returns the body as a document, parsed once, under the caps of
// [jsonpath.Parse]. A byte order mark decides its encoding, then zero bytes,
// then the charset of Content-Type, then it is UTF-8. A body that is not JSON
// is an error of kind json.
func (r *Response) JSON() (*jsonpath.Document, error) {
	return r.document.get(func() (*jsonpath.Document, error) {
		body, err := r.JSONText()
		if err != nil {
			return nil, err
		}
		document, err := jsonpath.Parse(body)
		if err != nil {
			return nil, r.notJSON(body, err)
		}
		return document, nil
	})
}

// JSONText returns the UTF-8 text that JSON is read from, found once, which may
// still not be JSON.
func (r *Response) JSONText() ([]byte, error) {
	return r.plain.get(func() ([]byte, error) {
		if r.AsJSON != nil {
			return r.AsJSON()
		}
		body, from := cutMark(r.Body)
		if from == nil {
			from = zeroBytes(body)
		}
		if from == nil {
			// A charset means nothing for JSON (RFC 8259, section 11), so that
			// an unknown one is no error here.
			from, _ = lookUpCharset(declaredCharset(r.Header.Get("Content-Type")))
		}
		if from == nil || from == utf8Encoding {
			return body, nil
		}
		text, err := decodeText(body, from)
		if err != nil {
			return nil, evalError("", "decode", err)
		}
		return []byte(text), nil
	})
}

// notJSON explains why the body could not be read as JSON.
func (r *Response) notJSON(body []byte, err error) error {
	var syntax *jsonpath.SyntaxError
	if !errors.As(err, &syntax) {
		return evalError("", "json", fmt.Errorf("reading the body: %w", err))
	}
	if len(body) == 0 {
		return evalError("", "json", errors.New("the body is empty, want JSON"))
	}
	what := "the body"
	if kind := r.Header.Get("Content-Type"); kind != "" {
		what += " (" + cut(kind, maxQuoted) + ")"
	}
	near := string(body[min(syntax.Offset, len(body)):min(syntax.Offset+glimpse, len(body))])
	return evalError("", "json", fmt.Errorf("%s is not JSON: %s at byte %d: %s", what, syntax.Message, syntax.Offset, quoteAll(near)))
}

// glimpse is how many bytes of a malformed body an error shows.
const glimpse = 24

// recording is the shape of a response as JSON.
type recording struct {
	StatusCode  int                 `json:"status_code"`
	Headers     map[string][]string `json:"headers"`
	URL         string              `json:"url"`
	HTTPVersion string              `json:"http_version"`
	ElapsedMS   int64               `json:"elapsed_ms"`
	Body        *string             `json:"body,omitempty"`
	BodyBase64  []byte              `json:"body_base64,omitempty"`
}

// MarshalJSON writes the one shape of a response. The body is text when its
// bytes are UTF-8, else base64.
func (r *Response) MarshalJSON() ([]byte, error) {
	record := recording{
		StatusCode: r.StatusCode, Headers: r.Header, URL: r.URL,
		HTTPVersion: r.HTTPVersion, ElapsedMS: r.Elapsed.Milliseconds(),
	}
	if record.Headers == nil {
		record.Headers = map[string][]string{}
	}
	if utf8.Valid(r.Body) {
		body := string(r.Body)
		record.Body = &body
	} else {
		record.BodyBase64 = r.Body
	}
	var dst bytes.Buffer
	encoder := json.NewEncoder(&dst)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(record)
	return bytes.TrimSuffix(dst.Bytes(), []byte("\n")), err
}

// UnmarshalJSON reads the one shape of a response. Only status_code must be
// there, a header may be one string, and unknown keys are passed over.
func (r *Response) UnmarshalJSON(data []byte) error {
	var record struct {
		recording
		StatusCode *int              `json:"status_code"`
		Headers    map[string]values `json:"headers"`
		ElapsedMS  float64           `json:"elapsed_ms"`
	}
	if err := json.Unmarshal(data, &record); err != nil {
		return fmt.Errorf("reading a response: %w", err)
	}
	switch {
	case record.StatusCode == nil:
		return errors.New("reading a response: status_code is missing")
	case *record.StatusCode < minStatus || *record.StatusCode > maxStatus:
		return fmt.Errorf("reading a response: status_code %d is outside %d to %d", *record.StatusCode, minStatus, maxStatus)
	case record.Body != nil && record.BodyBase64 != nil:
		return errors.New("reading a response: both body and body_base64 are given")
	case record.ElapsedMS < 0 || record.ElapsedMS > float64(math.MaxInt64/int64(time.Millisecond)):
		return fmt.Errorf("reading a response: elapsed_ms %g is out of range", record.ElapsedMS)
	}
	r.StatusCode, r.URL, r.HTTPVersion = *record.StatusCode, record.URL, record.HTTPVersion
	r.Elapsed = time.Duration(record.ElapsedMS * float64(time.Millisecond))
	r.Header = make(http.Header, len(record.Headers))
	for name, list := range record.Headers {
		for _, value := range list {
			r.Header.Add(name, value)
		}
	}
	r.Body = record.BodyBase64
	if record.Body != nil {
		r.Body = []byte(*record.Body)
	}
	return nil
}

// values are the values of one header: a list of strings, or one.
type values []string

// UnmarshalJSON reads a string or a list of strings.
func (v *values) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*v = values{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(v))
}
