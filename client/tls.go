package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
)

// TLS says how servers are verified and how the client proves itself. The zero
// value verifies against the system's roots and asks for TLS 1.2 or later.
// Certificates and keys are PEM text; [LoadTLS] reads them from files.
type TLS struct {
	// Insecure accepts any certificate. A pinned Fingerprint is still checked.
	Insecure bool
	// CA replaces the system's roots.
	CA []byte
	// Cert and Key are the client's certificate, with its chain, and key. One
	// PEM text with both may stand in Cert alone.
	Cert, Key []byte
	// KeyPassword decrypts Key (PKCS #1 or PKCS #8).
	KeyPassword string
	// ServerName is used instead of the URL's host for SNI and verification.
	ServerName string
	// AnyName verifies the chain and not the name.
	AnyName bool
	// Fingerprint pins the server's certificate: MD5, SHA-1 or SHA-256 of its
	// DER form in hex, colons allowed. It replaces the check of the name.
	Fingerprint string
	// MinVersion and MaxVersion are "1.0" to "1.3".
	MinVersion, MaxVersion string
	// Ciphers names the suites for TLS 1.2 and earlier, as
	// "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256". The suites of 1.3 are fixed.
	Ciphers []string
	// Config, if not nil, is the configuration that the fields above change.
	Config *tls.Config
}

// config makes the crypto/tls form.
func (t TLS) config() (*tls.Config, error) {
	c := t.Config.Clone()
	if c == nil {
		c = &tls.Config{}
	}
	if t.ServerName != "" {
		c.ServerName = t.ServerName
	}
	if c.ClientSessionCache == nil { // a new connection then costs one round trip
		c.ClientSessionCache = tls.NewLRUClientSessionCache(64)
	}
	for _, set := range []func(*tls.Config) error{t.setRoots, t.setCertificate, t.setVersions, t.setCiphers, t.setVerify} {
		if err := set(c); err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
	}
	return c, nil
}

func (t TLS) setRoots(c *tls.Config) error {
	if t.CA == nil {
		return nil
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(t.CA) {
		return errors.New("ca holds no certificate in PEM form")
	}
	return nil
}

func (t TLS) setCertificate(c *tls.Config) error {
	if t.Cert == nil {
		if t.Key != nil {
			return errors.New("a key without a certificate")
		}
		return nil
	}
	pair, err := keyPair(t.Cert, t.Key, t.KeyPassword)
	if err != nil {
		return err
	}
	c.Certificates = []tls.Certificate{pair}
	return nil
}

var tlsVersions = map[string]uint16{
	"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13,
}

func (t TLS) setVersions(c *tls.Config) error {
	for _, bound := range []struct {
		text string
		set  *uint16
	}{{t.MinVersion, &c.MinVersion}, {t.MaxVersion, &c.MaxVersion}} {
		if bound.text == "" {
			continue
		}
		v, ok := tlsVersions[strings.TrimPrefix(strings.ToLower(bound.text), "tls")]
		if !ok {
			return fmt.Errorf("version %q is not one of 1.0, 1.1, 1.2, 1.3", bound.text)
		}
		*bound.set = v
	}
	if c.MaxVersion != 0 && c.MaxVersion < tls.VersionTLS12 && c.MinVersion == 0 {
		c.MinVersion = tls.VersionTLS10
	}
	if c.MaxVersion != 0 && c.MinVersion > c.MaxVersion {
		return errors.New("min_version is above max_version")
	}
	return nil
}

func (t TLS) setCiphers(c *tls.Config) error {
	if len(t.Ciphers) == 0 {
		return nil
	}
	known := map[string]uint16{}
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		known[suite.Name] = suite.ID
	}
	c.CipherSuites = nil
	for _, name := range t.Ciphers {
		id, ok := known[strings.ToUpper(name)]
		if !ok {
			return fmt.Errorf("cipher %q is not known", name)
		}
		c.CipherSuites = append(c.CipherSuites, id)
	}
	return nil
}

// setVerify chooses the verification. crypto/tls verifies chain and name or
// nothing, so the choices between are made after its own are switched off.
func (t TLS) setVerify(c *tls.Config) error {
	pin, err := parseFingerprint(t.Fingerprint)
	if err != nil {
		return err
	}
	chain := !t.Insecure && !c.InsecureSkipVerify
	if pin == nil && chain && !t.AnyName {
		return nil
	}
	c.InsecureSkipVerify = true
	before, roots := c.VerifyConnection, c.RootCAs
	c.VerifyConnection = func(state tls.ConnectionState) error {
		if before != nil {
			if err := before(state); err != nil {
				return err
			}
		}
		if chain {
			if err := verifyChain(state, roots); err != nil {
				return err
			}
		}
		return pin.check(state)
	}
	return nil
}

// verifyChain verifies as crypto/tls does, without the name.
func verifyChain(state tls.ConnectionState, roots *x509.CertPool) error {
	options := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
	for _, c := range state.PeerCertificates[1:] {
		options.Intermediates.AddCert(c)
	}
	if _, err := state.PeerCertificates[0].Verify(options); err != nil {
		return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
	}
	return nil
}

// handshake makes a TLS connection to serverName over c, which it closes if
// that fails.
func handshake(ctx context.Context, c net.Conn, config *tls.Config, serverName, doing string) (*tls.Conn, error) {
	config = config.Clone()
	if config.ServerName == "" {
		config.ServerName = serverName
	}
	t := tls.Client(c, config)
	err := t.HandshakeContext(ctx)
	if err == nil {
		return t, nil
	}
	c.Close()
	return nil, handshakeError(ctx, doing, err)
}

func handshakeError(ctx context.Context, doing string, err error) error {
	kind := kindTLS
	switch {
	case ctx.Err() != nil || isTimeout(err):
		kind = kindConnectTimeout
	case !isTLS(err) && Kind(err) == kindConnection:
		kind = kindConnection
	}
	if r, ok := errors.AsType[tls.RecordHeaderError](err); ok && string(r.RecordHeader[:]) == "HTTP/" {
		err = &placedError{text: "the server answered in plain HTTP, not TLS", err: err}
	}
	return newError(kind, doing, err)
}
