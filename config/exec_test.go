package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/httsleep/httsleep/config"
)

// Where the files of commands are found, from a poll file in the folder conf, in
// which there are a program check, a script check.py and a folder plugin.
var commandCases = []struct{ exec, want string }{
	{`["./check"]`, `["conf/check"]`},
	{`["./check","check.py"]`, `["conf/check","conf/check.py"]`},
	{`["/opt/python3","check.py"]`, `["/opt/python3","conf/check.py"]`},
	{`["bin/check","--fast"]`, `["conf/bin/check","--fast"]`},
	{`["../check"]`, `["./check"]`},
	{`["/opt/check"]`, `["/opt/check"]`},
	{`["check"]`, `["check"]`},
	{`["python3","check.py"]`, `["python3","conf/check.py"]`},
	{`["python3","./check.py","check.py"]`, `["python3","conf/check.py","check.py"]`},
	{`["python3","plugin"]`, `["python3","conf/plugin"]`},
	{`["python3","/opt/check.py"]`, `["python3","/opt/check.py"]`},
	{`["python3","nowhere.py"]`, `["python3","nowhere.py"]`},
	{`["python3","-m","plugin"]`, `["python3","-m","plugin"]`},
	{`["python3",""]`, `["python3",""]`},
	{`[]`, `[]`},
	{`[""]`, `[""]`},
	{`"./check"`, `"./check"`},
	{`[1,"check.py"]`, `[1,"check.py"]`},
	{`null`, `null`},
}

func TestCommandsAreFoundFromTheFolderOfTheFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("conf/plugin", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"check", "check.py", "until.json", "poll.yaml"} {
		if err := os.WriteFile(filepath.Join("conf", name), nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range commandCases {
		want := `{"callback":{"exec":` + c.want + `}}`
		yaml := "request: http://localhost\nuntil:\n  callback: {exec: " + c.exec + "}\n"
		file, err := config.Parse("poll.yaml", []byte(yaml), config.Options{Folder: "conf"})
		if err != nil {
			t.Errorf("%s: %v", c.exec, err)
			continue
		}
		if got, _ := file.Polls[0].Until[0].MarshalJSON(); string(got) != want {
			t.Errorf("%s: in a file %s, want %s", c.exec, got, want)
		}
		if err := os.WriteFile("conf/until.json", []byte(`{"callback":{"exec":`+c.exec+`}}`), 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := config.FlagJSON("@conf/until.json", nil)
		if err != nil {
			t.Errorf("%s: %v", c.exec, err)
			continue
		}
		if got, _ := list[0].MarshalJSON(); string(got) != want {
			t.Errorf("%s: of a flag %s, want %s", c.exec, got, want)
		}
	}
}

// The command line names commands from the working directory, and whatever looks
// like a reference stands for itself.
func TestConditionsOfFlagsStandAsTheyAre(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("check.js", []byte("true"), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		`{"callback":{"exec":["./check","${env.HOME}"]}}`:         `{"callback":{"exec":["./check","${env.HOME}"]}}`,
		`{"callback":"'${env.HOME}'","text":"${env.HOME}"}`:       `{"callback":"'${env.HOME}'","text":"${env.HOME}"}`,
		`{"json":{"${env.A}":{"callback":{"exec":["./check"]}}}}`: `{"json":{"${env.A}":{"callback":{"exec":["./check"]}}}}`,
		`{"callback":{"js_file":"check.js"}}`:                     `{"callback":{"js":"true","name":"check.js"}}`,
		`[{"any":[{"callback":{"js_file":"check.js"}}]}]`:         `{"any":[{"callback":{"js":"true","name":"check.js"}}]}`,
	} {
		list, err := config.FlagJSON(text, nil)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, _ := list[0].MarshalJSON(); string(got) != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	for text, want := range map[string]string{
		`{"callback":{"js_file":"nowhere.js"}}`: "callback.js_file: the file nowhere.js cannot be read",
		`{"callback":{"js":"1","js":"2"}}`:      `the key "js" stands here again`,
		`{"callback":`:                          "reading conditions",
	} {
		if _, err := config.FlagJSON(text, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

// A callback that is an object as JSON is one as in a poll file.
func TestACallbackOfAFlagMayBeAnObject(t *testing.T) {
	for text, want := range map[string]string{
		`{"exec": ["./check"], "config": {"a": 1}}`: `{"callback":{"exec":["./check"],"config":{"a":1}}}`,
		` {"js": "true"}`:  `{"callback":{"js":"true"}}`,
		`{"a": 1}.a === 1`: `{"callback":"{\"a\": 1}.a === 1"}`,
		`({"a": 1})`:       `{"callback":"({\"a\": 1})"}`,
	} {
		got, err := config.FlagCondition([]config.Term{{Flag: "callback", Text: text}}, nil)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, _ := got.MarshalJSON(); string(got) != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
