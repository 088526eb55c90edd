package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// Kind classifies any error of an HTTP exchange, also one from another client
// of net/http. It gives "" for nil and "protocol" for what it cannot place.
func Kind(err error) string {
	if err == nil {
		return ""
	}
	if k, ok := errors.AsType[interface {
		error
		Kind() string
	}](err); ok {
		return k.Kind()
	}
	switch {
	case errors.Is(err, context.Canceled):
		return kindCancelled
	case isTLS(err):
		return kindTLS
	case isProxy(err):
		return kindProxy
	}
	return networkKind(err)
}

// networkKind places the errors of package net and of reading a response.
func networkKind(err error) string {
	dns, isDNS := errors.AsType[*net.DNSError](err)
	op, isOp := errors.AsType[*net.OpError](err)
	switch {
	case isDNS && !dns.IsTimeout:
		return kindDNS
	case isDNS, isOp && op.Op == "dial" && op.Timeout():
		return kindConnectTimeout
	case isTimeout(err):
		return kindTimeout
	case isOp && op.Op == "dial", isReset(err), errors.Is(err, io.EOF):
		return kindConnection
	}
	return kindProtocol
}

// isTimeout reports a deadline or a net.Error timeout.
func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	n, ok := errors.AsType[net.Error](err)
	return ok && n.Timeout()
}

// isReset reports that the peer or the system ended the connection.
func isReset(err error) bool {
	for _, errno := range []syscall.Errno{
		syscall.ECONNRESET, syscall.ECONNREFUSED, syscall.ECONNABORTED, syscall.EPIPE,
		syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ETIMEDOUT,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return errors.Is(err, net.ErrClosed) || strings.Contains(err.Error(), "server closed idle connection")
}

// isProxy reports that the proxy, not the target, failed.
func isProxy(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "proxyconnect" || op.Op == "socks")
}

// isTLS reports an error of the TLS handshake or of certificate verification.
func isTLS(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		return true
	}
	return strings.Contains(err.Error(), "tls: ")
}

// isDial reports an error from before there was a connection, by the types
// that net uses, as it comes from transports other than ours.
func isDial(err error) bool {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "dial" || op.Op == "proxyconnect" || op.Op == "socks")
}

// plainTransport puts the transport's messages into words that say what
// happened on the wire.
func plainTransport(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &placedError{text: "the connection ended inside the answer's headers", err: err}
	case errors.Is(err, io.EOF), strings.Contains(err.Error(), "server closed idle connection"):
		return &placedError{text: "the server closed the connection without an answer", err: err}
	case errors.Is(err, syscall.ECONNRESET):
		return &placedError{text: "the server reset the connection before an answer", err: err}
	}
	return err
}
