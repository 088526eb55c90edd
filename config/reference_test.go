package config_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/config"
)

func itoa(i int) string { return strconv.Itoa(i) }

func TestS28_ReferencesAreEncodedForTheirPlace(t *testing.T) {
	for _, c := range []struct{ url, want string }{
		{"${env.BASE}/jobs", "http://api.example:8080/v1/jobs"},
		{"http://${env.HOST}/jobs", "http://api.example/jobs"},
		{"http://localhost:${env.COUNT}/", "http://localhost:3/"},
		{"http://${env.HOST}/${env.SPACES}/x", "http://api.example/a%20b%2Fc%3Fd/x"},
		{"http://localhost/?a=${env.SPACES}&b=1", "http://localhost/?a=a+b%2Fc%3Fd&b=1"},
		{"http://localhost/?a=1#${env.SPACES}", "http://localhost/?a=1#a%20b%2Fc%3Fd"},
		{"http://user:${env.SPACES}@localhost/", "http://user:a%20b%2Fc%3Fd@localhost/"},
		{"http://localhost/${capture.id}/${env.COUNT}", "http://localhost/${capture.id}/3"},
		{"${capture.location}?a=${env.SPACES}", "${capture.location}?a=a+b%2Fc%3Fd"},
		{"http://localhost/$${x}", "http://localhost/$${x}"},
		{"/jobs/${env.SPACES}", "/jobs/a%20b%2Fc%3Fd"},
	} {
		file := parse(t, "before: ["+strconv.Quote(c.url)+"]\nrequest: http://localhost/\nuntil: {status_code: 200}\n")
		if got := file.Polls[0].Before[0].Request.URL; got != c.want {
			t.Errorf("%s became %s, want %s", c.url, got, c.want)
		}
	}
}

