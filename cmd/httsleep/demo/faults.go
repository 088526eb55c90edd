package demo

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// status answers with the code that it is asked for.
func status(w http.ResponseWriter, r *http.Request) {
	code, err := strconv.Atoi(r.PathValue("code"))
	if err != nil || code < 200 || code > 599 {
		fail(w, http.StatusBadRequest, "want /status/ and a code from 200 to 599")
		return
	}
	if code == http.StatusNoContent || code == http.StatusNotModified {
		w.WriteHeader(code)
		return
	}
	reply(w, code, map[string]any{"status": code, "text": http.StatusText(code)})
}

// delay answers later.
func delay(w http.ResponseWriter, r *http.Request) {
	d, err := span(r.PathValue("d"), maxDelay)
	if err != nil {
		fail(w, http.StatusBadRequest, "%v", err)
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		reply(w, http.StatusOK, map[string]any{"waited": d.String()})
	case <-r.Context().Done():
	}
}

// drop ends the connection without an answer.
func drop(http.ResponseWriter, *http.Request) {
	panic(http.ErrAbortHandler)
}

// garbage answers with something that is not HTTP.
func garbage(w http.ResponseWriter, _ *http.Request) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()
	// An error here is the client having gone away.
	_, _ = io.WriteString(conn, "\x00\x01 this is not HTTP \xff\r\n\r\n")
}

// redirect answers with so many redirects in a row.
func redirect(w http.ResponseWriter, r *http.Request) {
	hops, err := count(r.PathValue("n"), maxHops)
	if err != nil {
		fail(w, http.StatusBadRequest, "%v", err)
		return
	}
	if hops == 0 {
		reply(w, http.StatusOK, map[string]any{"status": http.StatusOK})
		return
	}
	http.Redirect(w, r, fmt.Sprintf("/redirect/%d", hops-1), http.StatusFound)
}

// stream answers with so many bytes of text.
func stream(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
	if err != nil || n < 0 || n > maxBytes {
		fail(w, http.StatusBadRequest, "want /bytes/ and a number from 0 to %d", maxBytes)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", strconv.FormatInt(n, 10))
	chunk := strings.Repeat("0123456789abcdef", 2048)
	for n > 0 {
		part := chunk[:min(n, int64(len(chunk)))]
		if _, err := io.WriteString(w, part); err != nil {
			return
		}
		n -= int64(len(part))
	}
}
