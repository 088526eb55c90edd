package config_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep/config"
)

func TestSettingsChangeEveryPollAndWhatItRefersToIsReadOnceForEach(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, map[string]string{
		"code.js": "export default r => r.ok",
		"polls.yaml": `
defaults:
  request: {url: "http://localhost/", auth: {bearer: "${secret.TOKEN}"}}
  until: {callback: {js_file: code.js}}
polls:
  - {name: a, request: {body: "${secret.REPLACED}"}}
  - {name: b}
`,
	})
	asked := map[string]int{}
	file, err := config.Load(filepath.Join(folder, "polls.yaml"), config.Options{
		Set: []string{"attempts=3", "request.body=new"},
		Secret: func(name string) (string, error) {
			asked[name]++
			return "planted-" + name, nil
		},
	})
	if err != nil {
		t.Fatal(config.Explain(err))
	}
	for _, poll := range file.Polls {
		if poll.Attempts != 3 || poll.Request.Body == nil || *poll.Request.Body != "new" || poll.Request.Auth.Bearer != "planted-TOKEN" {
			t.Errorf("got %+v", poll)
		}
	}
	if diff := cmp.Diff(map[string]int{"TOKEN": 2}, asked); diff != "" {
		t.Errorf("secrets that were asked for (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"planted-TOKEN"}, file.Secrets); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
}

func TestWrongSettingsAreFoundBesideAFile(t *testing.T) {
	poll := []byte(`{"request": "http://localhost/", "until": {"status_code": 200}, "timeuot": "1s"}`)
	for _, c := range []struct {
		setting string
		placed  bool // the mistake is one of the file
	}{
		{"attempts=3", true},
		{"timeuot=5s", false},
		{"attempts", false},
		{"name=x", false},
		{"interval=fast", false},
		{"until=[", false},
	} {
		file, err := config.Parse("poll.json", poll, config.Options{Set: []string{c.setting}})
		if err == nil || (file != nil) != c.placed {
			t.Errorf("%s: got %v and %v", c.setting, file, err)
		}
		if !errors.As(err, new(config.Errors)) {
			t.Errorf("%s: got %T", c.setting, err)
		}
	}
}
