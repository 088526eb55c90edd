package client

import (
	"encoding/base64"
	"net/http"
	"net/url"
)

// Auth says how a request proves who sends it. At most one may be given.
type Auth struct {
	Basic  *Basic
	Bearer string
}

// Basic is a user name and password.
type Basic struct{ User, Password string }

func (a Auth) secrets() []string { return nil }

type authenticator struct{ header string }

func basicUser(u *url.Userinfo) authenticator {
	password, _ := u.Password()
	return authenticator{header: "Basic " + base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password))}
}

func (a authenticator) apply(h http.Header) { h.Set("Authorization", a.header) }
func (a authenticator) varies() bool        { return false }
func (a authenticator) sign(c *Client, req *http.Request, body *content) error {
	return nil
}
func (a authenticator) retry(s *sending, t *try, req *http.Request, resp *http.Response) (*http.Response, error) {
	return resp, nil
}

type digestCache struct{}

func (p *Prepared) setAuth(r *Request) error {
	if p.url.User != nil {
		basicUser(p.url.User).apply(p.header)
		u := *p.url
		u.User = nil
		p.url = &u
	}
	return nil
}
