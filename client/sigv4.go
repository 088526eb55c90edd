package client

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// AWS signs requests with Signature Version 4.
type AWS struct {
	AccessKey, SecretKey string
	SessionToken         string // of temporary credentials
	Region, Service      string
}

func (a *AWS) check() error {
	for name, value := range map[string]string{
		"access key": a.AccessKey, "secret key": a.SecretKey, "region": a.Region, "service": a.Service,
	} {
		if value == "" {
			return fmt.Errorf("aws_sigv4: the %s is missing", name)
		}
	}
	if strings.ContainsAny(a.AccessKey+a.SessionToken+a.Region+a.Service, "\r\n\x00") {
		return errors.New("aws_sigv4: a value holds a control character")
	}
	return nil
}

const (
	awsAlgorithm = "AWS4-HMAC-SHA256"
	awsTime      = "20060102T150405Z"
	awsUnsigned  = "UNSIGNED-PAYLOAD"
)

// sign adds the date, the token and the Authorization header.
func (a *AWS) sign(req *http.Request, body *content) error {
	hash, err := a.payloadHash(body)
	if err != nil {
		return err
	}
	if a.Service == "s3" || hash == awsUnsigned {
		req.Header.Set("X-Amz-Content-Sha256", hash)
	}
	a.signAt(req, hash, time.Now().UTC())
	return nil
}

// signAt signs a message for one moment.
func (a *AWS) signAt(req *http.Request, payloadHash string, now time.Time) {
	req.Header.Set("X-Amz-Date", now.Format(awsTime))
	if a.SessionToken != "" {
		req.Header.Set("X-Amz-Security-Token", a.SessionToken)
	}
	names, headers := awsHeaders(req)
	canonical := strings.Join([]string{
		req.Method, a.canonicalPath(req.URL), awsQuery(req.URL), headers, names, payloadHash,
	}, "\n")
	day := now.Format("20060102")
	scope := strings.Join([]string{day, a.Region, a.Service, "aws4_request"}, "/")
	sum := sha256.Sum256([]byte(canonical))
	text := strings.Join([]string{awsAlgorithm, now.Format(awsTime), scope, hex.EncodeToString(sum[:])}, "\n")
	key := []byte("AWS4" + a.SecretKey)
	for _, part := range []string{day, a.Region, a.Service, "aws4_request"} {
		key = hmacSHA256(key, part)
	}
	req.Header.Set("Authorization", fmt.Sprintf("%s Credential=%s/%s, SignedHeaders=%s, Signature=%x",
		awsAlgorithm, a.AccessKey, scope, names, hmacSHA256(key, text)))
}

func hmacSHA256(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	io.WriteString(h, text)
	return h.Sum(nil)
}

// payloadHash hashes the body. One that can be read only once goes unsigned.
func (a *AWS) payloadHash(body *content) (string, error) {
	if body.once {
		return awsUnsigned, nil
	}
	h := sha256.New()
	if body.open == nil {
		h.Write(body.bytes)
		return hex.EncodeToString(h.Sum(nil)), nil
	}
	r, err := body.open()
	if err != nil {
		return "", newError(kindConfig, "hash the body", err)
	}
	defer r.Close()
	if _, err := io.Copy(h, r); err != nil {
		return "", newError(kindConfig, "hash the body", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// unsignedHeaders may be changed on the way, or are none of the signature's
// business.
var unsignedHeaders = []string{"Authorization", "User-Agent", "X-Amzn-Trace-Id", "Accept-Encoding", "Connection", "Expect", "X-Retry-Attempt"}

// awsHeaders gives the names of the signed headers and their canonical form.
func awsHeaders(req *http.Request) (names, lines string) {
	values := map[string]string{"host": req.Host}
	for name, list := range req.Header {
		if slices.Contains(unsignedHeaders, name) {
			continue
		}
		trimmed := make([]string, len(list))
		for i, v := range list {
			trimmed[i] = strings.Join(strings.Fields(v), " ")
		}
		values[strings.ToLower(name)] = strings.Join(trimmed, ",")
	}
	var sorted []string
	for name := range values {
		sorted = append(sorted, name)
	}
	slices.Sort(sorted)
	var b strings.Builder
	for _, name := range sorted {
		b.WriteString(name + ":" + values[name] + "\n")
	}
	return strings.Join(sorted, ";"), b.String()
}

// canonicalPath encodes the path once more than it is sent, but for S3.
func (a *AWS) canonicalPath(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if a.Service == "s3" {
		return awsEscape(u.Path, "/")
	}
	return awsEscape(path, "/")
}

// awsQuery gives the parameters in the order of their encoded names and values.
func awsQuery(u *url.URL) string {
	var pairs []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, awsEscape(unescapeQuery(name), "")+"="+awsEscape(unescapeQuery(value), ""))
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

func unescapeQuery(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// awsEscape encodes all but unreserved characters and those of also.
func awsEscape(s, also string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < 0x80 && isWord(c) || strings.IndexByte("-._~"+also, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
