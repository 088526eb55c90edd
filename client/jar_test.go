package client_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/httsleep/httsleep/client"
	"golang.org/x/net/publicsuffix"
)

// setCookies are headers that a jar may meet, each set by one URL.
var setCookies = []struct{ from, header string }{
	{"http://www.host.test/", "a=1"},
	{"http://www.host.test/", "a=1; Domain=host.test"},
	{"http://www.host.test/", "a=1; Domain=.HOST.test; Path=/x"},
	{"http://www.host.test/", "a=1; Domain=other.test"},
	{"http://www.host.test/", "a=1; Domain=test"},
	{"http://www.host.co.uk/", "a=1; Domain=co.uk"},
	{"http://co.uk/", "a=1; Domain=co.uk"},
	{"http://localhost/", "a=1; Domain=localhost"},
	{"http://localhost/", "a=1"},
	{"http://127.0.0.1/", "a=1; Domain=127.0.0.1"},
	{"http://127.0.0.1/", "a=1; Domain=0.0.1"},
	{"http://[::1]/", "a=1"},
	{"https://www.host.test/x/y", "a=1; Secure; HttpOnly"},
	{"http://www.host.test/x/y", "a=1; Secure"},
	{"http://www.host.test/x/y", "a=1"},
	{"http://www.host.test/x/y", "a=1; Path=/x"},
	{"http://www.host.test/x/y", "a=1; Path=/x/"},
	{"http://www.host.test/x/y", "a=1; Path=relative"},
	{"http://www.host.test/", "a=1; Max-Age=0"},
	{"http://www.host.test/", "a=1; Max-Age=10"},
	{"http://www.host.test/", "a=1; Max-Age=-5"},
	{"http://www.host.test/", "a=1; Expires=Wed, 01 Jan 2020 00:00:00 GMT"},
	{"http://www.host.test/", "a=1; Expires=Wed, 01 Jan 2098 00:00:00 GMT"},
	{"http://www.host.test/", "a=\"quoted value\""},
	{"http://www.host.test/", "a=1; Domain=host.test."},
	{"http://www.host.test./", "a=1"},
	{"http://WWW.host.test/", "a=1"},
}

var asked = []string{
	"http://www.host.test/", "https://www.host.test/x/y", "http://www.host.test/x/y/z", "http://www.host.test/xy", "http://host.test/x",
	"http://sub.www.host.test/", "http://other.test/", "http://www.host.co.uk/", "http://co.uk/", "http://localhost/", "http://127.0.0.1/",
	"http://[::1]/", "http://www.host.test./",
}

// TestHS36_JarAgreesWithNetHTTP sets every pair of headers in both jars.
func TestHS36_JarAgreesWithNetHTTP(t *testing.T) {
	for i, a := range setCookies {
		for _, b := range setCookies[i:] {
			compareJars(t, [][2]string{{a.from, a.header}, {b.from, strings.Replace(b.header, "a=", "b=", 1)}, {b.from, b.header}})
		}
	}
}

func compareJars(t *testing.T, sets [][2]string) {
	t.Helper()
	std, _ := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	jar := client.NewJar()
	for _, s := range sets {
		u, err := url.Parse(s[0])
		if err != nil || u.Host == "" {
			return
		}
		cookies := (&http.Response{Header: http.Header{"Set-Cookie": {s[1]}}}).Cookies()
		std.SetCookies(u, cookies)
		jar.SetCookies(u, cookies)
	}
	for _, text := range asked {
		u, _ := url.Parse(text)
		want, got := fmt.Sprint(std.Cookies(u)), fmt.Sprint(jar.Cookies(u))
		if got != want {
			t.Errorf("after %q, for %s: %s, net/http gives %s", sets, text, got, want)
		}
		restored := client.NewJar(jar.List()...)
		if again := fmt.Sprint(restored.Cookies(u)); again != got {
			t.Errorf("after %q, for %s: restored %s, was %s", sets, text, again, got)
		}
	}
}

func FuzzJar(f *testing.F) {
	for _, s := range setCookies {
		f.Add(s.from, s.header)
	}
	f.Fuzz(func(t *testing.T, from, header string) {
		if len(header) > 1000 || strings.Contains(from, "%") || !strings.HasPrefix(from, "http") {
			return
		}
		if u, err := url.Parse(from); err != nil || strings.Trim(u.Host, "abcdefghijklmnopqrstuvwxyz.0123456789:[]") != "" || strings.Contains(u.Host, "..") || strings.HasPrefix(u.Host, ".") {
			return
		}
		compareJars(t, [][2]string{{from, header}})
	})
}

func TestJarIsBounded(t *testing.T) {
	jar := client.NewJar()
	u, _ := url.Parse("http://h.test/")
	for i := range 80 {
		jar.SetCookies(u, []*http.Cookie{{Name: fmt.Sprint("c", i), Value: "v"}})
	}
	jar.SetCookies(u, []*http.Cookie{{Name: "large", Value: strings.Repeat("x", 5000)}})
	list := jar.List()
	if len(list) != 50 || list[0].Name != "c30" || list[49].Name != "c79" {
		t.Error(len(list), list[0], list[len(list)-1])
	}
	for i := range 1200 {
		u, _ := url.Parse(fmt.Sprintf("http://h%d.test/", i))
		jar.SetCookies(u, []*http.Cookie{{Name: "a", Value: "v"}})
	}
	if n := len(jar.List()); n != 1000 {
		t.Error(n)
	}
}

func TestJarIsStoredAndRestored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u, _ := url.Parse("https://www.h.test/x/")
		jar := client.NewJar()
		jar.SetCookies(u, []*http.Cookie{
			{Name: "a", Value: "1", MaxAge: 60, Secure: true, HttpOnly: true, Domain: "h.test"}, {Name: "b", Value: "2", Quoted: true}, {Name: "c", Value: "3", MaxAge: 10},
		})
		stored, err := json.Marshal(jar.List())
		if err != nil {
			t.Fatal(err)
		}
		var cookies []client.Cookie
		if err := json.Unmarshal(stored, &cookies); err != nil {
			t.Fatal(err)
		}
		restored := client.NewJar(cookies...)
		if diff := cmp.Diff(fmt.Sprint(jar.Cookies(u)), fmt.Sprint(restored.Cookies(u))); diff != "" {
			t.Error(diff)
		}
		time.Sleep(30 * time.Second)
		if got := fmt.Sprint(restored.Cookies(u)); got != `[a=1 b="2"]` {
			t.Error(got)
		}
		if n := len(restored.List()); n != 2 {
			t.Error(n)
		}
	})
}

func TestWithJar(t *testing.T) {
	e := &echo{}
	s, opened := counted(t, func(w http.ResponseWriter, r *http.Request) {
		e.ServeHTTP(w, r)
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
	})
	c := newClient(t, client.Options{})
	one, two := c.WithJar(client.NewJar()), c.WithJar(client.NewJar())
	for _, session := range []*client.Client{one, two, one, c, c} {
		do(t, session, &client.Request{URL: s.URL})
	}
	var got []string
	for _, r := range e.requests {
		got = append(got, r.Header.Get("Cookie"))
	}
	if diff := cmp.Diff([]string{"", "", "a=1", "", ""}, got); diff != "" || opened.Load() != 1 {
		t.Error(diff, opened.Load())
	}
}
