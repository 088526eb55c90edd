package client

import (
	"errors"
	"strings"
)

// The kinds of failure. They are part of the product's contract: conditions,
// ignore lists and reports use these words.
const (
	kindConnection     = "connection"
	kindDNS            = "dns"
	kindProxy          = "proxy"
	kindPool           = "pool"
	kindTimeout        = "timeout"
	kindConnectTimeout = "connect_timeout"
	kindReadTimeout    = "read_timeout"
	kindTLS            = "tls"
	kindProtocol       = "protocol"
	kindRedirect       = "redirect"
	kindDecode         = "decode"
	kindBodyTooLarge   = "body_too_large"
	kindConfig         = "config"
	kindCancelled      = "cancelled"
)

// One sentinel for each kind. errors.Is(err, ErrConnection) also holds for
// ErrDNS, ErrProxy and ErrPool; errors.Is(err, ErrTimeout) also holds for
// ErrConnectTimeout and ErrReadTimeout.
var (
	ErrConnection     error = kindError(kindConnection)
	ErrDNS            error = kindError(kindDNS)
	ErrProxy          error = kindError(kindProxy)
	ErrPool           error = kindError(kindPool)
	ErrTimeout        error = kindError(kindTimeout)
	ErrConnectTimeout error = kindError(kindConnectTimeout)
	ErrReadTimeout    error = kindError(kindReadTimeout)
	ErrTLS            error = kindError(kindTLS)
	ErrProtocol       error = kindError(kindProtocol)
	ErrRedirect       error = kindError(kindRedirect)
	ErrDecode         error = kindError(kindDecode)
	ErrBodyTooLarge   error = kindError(kindBodyTooLarge)
	ErrConfig         error = kindError(kindConfig)
	ErrCancelled      error = kindError(kindCancelled)
)

// ErrClosed is the cause of the error that a closed [Client] gives.
var ErrClosed = errors.New("client is closed")

// ErrNotReplayable is the cause when a body that can be read only once would
// have to be sent a second time.
var ErrNotReplayable = errors.New("the request body can be read only once")

// family names the kind that contains each narrower one.
var family = map[string]string{
	kindDNS:            kindConnection,
	kindProxy:          kindConnection,
	kindPool:           kindConnection,
	kindConnectTimeout: kindTimeout,
	kindReadTimeout:    kindTimeout,
}

// kindError is the type of the sentinels.
type kindError string

func (k kindError) Error() string { return strings.ReplaceAll(string(k), "_", " ") }

// Sentinel gives the kind that the error stands for, so that errors of other
// packages with such a kind are found too.
func (k kindError) Sentinel() string { return string(k) }

// Error is every failure of this package. Its message is one line, says what
// was being done, and holds no password of a URL.
type Error struct {
	kind  string
	doing string // "connect to localhost:8080"
	err   error
	sent  bool // the connection stood; a retry then is a repetition
}

// newError makes an Error; doing says what was tried.
func newError(kind, doing string, err error) *Error {
	return &Error{kind: kind, doing: doing, err: err}
}

// Kind gives the kind of the failure, such as "dns" or "read_timeout".
func (e *Error) Kind() string { return e.kind }

// Error gives one line: what was tried, then what went wrong.
func (e *Error) Error() string {
	text := e.err.Error()
	if e.doing != "" {
		text = e.doing + ": " + text
	}
	return oneLine(text)
}

// Unwrap gives the cause, so that errors.As finds *x509.UnknownAuthorityError
// and the like.
func (e *Error) Unwrap() error { return e.err }

// Is reports whether target is the sentinel of the error's kind or family.
func (e *Error) Is(target error) bool {
	s, ok := target.(interface{ Sentinel() string })
	return ok && (s.Sentinel() == e.kind || s.Sentinel() == family[e.kind])
}

// Timeout makes an Error of the timeout family a net.Error timeout.
func (e *Error) Timeout() bool { return e.kind == kindTimeout || family[e.kind] == kindTimeout }

// Temporary completes net.Error; the word has no agreed meaning.
//
// Deprecated: use Kind.
func (e *Error) Temporary() bool { return e.Timeout() }

// oneLine replaces control characters, which a server may have put there.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}
