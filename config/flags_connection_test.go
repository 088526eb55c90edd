package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/config"
)

// The flags are named after what they hold, for short rows.
type (
	flags   = config.RequestFlags
	auth    = config.AuthFlags
	connect = config.ConnectionFlags
	headers = map[string]httsleep.Values
)

// fileOf writes a file and returns its name.
func fileOf(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// cookies is a file of cookies as curl and browsers write it.
const cookies = "# Netscape HTTP Cookie File\n\n" +
	"h.example.com\tFALSE\t/\tFALSE\t0\tsid\tone\n" +
	"#HttpOnly_.example.com\tTRUE\t/p\tFALSE\t4102444800\tdeep\ttwo\n" +
	"h.example.com\tFALSE\t/\tTRUE\t0\tsecure\tthree\n" +
	"h.example.com\tFALSE\t/\tFALSE\t1\told\tfour\n" +
	"other.example.org\tFALSE\t/\tFALSE\t0\tother\tfive\n" +
	"h.example.com\tFALSE\t/elsewhere\tFALSE\t0\tpath\tsix\r\n" +
	"Set-Cookie: lately=seven; Path=/"

func TestConnectionFlagsMeanWhatCurlMeans(t *testing.T) {
	pem := fileOf(t, "a b\r\nc\n")
	logins := fileOf(t, "machine h login me password secret")
	for _, c := range []struct {
		name  string
		flags flags
		want  httsleep.Request
	}{
		{"tls", flags{ConnectionFlags: connect{Cert: pem + ":pw", Key: pem, CACert: pem, Insecure: true, TLSMin: "1.2", TLSMax: "1.3"}},
			httsleep.Request{TLS: httsleep.TLS{
				Insecure: true, CAPEM: "a b\r\nc\n", CertPEM: "a b\r\nc\n", KeyPEM: "a b\r\nc\n", KeyPassword: "pw", MinVersion: "1.2", MaxVersion: "1.3",
			}}},
		{"ciphers", flags{ConnectionFlags: connect{Ciphers: "ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA,ECDHE-ECDSA-CHACHA20-POLY1305 DES-CBC3-SHA TLS_RSA_WITH_AES_128_CBC_SHA"}},
			httsleep.Request{TLS: httsleep.TLS{Ciphers: []string{
				"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
				"TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA",
			}}}},
		{"routes", flags{ConnectionFlags: connect{Proxy: "p:3128", Resolve: []string{"h:80:127.0.0.1"}, Socket: "/s", IPv6: true}, NoFollow: true, Compressed: true},
			httsleep.Request{Proxy: "http://p:3128", Resolve: []string{"h:80:127.0.0.1"}, UnixSocket: "/s", IPVersion: 6,
				Redirects: httsleep.Redirects{Follow: new(bool)}, Compressed: new(true)}},
		{"proxy", flags{ConnectionFlags: connect{Proxy: "socks5h://old:pw@p:1", ProxyUser: "me:a@b", ProxyHeaders: []string{"x-p: 1"}, NoProxy: "a,b"}},
			httsleep.Request{Proxy: "socks5h://me:a%40b@p:1", NoProxy: "a,b", ProxyHeader: headers{"X-P": {"1"}}}},
		{"connection", flags{ConnectionFlags: connect{Connect: 3e9, HTTP: "1.1", Interface: "127.0.0.1"}},
			httsleep.Request{Timeout: httsleep.Timeouts{Connect: 3e9}, HTTPVersion: "1.1", Source: "127.0.0.1"}},
		{"prior knowledge", flags{ConnectionFlags: connect{PriorHTTP2: true}}, httsleep.Request{HTTPVersion: "h2c"}},
		{"bounds", flags{MaxRedirs: "3", MaxBody: 1000}, httsleep.Request{Redirects: httsleep.Redirects{Max: new(3)}, MaxBody: 1000}},
		{"no bound", flags{MaxRedirs: "-1"}, httsleep.Request{Redirects: httsleep.Redirects{Max: new(1000)}}},
		{"retry", flags{Retry: "3", RetryDelay: 2e9},
			httsleep.Request{Retry: &httsleep.Retry{
				Total: new(3), StatusForcelist: []string{"408", "429", "500", "502", "503", "504", "522", "524"},
				Backoff: &httsleep.Backoff{Schedule: []httsleep.Duration{2e9}},
			}}},
		{"digest", flags{AuthFlags: auth{User: "me:${pw}", Digest: true}}, httsleep.Request{Auth: httsleep.Auth{Digest: []string{"me", "$${pw}"}}}},
		{"bearer", flags{AuthFlags: auth{Bearer: "tok"}}, httsleep.Request{Auth: httsleep.Auth{Bearer: "tok"}}},
		{"aws", flags{AuthFlags: auth{User: "key:secret", SigV4: "aws:amz:eu-west-1:execute-api"}},
			httsleep.Request{Auth: httsleep.Auth{SigV4: &httsleep.SigV4{Region: "eu-west-1", Service: "execute-api", Access: "key", Secret: "secret"}}}},
		{"aws of the host", flags{AuthFlags: auth{User: "key:secret", SigV4: "aws:amz"}},
			httsleep.Request{Auth: httsleep.Auth{SigV4: &httsleep.SigV4{Region: "example", Service: "h", Access: "key", Secret: "secret"}}}},
		{"netrc", flags{AuthFlags: auth{NetrcFile: logins}}, httsleep.Request{Auth: httsleep.Auth{Logins: "machine h login me password secret"}}},
		{"a user before netrc", flags{AuthFlags: auth{NetrcFile: logins, User: "a:b"}}, httsleep.Request{Auth: httsleep.Auth{Basic: []string{"a", "b"}}}},
		{"a file of cookies", flags{Cookies: []string{fileOf(t, cookies), "own=eight"}},
			httsleep.Request{Headers: headers{"Cookie": {"deep=two; sid=one; lately=seven; own=eight"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.flags.Request("http://h.example.com/p", nil)
			if err != nil {
				t.Fatal(err)
			}
			c.want.URL = "http://h.example.com/p"
			if len(got.Headers) == 0 {
				got.Headers = nil
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNetrcOfTheHomeDirectoryMayBeMissing(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("USERPROFILE", os.Getenv("HOME"))
	f := flags{AuthFlags: auth{Netrc: true}}
	got, err := f.Request("http://h", nil)
	if err != nil || got.Auth.Logins != "" {
		t.Errorf("got %q, %v", got.Auth.Logins, err)
	}
	if err := os.WriteFile(filepath.Join(os.Getenv("HOME"), ".netrc"), []byte("default login a password b"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err = f.Request("http://h", nil); err != nil || got.Auth.Logins == "" {
		t.Errorf("got %q, %v", got.Auth.Logins, err)
	}
}

func TestConnectionFlagMistakes(t *testing.T) {
	for want, f := range map[string]flags{
		"want user:password":              {AuthFlags: auth{User: "me"}},
		"take user and password from":     {AuthFlags: auth{Digest: true}},
		"names no region and service":     {AuthFlags: auth{User: "a:b", SigV4: "aws:amz"}},
		"want aws:amz:REGION:SERVICE":     {AuthFlags: auth{User: "a:b", SigV4: "a:b:c:d:e"}},
		"--netrc-file: open nowhere":      {AuthFlags: auth{NetrcFile: "nowhere"}},
		"--cacert: open nowhere":          {ConnectionFlags: connect{CACert: "nowhere"}},
		"--ipv4: not together":            {ConnectionFlags: connect{IPv4: true, IPv6: true}},
		"no address and no interface":     {ConnectionFlags: connect{Interface: "nowhere0"}},
		`--ciphers: "ROT13" is not known`: {ConnectionFlags: connect{Ciphers: "ROT13"}},
		"--proxy-user: not without":       {ConnectionFlags: connect{ProxyUser: "a:b"}},
		"--proxy-header: --header: want":  {ConnectionFlags: connect{ProxyHeaders: []string{"x"}}},
		"--max-redirs: ":                  {MaxRedirs: "-2"},
		"--retry: ":                       {Retry: "x"},
		"--retry-delay: not without":      {RetryDelay: 1},
		"cookies themselves are":          {Cookies: []string{"nowhere"}},
		":1: want a cookie of 7 fields":   {Cookies: []string{fileOf(t, "a\tb")}},
		"no time of expiry":               {Cookies: []string{fileOf(t, "a\tb\tc\td\te\tf\tg")}},
	} {
		if _, err := f.Request("http://h", nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}
