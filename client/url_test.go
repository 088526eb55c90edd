package client_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/httsleep/httsleep/client"
)

// urls holds what ParseURL makes of a text; "" means that it refuses.
var urls = []struct{ name, text, want string }{
	{"HI23_no_scheme", "localhost:8080/x", "http://localhost:8080/x"},
	{"HI23_no_scheme_port", "google.com:80", "http://google.com/"},
	{"HI23_case", "HTTP://GOOGLE.com/MAIL", "http://google.com/MAIL"},
	{"HI23_no_path", "http://h", "http://h/"},
	{"HI23_blanks", " http://h/ ", "http://h/"},
	{"HI24_brackets", "http://h/x?[]", "http://h/x?%5B%5D"},
	{"HI24_escape_case", "http://h/?%3f", "http://h/?%3F"},
	{"HI24_never_twice", "http://h/%20%7e a", "http://h/%20%7E%20a"},
	{"HI24_stray_percent", "http://h/100%", "http://h/100%25"},
	{"HI24_quote", `http://h/"a"`, "http://h/%22a%22"},
	{"HI24_utf8", "http://h/é", "http://h/%C3%A9"},
	{"HI25_dots", "http://h/abc/../def", "http://h/def"},
	{"HI25_above_root", "http://h/..", "http://h/"},
	{"HI25_dot_at_end", "http://h/a/./b/.", "http://h/a/b/"},
	{"HI25_double_slash", "http://h//a", "http://h//a"},
	{"HI26_fragment", "http://h/u?q=1#f", "http://h/u?q=1"},
	{"HI26_empty_query", "http://h/u?#", "http://h/u?"},
	{"HI26_query_is_mark", "http://h/u??#", "http://h/u??"},
	{"HI27_port_above", "http://h:99999/", ""},
	{"HI27_port_65535", "http://h:65535/", "http://h:65535/"},
	{"HI27_port_65536", "http://h:65536/", ""},
	{"HI27_port_zero", "http://h:0/", "http://h:0/"},
	{"HI27_port_leading_zeros", "http://h:0080/", "http://h/"},
	{"HI27_port_empty", "http://h:/", "http://h/"},
	{"HI27_port_negative", "http://h:-80/", ""},
	{"HI27_port_letters", "http://h:8o/", ""},
	{"HI27_port_superscript", "http://h:²/", ""},
	{"HI27_port_plus", "http://h:+80/", ""},
	{"HI28_ipv6", "http://[::1]:80/x", "http://[::1]/x"},
	{"HI28_zone", "http://[fe80::1%25eth0]/", "http://[fe80::1%25eth0]/"},
	{"HI28_bare_zone", "http://[fe80::1%eth0]/", "http://[fe80::1%25eth0]/"},
	{"HI28_bare", "http://::1/", ""},
	{"HI28_bracketed_ipv4", "http://[127.0.0.1]/", ""},
	{"HI28_unclosed", "http://[::1/", ""},
	{"HI28_after_bracket", "http://[::1]80/", ""},
	{"HI29_idna", "http://Königsgäßchen.de/", "http://xn--knigsgchen-b4a3dun.de/"},
	{"HI29_emoji", "http://\U0001F4A9.la/", ""},
	{"HI29_fullwidth", "http://１２７.０.０.１/", "http://127.0.0.1/"},
	{"HI29_escaped_host", "http://k%C3%B6nig.de/", "http://xn--knig-5qa.de/"},
	{"HI30_crlf", "http://h/\r\nX: 1", "http://h/%0D%0AX:%201"},
	{"HI30_crlf_host", "http://h\r\nX: 1/", ""},
	{"HI30_nul", "http://h/\x00", "http://h/%00"},
	{"HI33_userinfo", "http://u:p@h/", "http://u:p@h/"},
	{"HI33_at_in_user", "http://user@domain.com:pw@h/", "http://user%40domain.com:pw@h/"},
	{"HS3_number", "123:", "http://123/"},
	{"HS3_empty", "", ""},
	{"HS3_scheme", "ftp://h/", ""},
	{"HS3_file", "file:///etc/passwd", ""},
	{"HS3_no_host", "http:///x", ""},
	{"HS3_backslash", `http://h\@evil/`, "http://h/%5C@evil/"},
	{"HS3_blank_host", "http://a b/", ""},
	{"HI21_trailing_dot", "http://localhost.:81/", "http://localhost.:81/"},
	{"HI21_default_port", "https://h:443/", "https://h/"},
}

func TestParseURL(t *testing.T) {
	for _, test := range urls {
		t.Run(test.name, func(t *testing.T) {
			u, err := client.ParseURL(test.text)
			if test.want == "" {
				wantKind(t, err, "config", client.ErrConfig)
				return
			}
			if err != nil || u.String() != test.want {
				t.Fatalf("%q became %v, %v; want %q", test.text, u, err, test.want)
			}
		})
	}
}

// What ParseURL gives, it and net/url read again as the same.
func FuzzParseURL(f *testing.F) {
	for _, test := range urls {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := client.ParseURL(text)
		if err != nil {
			return
		}
		again, err := client.ParseURL(u.String())
		if err != nil || again.String() != u.String() {
			t.Fatalf("%q became %q and then %v, %v", text, u, again, err)
		}
		std, err := url.Parse(u.String())
		if err != nil || std.Host != u.Host {
			t.Fatalf("net/url reads %q differently: %v", u, err)
		}
		if strings.ContainsAny(u.RequestURI(), " \r\n\x00#") {
			t.Fatalf("%q has a request target that can break a line: %q", text, u.RequestURI())
		}
	})
}

func TestURLErrorsHideUserinfo(t *testing.T) {
	for _, text := range []string{"http://bob:hunter22@h:99999/", "bob:hunter22@h:x/", "ftp://bob:hunter22@h/?token=hunter22"} {
		_, err := client.ParseURL(text)
		if err == nil || strings.Contains(err.Error(), "hunter22") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestRequestTarget(t *testing.T) {
	for _, test := range []struct {
		name, path string
		query      []client.Field
		want       string
	}{
		{"HI2_merged", "/?a=1", []client.Field{{"b", "2"}}, "/?a=1&b=2"},
		{"HI2_alone", "/x", []client.Field{{"q", "a b&c"}}, "/x?q=a+b%26c"},
		{"HI3_repeated", "/", []client.Field{{"foo", "a"}, {"foo", "b"}, {"a", "1"}}, "/?foo=a&foo=b&a=1"},
		{"HI26_fragment", "/u?q=1#f", nil, "/u?q=1"},
		{"HI26_mark", "/u?#", nil, "/u?"},
		{"HI25_dots", "/a/../def", nil, "/def"},
		{"HI24_encoded", "/a b?[]", nil, "/a%20b?%5B%5D"},
		{"HI24_slash_kept", "/a%2fb", nil, "/a%2Fb"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			s := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r.RequestURI })
			do(t, newClient(t, client.Options{}), &client.Request{URL: s.URL + test.path, Query: test.query})
			if got != test.want {
				t.Errorf("target %q, want %q", got, test.want)
			}
		})
	}
}
