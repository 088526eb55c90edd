package client

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The signatures that AWS publishes: its test suite for Signature Version 4
// (service "service"), and the examples of the IAM and S3 documentation.
func TestSigV4PublishedVectors(t *testing.T) {
	suite := &AWS{AccessKey: "AKIDEXAMPLE", SecretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", Region: "us-east-1", Service: "service"}
	iam, s3 := *suite, &AWS{AccessKey: "AKIAIOSFODNN7EXAMPLE", SecretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", Region: "us-east-1", Service: "s3"}
	iam.Service = "iam"
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for _, test := range []struct {
		name, method, url string
		header            http.Header
		body              string
		with              *AWS
		want              string
	}{
		{"get_vanilla", "GET", "https://example.amazonaws.com/", nil, "", suite, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"post_vanilla", "POST", "https://example.amazonaws.com/", nil, "", suite, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
		{"query_order", "GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1", nil, "", suite, "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		{"form", "POST", "https://example.amazonaws.com/", form, "Param1=value1", suite, "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
		{"iam_list_users", "GET", "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
			http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}, "", &iam, "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"},
		{"s3_get", "GET", "https://examplebucket.s3.amazonaws.com/test.txt", http.Header{"Range": {"bytes=0-9"}}, "", s3, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
		{"s3_lifecycle", "GET", "https://examplebucket.s3.amazonaws.com/?lifecycle", nil, "", s3, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
		{"s3_list", "GET", "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J", nil, "", s3, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
	} {
		t.Run(test.name, func(t *testing.T) {
			u, err := parseURL(test.url)
			if err != nil {
				t.Fatal(err)
			}
			req := &http.Request{Method: test.method, URL: u, Host: u.Host, Header: test.header.Clone()}
			if req.Header == nil {
				req.Header = http.Header{}
			}
			at := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
			hash, err := test.with.payloadHash(&content{bytes: []byte(test.body)})
			if err != nil {
				t.Fatal(err)
			}
			if test.with == s3 {
				at = time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
				req.Header.Set("X-Amz-Content-Sha256", hash)
			}
			test.with.signAt(req, hash, at)
			_, got, _ := strings.Cut(req.Header.Get("Authorization"), "Signature=")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff, req.Header)
			}
		})
	}
}

// A path is encoded a second time for the signature, but for S3.
func TestSigV4Path(t *testing.T) {
	u, err := parseURL("https://h/\u1234/a%20b/c+d")
	if err != nil {
		t.Fatal(err)
	}
	for service, want := range map[string]string{"s3": "/%E1%88%B4/a%20b/c%2Bd", "execute-api": "/%25E1%2588%25B4/a%2520b/c%2Bd"} {
		if got := (&AWS{Service: service}).canonicalPath(u); got != want {
			t.Errorf("%s: %s, want %s", service, got, want)
		}
	}
}

func TestSigV4Payloads(t *testing.T) {
	const x = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
	broken := errors.New("broken")
	for _, test := range []struct {
		name string
		body Body
		want string
		err  error
	}{
		{"bytes", Bytes([]byte("x"), ""), x, nil},
		{"replayed", Replay(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil }, -1, ""), x, nil},
		{"once", Once(io.LimitReader(strings.NewReader("x"), 1), ""), awsUnsigned, nil},
		{"broken", Replay(func() (io.ReadCloser, error) { return nil, broken }, -1, ""), "", broken},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := test.body.encode("")
			if err != nil {
				t.Fatal(err)
			}
			u, _ := parseURL("https://h/")
			req := &http.Request{Method: "PUT", URL: u, Host: "h", Header: http.Header{}}
			err = (&AWS{AccessKey: "a", SecretKey: "b", Region: "c", Service: "s3"}).sign(req, &c)
			if !errors.Is(err, test.err) || req.Header.Get("X-Amz-Content-Sha256") != test.want {
				t.Error(err, req.Header)
			}
		})
	}
}

// The examples of RFC 7616, section 3.9.1, and RFC 2617, section 3.5.
func TestHS48_DigestVectors(t *testing.T) {
	newer := "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
	for _, test := range []struct{ name, challenge, password, cnonce, want string }{
		{"md5", "Digest " + newer + ", algorithm=MD5", "Circle of Life", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "8ca523f5e9506fed4657c9700eebdbec"},
		{"sha256", "Digest " + newer + ", algorithm=SHA-256", "Circle of Life", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		{"the_better_of_two", "Digest " + newer + ", algorithm=MD5, Basic realm=\"x\", Digest " + newer + ", algorithm=SHA-256", "Circle of Life", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		{"rfc2617", `Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`, "Circle Of Life", "0a4f113b", "6629fae49393a05397450978507c4ef1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := bestChallenge([]string{"Negotiate", test.challenge})
			if c == nil {
				t.Fatal("no challenge was found")
			}
			c.uses = 1
			u, _ := parseURL("http://h/dir/index.html")
			got, err := c.credentials(&Login{"Mufasa", test.password}, &http.Request{Method: "GET", URL: u}, &content{}, test.cnonce)
			if err != nil || !strings.Contains(got, `response="`+test.want+`"`) {
				t.Errorf("%s, %v; want %s", got, err, test.want)
			}
		})
	}
}

func TestDigestChallengesThatCannotBeMet(t *testing.T) {
	for _, header := range []string{"", "Basic realm=x", "Digest realm=x", "Digest nonce=x, algorithm=CRC", `Digest nonce="`, "Digest,,,=", "Digest a==b", "\"", "Negotiate YII=="} {
		if c := bestChallenge([]string{header}); c != nil && header != `Digest nonce="` {
			t.Errorf("%q: %+v", header, c)
		}
	}
}

// Parsing ends whatever a server sends.
func FuzzDigestChallenges(f *testing.F) {
	f.Add(`Digest realm="a\"b", nonce=x, qop="auth", Basic realm=y, Negotiate abc==`)
	f.Add("Digest a==b")
	f.Fuzz(func(t *testing.T, header string) {
		for _, params := range digestChallenges(header) {
			for name := range params {
				if name == "" {
					t.Fatalf("%q has a parameter without a name", header)
				}
			}
		}
	})
}

func TestNetrc(t *testing.T) {
	text := "# comment\nmachine a.test login u1 password p1\nmachine B.test\n\tlogin \"u 2\"\n\tpassword \"p\\\"2\"\n" +
		"macdef init\nmachine c.test login no\n\nmachine c.test account x login u3 password p3\ndefault login anon password mail\nmachine late.test login l\n"
	for host, want := range map[string]*Login{
		"a.test": {"u1", "p1"}, "b.TEST": {"u 2", `p"2`}, "c.test": {"u3", "p3"}, "z.test": {"anon", "mail"}, "late.test": {"anon", "mail"},
	} {
		got, err := netrcLogin(text, host)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Error(host, diff, err)
		}
	}
	if got, err := netrcLogin("machine a login u password p", "b"); got != nil || err != nil {
		t.Error(got, err)
	}
	if _, err := netrcLogin("machine", "b"); err == nil {
		t.Error("a machine without a name passed")
	}
}
