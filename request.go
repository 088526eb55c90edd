package httsleep

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/httsleep/httsleep/client"
	"github.com/httsleep/httsleep/engine"
)

// blueprint is a Request of a Spec, checked and ready to be filled with
// captures.
type blueprint struct {
	client  *client.Client
	request client.Request // what holds no reference
	url     urlTemplate
	headers map[string][]template
	query   []fieldTemplate
	body    bodyTemplate
	auth    func(expand func(string) (string, error)) (client.Auth, error)
	fixed   bool // nothing refers to a capture
	ifNew   bool // conditional: ask only for what has changed
}

// fieldTemplate is one field of a query or a form.
type fieldTemplate struct {
	name  string
	value template
}

// bodyTemplate makes the body of a request.
type bodyTemplate func(captures map[string]engine.Capture) (client.Body, error)

// blueprint compiles the request at a path of the Spec, as "request" or
// "before[0].request". A relative URL is legal after another request.
func (c *compiler) blueprint(path string, r *Request, follows bool) *blueprint {
	b := &blueprint{headers: make(map[string][]template), ifNew: r.Conditional, fixed: true}
	b.url = c.url(path+".url", r.URL, follows)
	b.request = client.Request{
		Method:    r.Method,
		Timeout:   c.timeouts(path+".timeout", r.Timeout),
		Redirects: c.redirects(path+".redirects", r.Redirects),
		Retry:     c.retry(path+".retry", r.Retry),
		MaxBody:   int64(r.MaxBody),
		NoCache:   r.NoCache, CorrelationID: r.Correlation,
	}
	if r.Compressed != nil && !*r.Compressed {
		b.request.Compress = "identity"
	}
	if r.MaxBody < 0 {
		c.mistake(path+".max_body", "%d is below 0", r.MaxBody)
	}
	c.headers(b, "session.headers", c.spec.Session.Headers)
	c.headers(b, path+".headers", r.Headers)
	b.query = c.fields(b, path+".query", r.Query)
	b.body = c.body(b, path, r)
	b.auth = c.auth(b, path+".auth", r.Auth)
	_, constant := b.url.constant()
	b.fixed = b.fixed && constant
	return b
}

// text reads a template that stands at a path, and notes whether it refers to a
// capture.
func (c *compiler) text(b *blueprint, path, text string) template {
	t, err := parseTemplate(text)
	c.note(path, err)
	if captures := t.captures(); len(captures) > 0 {
		b.fixed = false
		c.needs(path, captures)
	}
	return t
}

// url reads the URL of a request and learns the secrets in it.
func (c *compiler) url(path, text string, follows bool) urlTemplate {
	if text == "" {
		c.mistake(path, "a URL is missing")
		return urlTemplate{}
	}
	t, err := parseURLTemplate(text, c.spec.Session.AllowHosts)
	if err != nil {
		c.note(path, err)
		return t
	}
	c.needs(path, t.captures())
	literal, constant := t.constant()
	if !constant || follows && relative(literal) {
		return t
	}
	if relative(literal) {
		c.mistake(path, "%q has no host", literal)
		return t
	}
	parsed, err := client.ParseURL(literal)
	if err != nil {
		c.note(path, err)
		return t
	}
	c.urlSecrets(parsed)
	return t
}

// urlSecrets makes the redactor hide the password and the key-like query values
// of a URL.
func (c *compiler) urlSecrets(u *url.URL) {
	if password, ok := u.User.Password(); ok {
		c.redactor.Add(password)
	} else {
		c.redactor.Add(u.User.Username()) // a token
	}
	for name, values := range u.Query() {
		if KeyLike(name) {
			c.redactor.Add(values...)
		}
	}
}

func (c *compiler) headers(b *blueprint, path string, headers Headers) {
	for name, values := range headers {
		key := http.CanonicalHeaderKey(name)
		b.headers[key] = []template{}
		for _, value := range values {
			t := c.text(b, path+"."+name, value)
			b.headers[key] = append(b.headers[key], t)
			c.fieldSecret(name, t)
		}
	}
}

// fieldSecret makes the redactor hide a value whose name says that it is secret:
// the whole of it, and what follows the scheme of an Authorization header.
func (c *compiler) fieldSecret(name string, value template) {
	literal, constant := value.constant()
	if !constant || !KeyLike(name) && !strings.EqualFold(name, "Cookie") {
		return
	}
	c.redactor.Add(literal)
	if _, credentials, ok := strings.Cut(literal, " "); ok {
		c.redactor.Add(credentials)
	}
	if strings.EqualFold(name, "Cookie") {
		for pair := range strings.SplitSeq(literal, ";") {
			_, secret, _ := strings.Cut(pair, "=")
			c.redactor.Add(strings.TrimSpace(secret))
		}
	}
}

func (c *compiler) fields(b *blueprint, path string, query Query) []fieldTemplate {
	fields := make([]fieldTemplate, len(query))
	for i, field := range query {
		fields[i] = fieldTemplate{field.Name, c.text(b, path+"."+field.Name, field.Value)}
		c.fieldSecret(field.Name, fields[i].value)
	}
	return fields
}

func (c *compiler) timeouts(path string, t Timeouts) client.Timeout {
	return client.Timeout{
		Connect: orNone(c.duration(path+".connect", t.Connect, 0), t.Connect),
		Read:    orNone(c.duration(path+".read", t.Read, 0), t.Read),
		Total:   orNone(c.duration(path+".total", t.Total, 0), t.Total),
	}
}

// orNone marks an explicitly absent bound as the client does.
func orNone[T ~int64](span T, d Duration) T {
	if d == None {
		return -1
	}
	return span
}

