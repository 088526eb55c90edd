package client

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// challenge is a server's Digest challenge (RFC 7616), and how often its nonce
// has been used.
type challenge struct {
	realm, nonce, opaque, algorithm, qop string
	userhash, session                    bool
	uses                                 uint32
}

// digestCache remembers the last challenge of each origin and user, so that
// only the first request needs two exchanges.
type digestCache struct {
	mu   sync.Mutex
	seen map[string]*challenge
}

// maxDigests bounds the origins that are remembered.
const maxDigests = 256

func digestKey(l *Login, req *http.Request) string {
	return req.URL.Scheme + "://" + hostPort(req.URL) + "\x00" + l.User
}

// learn keeps the challenge of a 401. It gives false if there is none that can
// be met, or if it repeats the nonce that req was just refused with.
func (d *digestCache) learn(l *Login, req *http.Request, resp *http.Response) bool {
	c := bestChallenge(resp.Header["Www-Authenticate"])
	if c == nil || c.nonce == usedNonce(req) {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	key := digestKey(l, req)
	if old := d.seen[key]; old != nil && old.nonce == c.nonce {
		return true // another request has learned it meanwhile
	}
	if d.seen == nil || len(d.seen) >= maxDigests {
		d.seen = map[string]*challenge{}
	}
	d.seen[key] = c
	return true
}

// usedNonce gives the nonce that a request answers, or "".
func usedNonce(req *http.Request) string {
	for _, params := range digestChallenges(req.Header.Get("Authorization")) {
		return params["nonce"]
	}
	return ""
}

// answer adds the credentials for a challenge that is already known.
func (d *digestCache) answer(l *Login, req *http.Request, body *content) error {
	d.mu.Lock()
	known := d.seen[digestKey(l, req)]
	if known == nil {
		d.mu.Unlock()
		return nil
	}
	known.uses++
	c := *known
	d.mu.Unlock()
	header, err := c.credentials(l, req, body, rand.Text())
	if err != nil {
		return newError(kindConfig, "answer the digest challenge", err)
	}
	req.Header.Set("Authorization", header)
	return nil
}

// digestHashes are the known algorithms, the best first.
var digestHashes = []struct {
	name string
	make func() hash.Hash
}{{"SHA-512-256", sha512.New512_256}, {"SHA-256", sha256.New}, {"MD5", md5.New}}

func digestHash(algorithm string) (func() hash.Hash, int) {
	for rank, h := range digestHashes {
		if strings.EqualFold(h.name, algorithm) {
			return h.make, rank
		}
	}
	return nil, -1
}

// bestChallenge picks the Digest challenge with the best known algorithm.
func bestChallenge(headers []string) *challenge {
	var best *challenge
	bestRank := len(digestHashes)
	for _, header := range headers {
		for _, params := range digestChallenges(header) {
			c := newChallenge(params)
			if make, rank := digestHash(c.algorithm); make != nil && rank < bestRank && c.nonce != "" {
				best, bestRank = c, rank
			}
		}
	}
	return best
}

func newChallenge(params map[string]string) *challenge {
	c := &challenge{
		realm: params["realm"], nonce: params["nonce"], opaque: params["opaque"],
		algorithm: params["algorithm"], userhash: strings.EqualFold(params["userhash"], "true"),
	}
	if len(c.algorithm) > 5 && strings.EqualFold(c.algorithm[len(c.algorithm)-5:], "-sess") {
		c.algorithm, c.session = c.algorithm[:len(c.algorithm)-5], true
	}
	if c.algorithm == "" {
		c.algorithm = "MD5"
	}
	var offered []string
	for q := range strings.SplitSeq(params["qop"], ",") {
		offered = append(offered, strings.ToLower(strings.TrimSpace(q)))
	}
	for _, q := range []string{"auth", "auth-int"} {
		if slices.Contains(offered, q) {
			c.qop = q
			break
		}
	}
	return c
}

// credentials computes the Authorization header (RFC 7616, section 3.4).
func (c *challenge) credentials(l *Login, req *http.Request, body *content, cnonce string) (string, error) {
	make, _ := digestHash(c.algorithm)
	h := func(parts ...string) string {
		sum := make()
		io.WriteString(sum, strings.Join(parts, ":"))
		return hex.EncodeToString(sum.Sum(nil))
	}
	uri := req.URL.RequestURI()
	ha1 := h(l.User, c.realm, l.Password)
	if c.session {
		ha1 = h(ha1, c.nonce, cnonce)
	}
	ha2 := h(req.Method, uri)
	if c.qop == "auth-int" {
		if body.open != nil {
			return "", errors.New("the server wants the body hashed (auth-int), and it is a stream")
		}
		ha2 = h(req.Method, uri, h(string(body.bytes)))
	}
	count := fmt.Sprintf("%08x", c.uses)
	response := h(ha1, c.nonce, ha2)
	if c.qop != "" {
		response = h(ha1, c.nonce, count, cnonce, c.qop, ha2)
	}
	user, name := l.User, c.algorithm
	if c.userhash {
		user = h(l.User, c.realm)
	}
	if c.session {
		name += "-sess"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Digest username=%s, realm=%s, nonce=%s, uri=%s, response=\"%s\", algorithm=%s",
		quoted(user), quoted(c.realm), quoted(c.nonce), quoted(uri), response, name)
	if c.qop != "" {
		fmt.Fprintf(&b, ", qop=%s, nc=%s, cnonce=\"%s\"", c.qop, count, cnonce)
	}
	if c.opaque != "" {
		fmt.Fprintf(&b, ", opaque=%s", quoted(c.opaque))
	}
	if c.userhash {
		b.WriteString(", userhash=true")
	}
	return b.String(), nil
}

// quoted writes a quoted-string (RFC 9110, section 5.6.4).
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// digestChallenges gives the parameters of each Digest challenge of one
// WWW-Authenticate header, which may hold several of different schemes.
func digestChallenges(header string) []map[string]string {
	var list []map[string]string
	var current map[string]string
	for header = strings.TrimLeft(header, " \t,"); header != ""; header = strings.TrimLeft(header, " \t,") {
		word, rest := token(header)
		if word == "" {
			return list
		}
		after := strings.TrimLeft(rest, " \t")
		if !strings.HasPrefix(after, "=") || strings.HasPrefix(after, "==") { // a scheme
			current = nil
			if strings.EqualFold(word, "Digest") {
				current = map[string]string{}
				list = append(list, current)
			}
			header = strings.TrimLeft(after, "=")
			continue
		}
		var value string
		value, header = tokenOrQuoted(strings.TrimLeft(after[1:], " \t"))
		if current != nil {
			current[strings.ToLower(word)] = value
		}
	}
	return list
}

// token takes the characters up to a separator.
func token(s string) (word, rest string) {
	end := strings.IndexAny(s, " \t,;=\"<>")
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:]
}

// tokenOrQuoted takes a token or a quoted-string.
func tokenOrQuoted(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		return token(s)
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}