func TestReferencesInTexts(t *testing.T) {
	file := parse(t, `
request:
  url: http://localhost/
  headers: {Authorization: "Bearer ${secret.TOKEN}", X: "${env.SPACES}"}
  query: {q: "${env.SPACES}"}
  json: {a: ["${env.SPACES}", "${capture.id}", "$${x}", "${env.DOLLAR}"], n: 1}
  timeout: ${env.TTL}
  redirects: {max: "${env.COUNT}"}
  tls: {key_password: "${env.DOLLAR}"}
session: {headers: {X-Count: "${env.COUNT}"}}
until:
  - json: {matches: "${env.HOST}", callback: "${env.HOST}"}
  - jsonpath: {expression: "$.a", value: "${env.HOST}"}
  - header: {matches: "${env.HOST}"}
  - callback: "`+"`${response.url}`"+`"
  - body: {matches: "^a${"}
`)
	spec := file.Polls[0]
	got := map[string]string{
		"headers":  strings.Join(spec.Request.Headers["Authorization"], "|") + spec.Request.Headers["X"][0],
		"query":    spec.Request.Query[0].Value,
		"json":     string(spec.Request.JSON),
		"session":  spec.Session.Headers["X-Count"][0],
		"password": spec.Request.TLS.KeyPassword,
		"timeout":  strconv.FormatInt(int64(spec.Request.Timeout.Total), 10),
		"max":      strconv.Itoa(*spec.Request.Redirects.Max),
		"until0":   spec.Until[0].String(),
		"until1":   spec.Until[1].String(),
		"until2":   spec.Until[2].String(),
		"until3":   spec.Until[3].String(),
		"until4":   spec.Until[4].String(),
	}
	want := map[string]string{
		"headers":  "Bearer t0p-s3creta b/c?d",
		"query":    "a b/c?d",
		"json":     `{"a":["a b/c?d","${capture.id}","$${x}","cost $${5} and $$${6}$"],"n":1}`,
		"session":  "3",
		"password": "cost ${5} and $${6}$",
		"timeout":  "90000000000",
		"max":      "3",
		"until0":   `{"json":{"matches":"api.example","callback":"api.example"}}`,
		"until1":   `{"jsonpath":{"expression":"$.a","value":"api.example"}}`,
		"until2":   `{"header":{"matches":"api.example"}}`,
		"until3":   "{\"callback\":\"`${response.url}`\"}",
		"until4":   `{"body":{"matches":"^a${"}}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestReferencesAreNeverExpandedAgain sends a value that looks like a template,
// and waits for the server to give it back.
func TestReferencesAreNeverExpandedAgain(t *testing.T) {
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(w, r.Body)
		io.WriteString(w, r.Header.Get("X"))
	}))
	defer echo.Close()
	file := parse(t, `
request:
  url: `+echo.URL+`/$${x}
  body: 'a ${env.DOLLAR} $${b}'
  headers: {X: "${env.DOLLAR}"}
until: {text: 'a ${env.DOLLAR} $${b}${env.DOLLAR}'}
attempts: 1
`)
	poller, err := httsleep.Compile(file.Polls[0])
	if err != nil {
		t.Fatal(err)
	}
	defer poller.Close()
	result, err := poller.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	value, _ := environment("DOLLAR")
	if got, want := string(result.Response.Body), "a "+value+" ${b}"+value; got != want {
		t.Errorf("the server got %q, want %q", got, want)
	}
}

func TestSecretsAreKnown(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "db-password"), []byte("from-a-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{
		"HTTSLEEP_SECRETS": folder, "MONTH": "not-a-secret", "API_KEY": "key-in-env", "Q": "in-a-query", "H": "in-a-header",
		"U": "in-a-user", "PLAIN": "plain",
	}
	file, err := config.Parse("poll.yaml", []byte(`
request:
  url: http://me:${env.U}@localhost/${env.MONTH}?access_token=${env.Q}&x=${env.PLAIN}
  headers: {X-Api-Key: "${env.H}", X-Plain: "${env.PLAIN}", X-Other: "${env.API_KEY}"}
  body: ${secret.db-password}
until: {status_code: 200}
`), config.Options{Environment: func(name string) (string, bool) { v, ok := values[name]; return v, ok }})
	if err != nil {
		t.Fatal(config.Explain(err))
	}
	want := []string{"from-a-file", "in-a-header", "in-a-query", "in-a-user", "key-in-env"}
	if diff := cmp.Diff(want, file.Secrets); diff != "" {
		t.Error(diff)
	}
	if got := *file.Polls[0].Request.Body; got != "from-a-file" {
		t.Errorf("the body is %q", got)
	}
}

func TestSecretNamesCannotLeadElsewhere(t *testing.T) {
	for _, name := range []string{"../etc/passwd", "a/b", ".hidden", "", "a b", "..", strings.Repeat("a", 200)} {
		_, err := config.Parse("poll.yaml", []byte("request: {url: http://localhost/, body: '${secret."+name+"}'}\nuntil: {status_code: 200}\n"), options)
		if err == nil || !strings.Contains(err.Error(), "cannot be the name") {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

// TestValidateResolvesNothing reads a file whose references and files do not
// exist, and compiles it.
func TestValidateResolvesNothing(t *testing.T) {
	text := `
request:
  url: ${env.NOPE}/jobs/${env.NOPE}
  headers: {A: "${secret.NOPE}"}
  timeout: ${env.NOPE}
  tls: {ca: nothing.pem, cert: nothing.pem}
  multipart: [{name: a, file: nothing.txt}]
before: ["${env.NOPE}://${env.NOPE}:${env.NOPE}/", "http://${env.NOPE}@${env.NOPE}/"]
until: [{status_code: "${env.NOPE}"}, {elapsed: {lt: "${env.NOPE}"}}, {text: "${secret.NOPE}"}]
`
	asked := func(name string) (string, bool) { t.Errorf("%s was asked for", name); return "", false }
	file, err := config.Parse("poll.yaml", []byte(text), config.Options{Validate: true, Environment: asked})
	if err != nil {
		t.Fatal(config.Explain(err))
	}
	if err := file.Check(compile); err != nil {
		t.Error(config.Explain(err))
	}
	for _, bad := range []string{"${env.}", "${capture.x}", "${nope.x}", "${env.X"} {
		bad := strings.Replace(text, "timeout: ${env.NOPE}", "timeout: '"+bad+"'", 1)
		if _, err := config.Parse("poll.yaml", []byte(bad), config.Options{Validate: true}); err == nil {
			t.Errorf("no mistake was found in %s", bad)
		}
	}
}

// TestRemoteSecretsComeFromTheCaller resolves the secrets of a Spec that comes
// from elsewhere by the function given, and nothing else.
func TestRemoteSecretsComeFromTheCaller(t *testing.T) {
	file, err := config.Parse("spec", []byte(`{"request":{"url":"http://localhost/","auth":{"bearer":"${secret.mine}"}},"until":{"status_code":200}}`), config.Options{
		Remote:      true,
		Environment: func(string) (string, bool) { t.Error("the environment was read"); return "", false },
		Secret:      func(name string) (string, error) { return "value-of-" + name, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := file.Polls[0].Request.Auth.Bearer; got != "value-of-mine" || !slices.Contains(file.Secrets, got) {
		t.Errorf("got %q, secrets %q", got, file.Secrets)
	}
	if _, err := config.Parse("spec", []byte("request: http://localhost/\n"), config.Options{Remote: true}); err == nil {
		t.Error("YAML was read")
	}
}
