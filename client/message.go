package client

import (
	"errors"
	"net/http"
	"strconv"
)

// request builds the message of the current hop.
func (s *sending) request(t *try) (*http.Request, error) {
	h, c := s.hop, s.p.client
	req := (&http.Request{
		Method: h.method, URL: h.url, Host: h.host, Header: h.header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(t)
	if err := h.body.attach(req); err != nil {
		return nil, newError(kindConfig, h.method+" "+displayURL(h.url), err)
	}
	if s.varies() {
		req.Header = req.Header.Clone()
	}
	if s.try > 1 {
		req.Header.Set("X-Retry-Attempt", strconv.Itoa(s.try))
	}
	if c.jar != nil {
		for _, cookie := range c.jar.Cookies(h.url) {
			req.AddCookie(cookie)
		}
	}
	c.addProxyHeader(req)
	err := s.callHook(req)
	if err == nil {
		err = h.auth.sign(c, req, &h.body)
	}
	if err != nil && req.Body != nil {
		req.Body.Close()
	}
	return req, err
}

// callHook lets the caller change the message, with a URL of its own.
func (s *sending) callHook(req *http.Request) error {
	hook := s.p.client.options.BeforeRequest
	if hook == nil {
		return nil
	}
	own := *req.URL
	req.URL = &own
	if err := hook(req, s.try); err != nil {
		return hookError(s.hop, err)
	}
	return nil
}

// hookError gives the error of a hook the kind that it brings, or config.
func hookError(h *hop, err error) error {
	kind := kindConfig
	if k, ok := errors.AsType[interface {
		error
		Kind() string
	}](err); ok {
		kind = k.Kind()
	}
	return newError(kind, "before "+h.method+" "+displayURL(h.url), err)
}

// varies reports that this message's header differs from the prepared one.
func (s *sending) varies() bool {
	c := s.p.client
	return s.try > 1 || c.jar != nil || c.options.BeforeRequest != nil || s.hop.auth.varies() || c.proxyHeader(s.hop.url)
}

// attach sets the body of a message.
func (c *content) attach(req *http.Request) error {
	if !c.present() {
		return nil
	}
	if c.open == nil && len(c.bytes) == 0 {
		req.Body, req.ContentLength = http.NoBody, 0
		return nil
	}
	body, err := c.reader()
	if err != nil {
		return err
	}
	req.Body, req.ContentLength = body, c.length
	if !c.once {
		req.GetBody = c.reader
	}
	return nil
}
