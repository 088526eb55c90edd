package main

import (
	"errors"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/evaluator/grpc"
	"github.com/httsleep/httsleep/matcher"
)

// remedies say what to do about an error, by its kind.
var remedies = map[string]string{
	"tls":            "a private authority? --cacert FILE; any certificate: -k; no TLS at all: http://",
	"redirect":       "to judge the redirect itself --no-follow",
	"body_too_large": "a larger body is taken with --max-filesize 100MiB, or max_body in a poll file",
	"json":           "to wait for JSON --ignore-errors json",
	"limit:wall":     "to give the callback more time, in it: limits: {wall: …}",
	"limit:memory":   "to give the callback more memory, in it: limits: {memory: …}",
}

// transient are the errors that a service which is starting gives.
var transient, _ = matcher.ParseKinds("transient")

// remedy is a line that says what to do about how a poll has ended, or nothing.
func remedy(p *poll) string {
	switch p.result.Outcome {
	case httsleep.Error:
		kind := kindOf(p.result.Err)
		if transient.Has(kind) && !p.spec.Up {
			return "service still starting? add --up"
		}
		if ended := (*grpc.EndedError)(nil); errors.As(p.result.Err, &ended) {
			return "to go on after that: --ignore-errors callback"
		}
		return remedies[kind]
	case httsleep.Timeout:
		if p.spec.Up && p.spec.Timeout == 0 {
			return "to wait longer, as 5 minutes: -t 5m"
		}
	case httsleep.Exhausted:
		if p.spec.Attempts == 0 {
			return "to wait longer, as 30 minutes: -t 30m"
		}
	}
	return ""
}

// kindOf is an error's kind, or "error" when it has none.
func kindOf(err error) string {
	if kind := matcher.Kind(err); kind != "" {
		return kind
	}
	return "error"
}
