package client_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/httsleep/httsleep/client"
	"github.com/youmark/pkcs8"
)

// authority signs certificates for the tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

// issue makes a certificate and its key in PEM; parent nil makes a root.
func issue(t testing.TB, parent *authority, name string, change func(*x509.Certificate)) (*authority, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62))
	c := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true,
	}
	if change != nil {
		change(c)
	}
	from, signer := c, key
	if parent != nil {
		from, signer = parent.cert, parent.key
	} else {
		c.IsCA = true
	}
	der, err := x509.CreateCertificate(rand.Reader, c, from, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{parsed, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})},
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})
}

func isCA(c *x509.Certificate) { c.IsCA = true }

func forHosts(names ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		for _, n := range names {
			if ip := net.ParseIP(n); ip != nil {
				c.IPAddresses = append(c.IPAddresses, ip)
			} else {
				c.DNSNames = append(c.DNSNames, n)
			}
		}
	}
}

// tlsServer serves over TLS with a certificate of ca for the names.
func tlsServer(t testing.TB, ca *authority, config *tls.Config, h http.HandlerFunc, names ...string) (*httptest.Server, *authority) {
	t.Helper()
	leaf, key := issue(t, ca, "server", forHosts(names...))
	pair, err := tls.X509KeyPair(leaf.pem, key)
	if err != nil {
		t.Fatal(err)
	}
	if config == nil {
		config = &tls.Config{}
	}
	config.Certificates = []tls.Certificate{pair}
	s := httptest.NewUnstartedServer(h)
	s.TLS = config
	s.Config.ErrorLog = log.New(&bytes.Buffer{}, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, leaf
}

func nothing(http.ResponseWriter, *http.Request) {}

func TestTLSVerification(t *testing.T) {
	ca, _ := issue(t, nil, "ca", nil)
	other, _ := issue(t, nil, "other", nil)
	byIP, leaf := tlsServer(t, ca, nil, nothing, "127.0.0.1")
	byName, named := tlsServer(t, ca, nil, nothing, "localhost")
	v6 := ""
	if l, err := net.Listen("tcp", "[::1]:0"); err == nil {
		s := httptest.NewUnstartedServer(http.HandlerFunc(nothing))
		s.Listener.Close()
		s.Listener = l
		ip6, key := issue(t, ca, "v6", forHosts("::1"))
		pair, _ := tls.X509KeyPair(ip6.pem, key)
		s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
		s.StartTLS()
		t.Cleanup(s.Close)
		v6 = s.URL
	}
	sum256, sum1, sum5 := sha256.Sum256(named.cert.Raw), sha1.Sum(named.cert.Raw), md5.Sum(named.cert.Raw)
	colons := strings.ToUpper(hex.EncodeToString(sum1[:2]))
	for _, b := range sum1[2:] {
		colons += fmt.Sprintf(":%02X", b)
	}
	wrong := strings.Repeat("ab", 32)
	for _, test := range []struct {
		name string
		url  string
		tls  client.TLS
		kind string
	}{
		{"HS37_HI87_default_refuses", byIP.URL, client.TLS{}, "tls"},
		{"HS37_SP15_insecure", byIP.URL, client.TLS{Insecure: true}, ""},
		{"HI89_right_ca", byIP.URL, client.TLS{CA: ca.pem}, ""},
		{"HI89_wrong_ca", byIP.URL, client.TLS{CA: other.pem}, "tls"},
		{"HI99_ip_san", byIP.URL, client.TLS{CA: ca.pem}, ""},
		{"HI99_ipv6_san", v6, client.TLS{CA: ca.pem}, ""},
		{"HI93_wrong_name", byName.URL, client.TLS{CA: ca.pem}, "tls"},
		{"HI93_asserted_name", byName.URL, client.TLS{CA: ca.pem, ServerName: "localhost"}, ""},
		{"HI93_wrong_asserted_name", byIP.URL, client.TLS{CA: ca.pem, ServerName: "localhost"}, "tls"},
		{"HI93_any_name", byName.URL, client.TLS{CA: ca.pem, AnyName: true}, ""},
		{"HI93_any_name_checks_the_chain", byName.URL, client.TLS{CA: other.pem, AnyName: true}, "tls"},
		{"HI95_sha256_replaces_the_name", byName.URL, client.TLS{CA: ca.pem, Fingerprint: hex.EncodeToString(sum256[:])}, ""},
		{"HI95_sha1_colons_upper", byName.URL, client.TLS{CA: ca.pem, Fingerprint: colons}, ""},
		{"HI95_md5", byName.URL, client.TLS{CA: ca.pem, Fingerprint: hex.EncodeToString(sum5[:])}, ""},
		{"HI95_chain_still_checked", byName.URL, client.TLS{CA: other.pem, Fingerprint: hex.EncodeToString(sum256[:])}, "tls"},
		{"HI95_with_insecure", byName.URL, client.TLS{Insecure: true, Fingerprint: hex.EncodeToString(sum256[:])}, ""},
		{"HI95_bad_pin_insecure", byName.URL, client.TLS{Insecure: true, Fingerprint: wrong}, "tls"},
		{"HI95_bad_pin", byIP.URL, client.TLS{CA: ca.pem, Fingerprint: wrong}, "tls"},
		{"HI95_length", byIP.URL, client.TLS{Fingerprint: "AA"}, "config"},
		{"HI95_not_hex", byIP.URL, client.TLS{Fingerprint: strings.Repeat("zz", 32)}, "config"},
		{"HI97_config", byIP.URL, client.TLS{Config: &tls.Config{RootCAs: pool(ca)}}, ""},
		{"HI97_config_with_more", byName.URL, client.TLS{Config: &tls.Config{RootCAs: pool(ca)}, ServerName: "localhost"}, ""},
		{"HI89_no_certificate", byIP.URL, client.TLS{CA: []byte("x")}, "config"},
		{"HI96_version", byIP.URL, client.TLS{MinVersion: "9"}, "config"},
		{"HI96_bounds_crossed", byIP.URL, client.TLS{MinVersion: "1.3", MaxVersion: "1.2"}, "config"},
		{"HI96_cipher", byIP.URL, client.TLS{Ciphers: []string{"ROT13"}}, "config"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.url == "" {
				t.Skip("no IPv6 on loopback")
			}
			c, err := client.New(client.Options{TLS: test.tls})
			if err == nil {
				defer c.Close()
				_, err = c.Do(t.Context(), &client.Request{URL: test.url})
			}
			if test.kind != "" {
				wantKind(t, err, test.kind)
			} else if err != nil {
				t.Fatal(err)
			}
		})
	}
	_ = leaf
}

