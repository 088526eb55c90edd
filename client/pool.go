package client

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// maxHeaderBytes caps the headers of one answer, informational ones included.
const maxHeaderBytes = 256 << 10

// newTransport makes the transport of a client. Dialling, proxies and TLS are
// the work of route; pooling and the protocols are the Transport's.
func newTransport(o Options, r *route) (*http.Transport, error) {
	protocols, err := protocolsOf(o.HTTPVersion)
	if err != nil {
		return nil, err
	}
	if o.Pool.OpenPerHost < 0 || o.Pool.Wait < 0 || o.Pool.IdleTime < 0 || o.Pool.Idle < 0 {
		return nil, errors.New("pool limits cannot be negative")
	}
	return &http.Transport{
		Proxy:                  r.transportProxy,
		DialContext:            r.dialPlain,
		DialTLSContext:         r.dialTLS,
		TLSClientConfig:        r.tls,
		Protocols:              protocols,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second},
		DisableCompression:     true,
		DisableKeepAlives:      o.Pool.IdlePerHost < 0,
		MaxIdleConns:           intOr(o.Pool.Idle, 256),
		MaxIdleConnsPerHost:    intOr(o.Pool.IdlePerHost, 64),
		MaxConnsPerHost:        o.Pool.OpenPerHost,
		IdleConnTimeout:        limitOr(o.Pool.IdleTime, 90*time.Second),
		MaxResponseHeaderBytes: maxHeaderBytes,
		ExpectContinueTimeout:  time.Second,
	}, nil
}

func intOr(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// protocolsOf reads an HTTPVersion.
func protocolsOf(version string) (*http.Protocols, error) {
	p := &http.Protocols{}
	switch version {
	case "":
		p.SetHTTP1(true)
		p.SetHTTP2(true)
	case "1.1":
		p.SetHTTP1(true)
	case "2":
		p.SetHTTP2(true)
	case "h2c":
		p.SetHTTP2(true)
		p.SetUnencryptedHTTP2(true)
	default:
		return nil, fmt.Errorf("http version %q is not 1.1, 2 or h2c", version)
	}
	return p, nil
}

// alpn names the protocols that a TLS handshake offers.
func alpn(p *http.Protocols) []string {
	var names []string
	if p.HTTP2() {
		names = append(names, "h2")
	}
	if p.HTTP1() {
		names = append(names, "http/1.1")
	}
	return names
}
