package client_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/httsleep/httsleep/client"
)

var digestParam = regexp.MustCompile(`(\w+)="?([^",]*)"?`)

// digestServer checks MD5 digests with qop=auth, and renews its nonce after
// three uses.
func digestServer(t *testing.T, hits *[]string) http.HandlerFunc {
	h := func(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }
	nonce, uses := 0, 0
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p := map[string]string{}
		for _, m := range digestParam.FindAllStringSubmatch(r.Header.Get("Authorization"), -1) {
			p[m[1]] = m[2]
		}
		want := h(strings.Join([]string{h("bob:realm:pass"), p["nonce"], p["nc"], p["cnonce"], "auth", h(r.Method + ":" + r.RequestURI)}, ":"))
		good := p["response"] == want && p["nonce"] == fmt.Sprint("n", nonce) && p["uri"] == r.RequestURI
		if good {
			uses++
			if p["nc"] != fmt.Sprintf("%08x", uses) {
				t.Errorf("nc %s at use %d", p["nc"], uses)
			}
		}
		if !good || uses > 3 {
			nonce, uses = nonce+1, 0
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Digest realm="realm", nonce="n%d", qop="auth", stale=true`, nonce))
			w.WriteHeader(401)
			*hits = append(*hits, "401")
			return
		}
		*hits = append(*hits, string(body))
	}
}

func TestHS48_Digest(t *testing.T) {
	var hits []string
	s := serve(t, digestServer(t, &hits))
	c := newClient(t, client.Options{})
	p, err := c.Prepare(&client.Request{Method: "PUT", URL: s.URL + "/a?b=c", Body: client.Bytes([]byte("x"), ""),
		Auth: client.Auth{Digest: &client.Login{User: "bob", Password: "pass"}}})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if r, err := p.Do(t.Context()); err != nil || r.StatusCode != 200 {
			t.Fatal(r, err)
		}
	}
	if got := strings.Join(hits, " "); got != "401 x x x 401 x x" {
		t.Error(got)
	}
	hits = nil
	r := do(t, c, &client.Request{URL: s.URL, Auth: client.Auth{Digest: &client.Login{User: "bob", Password: "wrong"}}})
	if r.StatusCode != 401 || len(hits) != 2 {
		t.Error(r.StatusCode, hits)
	}
}

func TestDigestOfManyAtOnce(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), `nonce="one"`) {
			w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="one", qop="auth"`)
			w.WriteHeader(401)
		}
	})
	c := newClient(t, client.Options{})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			r, err := c.Do(t.Context(), &client.Request{URL: s.URL, Auth: client.Auth{Digest: &client.Login{User: "u", Password: "p"}}})
			if err != nil || r.StatusCode != 200 {
				t.Error(r, err)
			}
		})
	}
	wg.Wait()
}

func TestDigestStaysAtItsOrigin(t *testing.T) {
	from, to, _ := pair(t, 302)
	r := do(t, newClient(t, client.Options{}), &client.Request{URL: from, Auth: client.Auth{Digest: &client.Login{User: "bob", Password: "pass"}}})
	if r.StatusCode != 200 || to.last().Header.Get("Authorization") != "" {
		t.Error(r.StatusCode, to.last().Header)
	}
}

func TestSigV4OnTheWire(t *testing.T) {
	e := &echo{}
	s := serve(t, e.ServeHTTP)
	aws := &client.AWS{AccessKey: "AK", SecretKey: "SK", SessionToken: "TOKEN", Region: "eu-west-1", Service: "execute-api"}
	do(t, newClient(t, client.Options{}), &client.Request{URL: s.URL, Body: client.JSON(1), Auth: client.Auth{AWS: aws}})
	h := e.last().Header
	auth := h.Get("Authorization")
	if !strings.HasPrefix(auth, "AWS4-HMAC-SHA256 Credential=AK/") || !strings.Contains(auth, "/eu-west-1/execute-api/aws4_request") ||
		!strings.Contains(auth, "content-type;") || !strings.Contains(auth, "host;") || h.Get("X-Amz-Security-Token") != "TOKEN" || h.Get("X-Amz-Date") == "" {
		t.Error(h)
	}
	from, to, _ := pair(t, 302)
	do(t, newClient(t, client.Options{}), &client.Request{URL: from, Auth: client.Auth{AWS: aws}})
	if h := to.last().Header; h.Get("Authorization")+h.Get("X-Amz-Security-Token") != "" {
		t.Error("the signature crossed: ", h)
	}
}