func pool(a *authority) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// The system's roots are read once in a process, so a second one tells.
func TestHI88_SystemRootsAreTheDefault(t *testing.T) {
	if url := os.Getenv("CLIENT_TEST_ROOTS"); url != "" {
		do(t, newClient(t, client.Options{}), &client.Request{URL: url})
		other, _ := issue(t, nil, "other", nil)
		_, err := newClient(t, client.Options{TLS: client.TLS{CA: other.pem}}).Do(t.Context(), &client.Request{URL: url})
		wantKind(t, err, "tls")
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("SSL_CERT_FILE names the roots on Linux")
	}
	ca, _ := issue(t, nil, "ca", nil)
	s, _ := tlsServer(t, ca, nil, nothing, "127.0.0.1")
	file := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(file, ca.pem, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestHI88_SystemRootsAreTheDefault$")
	cmd.Env = append(os.Environ(), "CLIENT_TEST_ROOTS="+s.URL, "SSL_CERT_FILE="+file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestHI135_TheCauseIsFound(t *testing.T) {
	ca, _ := issue(t, nil, "ca", nil)
	s, _ := tlsServer(t, ca, nil, nothing, "127.0.0.1")
	_, err := newClient(t, client.Options{}).Do(t.Context(), &client.Request{URL: s.URL})
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok || !errors.Is(err, client.ErrTLS) {
		t.Fatal(err)
	}
}

func TestHI100_CertificateWithoutSANIsRefused(t *testing.T) {
	ca, _ := issue(t, nil, "ca", nil)
	s, _ := tlsServer(t, ca, nil, nothing)
	_, err := newClient(t, client.Options{TLS: client.TLS{CA: ca.pem}}).Do(t.Context(), &client.Request{URL: s.URL})
	wantKind(t, err, "tls")
}

func TestHI96_VersionAndCiphers(t *testing.T) {
	ca, _ := issue(t, nil, "ca", nil)
	s, _ := tlsServer(t, ca, nil, nothing, "127.0.0.1")
	suite := "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
	r := do(t, newClient(t, client.Options{TLS: client.TLS{CA: ca.pem, MaxVersion: "1.2", Ciphers: []string{suite}}}), &client.Request{URL: s.URL})
	if r.TLS.Version != tls.VersionTLS12 || tls.CipherSuiteName(r.TLS.CipherSuite) != suite {
		t.Error(r.TLS.Version, tls.CipherSuiteName(r.TLS.CipherSuite))
	}
	old, _ := tlsServer(t, ca, &tls.Config{MaxVersion: tls.VersionTLS12}, nothing, "127.0.0.1")
	_, err := newClient(t, client.Options{TLS: client.TLS{CA: ca.pem, MinVersion: "1.3"}}).Do(t.Context(), &client.Request{URL: old.URL})
	wantKind(t, err, "tls")
}

func TestHI98_HI94_ServerNameIndication(t *testing.T) {
	ca, _ := issue(t, nil, "ca", nil)
	var seen []string
	config := &tls.Config{GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		seen = append(seen, h.ServerName)
		return nil, nil
	}}
	s, _ := tlsServer(t, ca, config, nothing, "localhost", "127.0.0.1", "given.test")
	port := s.URL[strings.LastIndexByte(s.URL, ':'):]
	for url, name := range map[string]string{"https://localhost." + port: "", s.URL: "", s.URL + "/x": "given.test"} {
		c := newClient(t, client.Options{TLS: client.TLS{CA: ca.pem, ServerName: name},
			Dial: client.Dial{Resolve: map[string][]string{"localhost" + port: {"127.0.0.1"}}}})
		do(t, c, &client.Request{URL: url})
	}
	got := strings.Join(seen, ",")
	if len(seen) != 3 || !strings.Contains(got, "localhost") || !strings.Contains(got, "given.test") || strings.Contains(got, "127") {
		t.Errorf("%q", seen)
	}
}

func TestClientCertificates(t *testing.T) {
	root, _ := issue(t, nil, "root", nil)
	middle, _ := issue(t, root, "middle", isCA)
	mine, key := issue(t, middle, "me", nil)
	cn := ""
	s, _ := tlsServer(t, root, &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool(root)},
		func(_ http.ResponseWriter, r *http.Request) { cn = r.TLS.PeerCertificates[0].Subject.CommonName }, "127.0.0.1")
	chain := append(bytes.Clone(mine.pem), middle.pem...)
	block, _ := pem.Decode(key)
	legacy, err := x509.EncryptPEMBlock(rand.Reader, block.Type, block.Bytes, []byte("letmein"), x509.PEMCipherAES256) //nolint:staticcheck // the form under test
	if err != nil {
		t.Fatal(err)
	}
	pbes2, err := pkcs8.MarshalPrivateKey(mine.key, []byte("letmein"), nil)
	if err != nil {
		t.Fatal(err)
	}
	oldKey, newKey := pem.EncodeToMemory(legacy), pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: pbes2})
	_, foreign := issue(t, nil, "x", nil)
	for _, test := range []struct {
		name      string
		cert, key []byte
		password  string
		kind      string
	}{
		{"HI91_two_texts_with_chain", chain, key, "", ""},
		{"HI91_one_text", append(bytes.Clone(key), chain...), nil, "", ""},
		{"HI91_without", nil, nil, "", "tls"},
		{"HI91_chain_missing", mine.pem, key, "", "tls"},
		{"HI91_key_of_another", chain, foreign, "", "config"},
		{"HI91_key_alone", nil, key, "", "config"},
		{"HI92_pkcs1", chain, oldKey, "letmein", ""},
		{"HI92_pkcs8", chain, newKey, "letmein", ""},
		{"HI92_one_text", append(bytes.Clone(chain), newKey...), nil, "letmein", ""},
		{"HI92_pkcs1_wrong", chain, oldKey, "letmei", "config"},
		{"HI92_pkcs8_wrong", chain, newKey, "letmei", "config"},
		{"HI92_pkcs1_none", chain, oldKey, "", "config"},
		{"HI92_pkcs8_none", chain, newKey, "", "config"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cn = ""
			c, err := client.New(client.Options{TLS: client.TLS{CA: root.pem, Cert: test.cert, Key: test.key, KeyPassword: test.password}})
			if err == nil {
				defer c.Close()
				_, err = c.Do(t.Context(), &client.Request{URL: s.URL})
			}
			if test.kind != "" {
				wantKind(t, err, test.kind)
				if test.password == "" && strings.Contains(test.name, "none") && !strings.Contains(err.Error(), "password is required") {
					t.Error(err)
				}
			} else if err != nil || cn != "me" {
				t.Fatal(cn, err)
			}
		})
	}
}

