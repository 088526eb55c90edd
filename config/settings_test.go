package config_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/config"
)

func lookUp(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := values[name]; return v, ok }
}

func TestSettingsOverrideFiles(t *testing.T) {
	settings, err := config.ReadSettings(lookUp(map[string]string{
		"HTTSLEEP_INTERVAL": "5", "HTTSLEEP_TIMEOUT": "none", "HTTSLEEP_ATTEMPTS": "forever",
		"HTTSLEEP_ATTEMPT_TIMEOUT": "2s", "HTTSLEEP_PROXY": "http://proxy", "HTTSLEEP_COLOR": "", "HTTSLEEP_OUTPUT": "json",
	}))
	if err != nil {
		t.Fatal(err)
	}
	spec := parse(t, "request: http://localhost/\nuntil: {status_code: 200}\ninterval: 1s\nattempts: 3\nname: n\n").Polls[0]
	settings.Apply(&spec)
	want := httsleep.Spec{
		Name: "n", Interval: httsleep.Duration(5 * time.Second), Timeout: httsleep.None, Attempts: httsleep.Forever,
		Request: httsleep.Request{URL: "http://localhost/", Proxy: "http://proxy", Timeout: httsleep.Timeouts{Total: httsleep.Duration(2 * time.Second)}},
		Until:   spec.Until,
	}
	if diff := cmp.Diff(want, spec); diff != "" {
		t.Error(diff)
	}
	if settings.Output != "json" {
		t.Errorf("output is %q", settings.Output)
	}
}

func TestSettingsNameTheVariable(t *testing.T) {
	for name, value := range map[string]string{
		"HTTSLEEP_INTERVAL": "soon", "HTTSLEEP_TIMEOUT": "0", "HTTSLEEP_ATTEMPTS": "0", "HTTSLEEP_COLOR": "blue",
	} {
		if _, err := config.ReadSettings(lookUp(map[string]string{name: value})); err == nil || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s=%s: got %v", name, value, err)
		}
	}
	if _, err := config.ReadSettings(lookUp(map[string]string{"HTTSLEEP_INTERVAL": "none"})); err == nil {
		t.Error("an interval of none was taken")
	}
}

// TestServiceVariablesAreNeverRead makes sure that the variables which
// Kubernetes makes of a service called httsleep are not asked for.
func TestServiceVariablesAreNeverRead(t *testing.T) {
	var asked []string
	_, err := config.ReadSettings(func(name string) (string, bool) { asked = append(asked, name); return "", false })
	if err != nil || len(asked) != 9 {
		t.Fatal(asked, err)
	}
	if i := slices.IndexFunc(asked, func(name string) bool {
		return strings.HasPrefix(name, "HTTSLEEP_PORT") || strings.HasPrefix(name, "HTTSLEEP_SERVICE")
	}); i >= 0 {
		t.Errorf("%s was read", asked[i])
	}
}
