package client

import (
	"cmp"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// The most that a jar keeps. The oldest cookies make room.
const (
	maxCookieBytes   = 4 << 10
	maxCookiesOfHost = 50
	maxCookies       = 1000
)

// Jar keeps cookies by the rules of RFC 6265 and the public suffix list, as
// net/http/cookiejar, and can be listed and restored. The zero value is empty.
// It keeps 50 cookies of 4 KiB for each domain and 1000 in all.
type Jar struct {
	mu      sync.Mutex
	cookies []Cookie // in the order of their creation
}

// Cookie is one cookie of a jar in a form that can be stored.
type Cookie struct {
	Name     string    `json:"name"`
	Value    string    `json:"value"`
	Quoted   bool      `json:"quoted,omitempty"`
	Domain   string    `json:"domain"`
	HostOnly bool      `json:"host_only,omitempty"`
	Path     string    `json:"path"`
	Secure   bool      `json:"secure,omitempty"`
	HTTPOnly bool      `json:"http_only,omitempty"`
	Expires  time.Time `json:"expires,omitzero"` // zero: with the session
}

// NewJar makes a jar that holds the cookies of an earlier one.
func NewJar(cookies ...Cookie) *Jar {
	j := &Jar{}
	for _, c := range cookies {
		j.store(c, time.Now())
	}
	return j
}

// List gives the cookies that have not expired, oldest first.
func (j *Jar) List() []Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.expire(time.Now())
	return slices.Clone(j.cookies)
}

// SetCookies keeps what a response from u set, as http.CookieJar.
func (j *Jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	now, host := time.Now(), jarHost(u)
	if host == "" {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range cookies {
		kept := Cookie{
			Name: c.Name, Value: c.Value, Quoted: c.Quoted, Path: c.Path, Secure: c.Secure, HTTPOnly: c.HttpOnly, Expires: c.Expires,
		}
		var ok bool
		if kept.Domain, kept.HostOnly, ok = cookieDomain(host, c.Domain); !ok {
			continue
		}
		if !strings.HasPrefix(c.Path, "/") {
			kept.Path = defaultPath(u.Path)
		}
		switch {
		case c.MaxAge < 0:
			kept.Expires = time.Unix(1, 0)
		case c.MaxAge > 0:
			kept.Expires = now.Add(time.Duration(min(c.MaxAge, 400*24*3600)) * time.Second)
		}
		j.store(kept, now)
	}
}

// store puts a cookie in the place of its like. One that has expired only
// removes. A replaced cookie keeps its place in the order of creation.
func (j *Jar) store(c Cookie, now time.Time) {
	if len(c.Name)+len(c.Value)+len(c.Path)+len(c.Domain) > maxCookieBytes {
		return
	}
	at := slices.IndexFunc(j.cookies, func(o Cookie) bool {
		return o.Name == c.Name && o.Domain == c.Domain && o.Path == c.Path
	})
	gone := !c.Expires.IsZero() && !c.Expires.After(now)
	switch {
	case at >= 0 && gone:
		j.cookies = slices.Delete(j.cookies, at, at+1)
	case at >= 0:
		j.cookies[at] = c
	case !gone:
		j.makeRoom(c.Domain, now)
		j.cookies = append(j.cookies, c)
	}
}

// makeRoom drops the oldest cookies where a limit is reached.
func (j *Jar) makeRoom(domain string, now time.Time) {
	j.expire(now)
	count, oldest := 0, -1
	for i, c := range j.cookies {
		if c.Domain == domain {
			if count++; oldest < 0 {
				oldest = i
			}
		}
	}
	if count >= maxCookiesOfHost {
		j.cookies = slices.Delete(j.cookies, oldest, oldest+1)
	}
	if len(j.cookies) >= maxCookies {
		j.cookies = slices.Delete(j.cookies, 0, 1)
	}
}

func (j *Jar) expire(now time.Time) {
	j.cookies = slices.DeleteFunc(j.cookies, func(c Cookie) bool { return !c.Expires.IsZero() && !c.Expires.After(now) })
}

// Cookies gives what a request to u carries: longer paths first, then older
// cookies, as http.CookieJar.
func (j *Jar) Cookies(u *url.URL) []*http.Cookie {
	host, path := jarHost(u), u.Path
	if path == "" {
		path = "/"
	}
	if host == "" {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.expire(time.Now())
	var fit []Cookie
	for _, c := range j.cookies {
		if c.serves(host, path, u.Scheme == "https") {
			fit = append(fit, c)
		}
	}
	slices.SortStableFunc(fit, func(a, b Cookie) int { return cmp.Compare(len(b.Path), len(a.Path)) })
	var list []*http.Cookie
	for _, c := range fit {
		list = append(list, &http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted})
	}
	return list
}

// serves reports that the cookie goes to a host and path.
func (c *Cookie) serves(host, path string, secure bool) bool {
	if c.Secure && !secure || host != c.Domain && (c.HostOnly || !strings.HasSuffix(host, "."+c.Domain)) {
		return false
	}
	rest, ok := strings.CutPrefix(path, c.Path)
	return ok && (rest == "" || strings.HasSuffix(c.Path, "/") || rest[0] == '/')
}

// jarHost gives the host of a URL that can have cookies, or "".
func jarHost(u *url.URL) string {
	if u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if !isASCII(host) {
		host, _ = idna.Lookup.ToASCII(host)
	}
	return host
}

// cookieDomain decides which hosts a cookie set by host serves (RFC 6265,
// section 5.3, steps 4 to 6).
func cookieDomain(host, domain string) (string, bool, bool) {
	if domain == "" {
		return host, true, true
	}
	if net.ParseIP(host) != nil {
		return host, true, host == domain
	}
	domain = strings.ToLower(strings.TrimPrefix(domain, "."))
	if domain == "" || strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") {
		return "", false, false
	}
	if suffix, _ := publicsuffix.PublicSuffix(domain); suffix == domain {
		return host, true, host == domain
	}
	return domain, false, host == domain || strings.HasSuffix(host, "."+domain)
}

// defaultPath gives the folder of a request's path.
func defaultPath(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 && path[0] == '/' {
		return path[:i]
	}
	return "/"
}