// request fills the blueprint.
func (b *blueprint) fill(captures map[string]engine.Capture, base string) (*client.Request, error) {
	r := b.request
	var err error
	if r.URL, err = b.url.expand(captures, base); err != nil {
		return nil, err
	}
	if r.Header, err = b.header(captures); err != nil {
		return nil, err
	}
	for _, field := range b.query {
		value, err := field.value.expand(captures, verbatim)
		if err != nil {
			return nil, err
		}
		r.Query = append(r.Query, client.Field{Name: field.name, Value: value})
	}
	if r.Body, err = b.body(captures); err != nil {
		return nil, err
	}
	r.Auth, err = b.auth(func(text string) (string, error) {
		t, err := parseTemplate(text)
		if err != nil {
			return "", err
		}
		return t.expand(captures, inHeader)
	})
	return &r, err
}

func (b *blueprint) header(captures map[string]engine.Capture) (http.Header, error) {
	header := make(http.Header, len(b.headers))
	for name, values := range b.headers {
		header[name] = []string{}
		for _, t := range values {
			value, err := t.expand(captures, inHeader)
			if err != nil {
				return nil, err
			}
			header[name] = append(header[name], value)
		}
	}
	return header, nil
}

// auth reads the ways to say who asks; at most one is given.
func (c *compiler) auth(b *blueprint, path string, a Auth) func(func(string) (string, error)) (client.Auth, error) {
	given := 0
	for _, set := range []bool{a.Basic != nil, a.Bearer != "", a.Digest != nil, a.SigV4 != nil, a.Netrc != "" || a.Logins != ""} {
		if set {
			given++
		}
	}
	if given > 1 {
		c.mistake(path, "more than one kind of authentication")
	}
	for key, pair := range map[string][]string{"basic": a.Basic, "digest": a.Digest} {
		if pair != nil && len(pair) != 2 {
			c.mistake(path+"."+key, "want user and password, got %d values", len(pair))
		}
	}
	if a.Netrc != "" {
		c.mistake(path+".netrc", "the file %q has not been read; give its text as netrc_text", a.Netrc)
	}
	if len(c.mistakes) > 0 {
		return nil
	}
	c.authSecrets(b, path, a)
	return func(expand func(string) (string, error)) (client.Auth, error) { return clientAuth(a, expand) }
}

// authSecrets makes the redactor hide passwords, tokens and keys.
func (c *compiler) authSecrets(b *blueprint, path string, a Auth) {
	secrets := slices.Concat(a.Basic[min(1, len(a.Basic)):], a.Digest[min(1, len(a.Digest)):], []string{a.Bearer})
	if a.SigV4 != nil {
		secrets = append(secrets, a.SigV4.Secret, a.SigV4.Token)
	}
	for _, secret := range secrets {
		if literal, constant := c.text(b, path, secret).constant(); constant {
			c.redactor.Add(literal)
		}
	}
	if len(a.Basic) == 2 {
		c.redactor.Add(a.Basic[0] + ":" + a.Basic[1])
	}
	words := strings.Fields(a.Logins)
	for i, word := range words[:max(len(words)-1, 0)] {
		if word == "password" {
			c.redactor.Add(words[i+1])
		}
	}
}

// clientAWS is the client's form of a SigV4.
func clientAWS(s SigV4, text func(string) string) *client.AWS {
	return &client.AWS{
		AccessKey: text(s.Access), SecretKey: text(s.Secret), SessionToken: text(s.Token),
		Region: s.Region, Service: s.Service,
	}
}

// retry is the client's form of a Retry; nil stays nil.
func (c *compiler) retry(path string, r *Retry) *client.Retry {
	if r == nil {
		return nil
	}
	out := &client.Retry{
		Total: r.Total, Connect: r.Connect, Read: r.Read, Redirect: r.Redirect, Status: r.Status,
		StatusForcelist: r.StatusForcelist, Never: r.Never, Methods: r.Methods,
		RespectRetryAfter: r.RespectRetryAfter, RaiseOnStatus: r.RaiseOnStatus, RaiseOnRedirect: r.RaiseOnRedirect,
		MaxWait: c.duration(path+".max_wait", r.MaxWait, 0),
	}
	if r.Backoff != nil {
		out.Backoff = c.backoff(path+".backoff", *r.Backoff, time.Second)
	}
	return out
}

// clientAuth is the client's form of an Auth, its references expanded.
func clientAuth(a Auth, expand func(string) (string, error)) (client.Auth, error) {
	var failed error
	text := func(s string) string {
		value, err := expand(s)
		failed = errors.Join(failed, err)
		return value
	}
	var out client.Auth
	switch {
	case a.Basic != nil:
		out.Basic = &client.Login{User: text(a.Basic[0]), Password: text(a.Basic[1])}
	case a.Digest != nil:
		out.Digest = &client.Login{User: text(a.Digest[0]), Password: text(a.Digest[1])}
	case a.SigV4 != nil:
		out.AWS = clientAWS(*a.SigV4, text)
	}
	out.Bearer, out.Netrc = text(a.Bearer), a.Logins
	return out, failed
}

// redirects says which redirects are followed. Above the most is an error.
func (c *compiler) redirects(path string, r Redirects) client.Redirects {
	out := client.Redirects{NoFollow: r.Follow != nil && !*r.Follow, ForwardSecretsTo: r.Forward, RemoveHeaders: r.Remove}
	if r.Max == nil {
		return out
	}
	if out.Max = *r.Max; out.Max < 0 {
		c.mistake(path+".max", "%d is below 0", out.Max)
	}
	if out.Max == 0 {
		out.Max = -1
	}
	return out
}
