package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"

	"github.com/httsleep/httsleep"
)

// ConnectionFlags are curl's flags on how a server is reached.
type ConnectionFlags struct {
	Connect    httsleep.Duration // --connect-timeout
	HTTP       string            // --http1.1, --http2: 1.1, 2
	PriorHTTP2 bool              // --http2-prior-knowledge
	Interface  string            // --interface: an address, or the name of an interface
	Resolve    []string          // --resolve: HOST:PORT:ADDRESS
	Socket     string            // --unix-socket
	IPv4, IPv6 bool              // -4, -6

	Proxy        string   // -x
	ProxyUser    string   // -U: user:password
	ProxyHeaders []string // --proxy-header
	NoProxy      string   // --noproxy

	Cert     string // -E: FILE[:PASSWORD]
	Key      string // --key
	Pass     string // --pass
	CACert   string // --cacert
	Insecure bool   // -k
	Ciphers  string // --ciphers
	TLSMin   string // --tlsv1.2 and its like: 1.2
	TLSMax   string // --tls-max
}

func (f *ConnectionFlags) addConnection(r *httsleep.Request, _ io.Reader) error {
	if f.IPv4 && f.IPv6 {
		return errors.New("--ipv4: not together with --ipv6")
	}
	source, err := f.source()
	if err != nil {
		return fmt.Errorf("--interface: %w", err)
	}
	r.Resolve, r.UnixSocket, r.Source, r.HTTPVersion = f.Resolve, f.Socket, source, f.HTTP
	r.Timeout.Connect = f.Connect
	switch {
	case f.IPv4:
		r.IPVersion = 4
	case f.IPv6:
		r.IPVersion = 6
	}
	switch {
	case f.PriorHTTP2 && strings.HasPrefix(strings.ToLower(r.URL), "https:"):
		r.HTTPVersion = "2"
	case f.PriorHTTP2:
		r.HTTPVersion = "h2c"
	}
	return nil
}

// source is the address to connect from: the one given, or the first one of the
// interface with this name that goes with -4 and -6.
func (f *ConnectionFlags) source() (string, error) {
	name := strings.TrimPrefix(strings.TrimPrefix(f.Interface, "host!"), "if!")
	if name == "" {
		return "", nil
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return name, nil
	}
	device, err := net.InterfaceByName(name)
	if err != nil {
		return "", fmt.Errorf("%q is no address and no interface of this machine", name)
	}
	addresses, err := device.Addrs()
	if err != nil {
		return "", err
	}
	for _, address := range addresses {
		prefix, err := netip.ParsePrefix(address.String())
		if err == nil && !prefix.Addr().IsLinkLocalUnicast() && (!f.IPv4 || prefix.Addr().Is4()) && (!f.IPv6 || prefix.Addr().Is6()) {
			return prefix.Addr().String(), nil
		}
	}
	return "", fmt.Errorf("the interface %q has no address to connect from", name)
}

func (f *ConnectionFlags) addProxy(r *httsleep.Request, stdin io.Reader) error {
	r.NoProxy = f.NoProxy
	if f.Proxy == "" {
		if f.ProxyUser != "" {
			return errors.New("--proxy-user: not without --proxy")
		}
	} else {
		r.Proxy = f.proxy()
	}
	if len(f.ProxyHeaders) == 0 {
		return nil
	}
	only := httsleep.Request{Headers: make(httsleep.Headers)}
	if err := (&RequestFlags{Headers: f.ProxyHeaders}).addHeaders(&only, stdin); err != nil {
		return fmt.Errorf("--proxy-header: %w", err)
	}
	r.ProxyHeader = only.Headers
	return nil
}

// proxy is the proxy with curl's default scheme, and with the user of its own
// flag.
func (f *ConnectionFlags) proxy() string {
	scheme, rest, ok := strings.Cut(f.Proxy, "://")
	if !ok {
		scheme, rest = "http", f.Proxy
	}
	if f.ProxyUser != "" {
		user, password, _ := strings.Cut(f.ProxyUser, ":")
		rest = escapeData(user) + ":" + escapeData(password) + "@" + rest[strings.LastIndexByte(rest, '@')+1:]
	}
	return scheme + "://" + rest
}

func (f *ConnectionFlags) addTLS(r *httsleep.Request, stdin io.Reader) error {
	cert, password := cutPassword(f.Cert)
	if f.Pass != "" {
		password = f.Pass
	}
	ciphers, err := cipherNames(f.Ciphers)
	if err != nil {
		return err
	}
	r.TLS = httsleep.TLS{
		Insecure: f.Insecure, KeyPassword: escape(password), Ciphers: ciphers,
		MinVersion: f.TLSMin, MaxVersion: f.TLSMax,
	}
	for _, pem := range []struct {
		flag, name string
		to         *string
	}{
		{"cacert", f.CACert, &r.TLS.CAPEM}, {"cert", cert, &r.TLS.CertPEM}, {"key", f.Key, &r.TLS.KeyPEM},
	} {
		if pem.name == "" {
			continue
		}
		content, err := ReadFlagFile(pem.name, stdin)
		if err != nil {
			return fmt.Errorf("--%s: %w", pem.flag, err)
		}
		*pem.to = string(content)
	}
	return nil
}

// cutPassword splits FILE:PASSWORD; \: is a colon of the file's name, and so is
// one behind a drive letter.
func cutPassword(text string) (file, password string) {
	for i := 2; i < len(text); i++ {
		if text[i] == ':' && text[i-1] != '\\' {
			return strings.ReplaceAll(text[:i], `\:`, ":"), text[i+1:]
		}
	}
	return strings.ReplaceAll(text, `\:`, ":"), ""
}

// cipherNames reads a list of cipher suites, by their IANA names or by those of
// OpenSSL, which curl takes.
func cipherNames(list string) ([]string, error) {
	known := make(map[string]string)
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		known[suite.Name], known[openSSLName(suite.Name)] = suite.Name, suite.Name
	}
	var names []string
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return r == ':' || r == ',' || r == ' ' }) {
		if known[name] == "" {
			return nil, fmt.Errorf("--ciphers: %q is not known; as ECDHE-RSA-AES128-GCM-SHA256", name)
		}
		names = append(names, known[name])
	}
	return names, nil
}

// openSSLName is OpenSSL's name of a cipher suite: TLS_RSA_WITH_AES_128_CBC_SHA
// is AES128-SHA there.
func openSSLName(name string) string {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "TLS_"), "RSA_WITH_")
	name = strings.NewReplacer(
		"_WITH_", "-", "AES_128", "AES128", "AES_256", "AES256", "3DES_EDE_CBC", "DES-CBC3", "_CBC", "",
		"CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305",
	).Replace(name)
	return strings.ReplaceAll(name, "_", "-")
}