func TestHI90_LoadTLS(t *testing.T) {
	ca, caKey := issue(t, nil, "ca", nil)
	s, _ := tlsServer(t, ca, nil, nothing, "127.0.0.1")
	dir := t.TempDir()
	for name, text := range map[string][]byte{"5ed36f99.0": ca.pem, "README": []byte("no certificate"), "key.pem": caKey} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{dir, filepath.Join(dir, "5ed36f99.0")} {
		config, err := client.LoadTLS(client.TLS{}, path, "", "")
		if err != nil {
			t.Fatal(err)
		}
		do(t, newClient(t, client.Options{TLS: config}), &client.Request{URL: s.URL})
	}
	config, err := client.LoadTLS(client.TLS{}, "", filepath.Join(dir, "5ed36f99.0"), filepath.Join(dir, "key.pem"))
	if err != nil || string(config.Key) != string(caKey) || string(config.Cert) != string(ca.pem) {
		t.Error(err)
	}
	for _, path := range []string{filepath.Join(dir, "none"), t.TempDir()} {
		_, err := client.LoadTLS(client.TLS{}, path, "", "")
		wantKind(t, err, "config")
	}
}

func TestHI101_InsecureWarnsOnce(t *testing.T) {
	ca, _ := issue(t, nil, "ca", nil)
	s, _ := tlsServer(t, ca, nil, nothing, "127.0.0.1")
	var out bytes.Buffer
	c := newClient(t, client.Options{TLS: client.TLS{Insecure: true}, Logger: slog.New(slog.NewTextHandler(&out, nil))})
	for range 3 {
		do(t, c, &client.Request{URL: s.URL})
	}
	if strings.Count(out.String(), "not verified") != 1 {
		t.Error(out.String())
	}
}

func TestRSAServersWork(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(nothing))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.StartTLS()
	defer s.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	do(t, newClient(t, client.Options{TLS: client.TLS{CA: ca}}), &client.Request{URL: s.URL})
}
