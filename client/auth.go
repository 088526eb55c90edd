package client

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"

	"golang.org/x/net/http/httpguts"
)

// Auth says how a request proves who sends it. At most one of Basic, Bearer,
// Digest and AWS may be given; they have precedence over userinfo in the URL,
// that over Netrc, and all of them over an Authorization header.
type Auth struct {
	Basic  *Login
	Bearer string // a token
	Digest *Login // RFC 7616, answered after the server's challenge
	AWS    *AWS   // Signature Version 4
	// Netrc is the text of a netrc file, of which the entry for the URL's host
	// serves as Basic.
	Netrc string
}

// Login is a user name and password.
type Login struct{ User, Password string }

// basic gives the credentials of RFC 7617.
func (l Login) basic() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(l.User+":"+l.Password))
}

// loginOf reads userinfo.
func loginOf(u *url.Userinfo) *Login {
	password, _ := u.Password()
	return &Login{u.Username(), password}
}

// secrets lists the values that must not leave the origin.
func (a Auth) secrets() []string {
	list := []string{a.Bearer}
	for _, l := range []*Login{a.Basic, a.Digest} {
		if l != nil {
			list = append(list, l.Password)
		}
	}
	if a.AWS != nil {
		list = append(list, a.AWS.SecretKey, a.AWS.SessionToken)
	}
	return list
}

// count says how many of the exclusive ways are given.
func (a Auth) count() int {
	n := 0
	for _, given := range []bool{a.Basic != nil, a.Bearer != "", a.Digest != nil, a.AWS != nil} {
		if given {
			n++
		}
	}
	return n
}

// authenticator is what must be computed for each message. Basic and Bearer
// are headers already.
type authenticator struct {
	digest *Login
	aws    *AWS
}

func (a authenticator) varies() bool { return a.digest != nil || a.aws != nil }

// sign adds the credentials to a message that is otherwise complete.
func (a authenticator) sign(c *Client, req *http.Request, body *content) error {
	if a.aws != nil {
		return a.aws.sign(req, body)
	}
	if a.digest != nil {
		return c.digests.answer(a.digest, req, body)
	}
	return nil
}

// setAuth chooses the credentials and takes the userinfo out of the URL.
func (p *Prepared) setAuth(r *Request) error {
	a := r.Auth
	if a.count() > 1 {
		return errors.New("auth takes one of basic, bearer, digest and aws_sigv4")
	}
	login := a.Basic
	if p.url.User != nil {
		if a.count() == 0 {
			login = loginOf(p.url.User)
		}
		bare := *p.url
		bare.User = nil
		p.url = &bare
	}
	if a.Netrc != "" && a.count() == 0 && login == nil {
		found, err := netrcLogin(a.Netrc, p.url.Hostname())
		if err != nil {
			return err
		}
		login = found
	}
	if a.AWS != nil {
		if err := a.AWS.check(); err != nil {
			return err
		}
	}
	p.auth = authenticator{digest: a.Digest, aws: a.AWS}
	switch {
	case login != nil:
		p.login = login
		p.header.Set("Authorization", login.basic())
	case a.Bearer != "":
		if !httpguts.ValidHeaderFieldValue(a.Bearer) {
			return errors.New("the bearer token holds a control character")
		}
		p.header.Set("Authorization", "Bearer "+a.Bearer)
	case p.auth.varies():
		p.header.Del("Authorization")
	}
	return nil
}
