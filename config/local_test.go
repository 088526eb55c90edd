package config_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/config"
)

func write(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFilesAreReadFromTheFolderOfTheFile(t *testing.T) {
	folder := t.TempDir()
	pem := "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	write(t, folder, map[string]string{
		"ca/one.pem": pem, "ca/two.crt": pem, "ca/readme": "no certificate",
		"me.pem": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"data":   "${env.X} and $", "check.ts": "export default r => r.ok", "check.wasm": "\x00asm",
		"poll.yaml": `
request:
  url: http://localhost/
  tls: {ca: ca, cert: me.pem}
  unix_socket: run.sock
  auth: {netrc: .netrc}
before:
  - request: {url: http://localhost/, multipart: [{name: d, file: data}]}
until:
  - any: [{callback: {js_file: check.ts, config: {a: 1}}}, {callback: {wasm: check.wasm, name: w}}]
`,
	})
	file, err := config.Load(filepath.Join(folder, "poll.yaml"), options)
	if err != nil {
		t.Fatal(config.Explain(err))
	}
	spec := file.Polls[0]
	got := map[string]string{
		"ca":     spec.Request.TLS.CA + spec.Request.TLS.CAPEM,
		"cert":   spec.Request.TLS.Cert + spec.Request.TLS.CertPEM,
		"socket": spec.Request.UnixSocket,
		"netrc":  spec.Request.Auth.Netrc,
		"part":   spec.Before[0].Request.Multipart[0].Filename + ": " + spec.Before[0].Request.Multipart[0].Value,
		"until":  spec.Until[0].String(),
	}
	want := map[string]string{
		"ca":     pem + "\n" + pem + "\n",
		"cert":   "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"socket": filepath.Join(folder, "run.sock"),
		"netrc":  filepath.Join(folder, ".netrc"),
		"part":   "data: $${env.X} and $",
		"until": `{"any":[{"callback":{"js":"export default r => r.ok","name":"check.ts","config":{"a":1}}},` +
			`{"callback":{"wasm_base64":"` + base64.StdEncoding.EncodeToString([]byte("\x00asm")) + `","name":"w"}}]}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestStandardInputIsAFile(t *testing.T) {
	o := options
	o.Stdin = strings.NewReader("request: http://localhost/\nuntil: {status_code: 200}\nintervall: 1\n")
	_, err := config.Load("-", o)
	if err == nil || err.Error() != `-:3:1: intervall: unknown key "intervall": did you mean "interval"?` {
		t.Errorf("got %v", err)
	}
}

func TestMissingFileSaysSo(t *testing.T) {
	_, err := config.Load("testdata/nothing.yaml", options)
	if err == nil || err.Error() != "testdata/nothing.yaml: the file cannot be read: no such file or directory" {
		t.Errorf("got %v", err)
	}
}
