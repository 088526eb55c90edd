package config

import (
	"encoding"
	"fmt"

	"github.com/httsleep/httsleep"
)

// Settings are what the environment says about how to poll and report. They
// stand between flags and files: a flag is stronger, a file is weaker. They
// never hold conditions.
type Settings struct {
	Interval       httsleep.Duration // HTTSLEEP_INTERVAL
	Timeout        httsleep.Duration // HTTSLEEP_TIMEOUT
	AttemptTimeout httsleep.Duration // HTTSLEEP_ATTEMPT_TIMEOUT
	Attempts       httsleep.Attempts // HTTSLEEP_ATTEMPTS
	Output         string            // HTTSLEEP_OUTPUT
	Color          string            // HTTSLEEP_COLOR
	Proxy          string            // HTTSLEEP_PROXY
	Server         string            // HTTSLEEP_SERVER
	Token          string            // HTTSLEEP_TOKEN
}

// ReadSettings reads the variables named above and no other, so that those
// which container platforms make of a service called httsleep do no harm. An
// empty variable counts as absent. The error is an [*Error] that names the
// variable.
func ReadSettings(environment func(name string) (string, bool)) (Settings, error) {
	var s Settings
	for _, v := range []struct {
		name string
		text *string
		to   encoding.TextUnmarshaler
	}{
		{"HTTSLEEP_INTERVAL", nil, &s.Interval},
		{"HTTSLEEP_TIMEOUT", nil, &s.Timeout},
		{"HTTSLEEP_ATTEMPT_TIMEOUT", nil, &s.AttemptTimeout},
		{"HTTSLEEP_ATTEMPTS", nil, &s.Attempts},
		{"HTTSLEEP_OUTPUT", &s.Output, nil},
		{"HTTSLEEP_COLOR", &s.Color, nil},
		{"HTTSLEEP_PROXY", &s.Proxy, nil},
		{"HTTSLEEP_SERVER", &s.Server, nil},
		{"HTTSLEEP_TOKEN", &s.Token, nil},
	} {
		value, ok := environment(v.name)
		switch {
		case !ok || value == "":
		case v.text != nil:
			*v.text = value
		default:
			if err := v.to.UnmarshalText([]byte(value)); err != nil {
				return s, &Error{File: v.name, Message: err.Error(), Err: err}
			}
			if span, ok := v.to.(*httsleep.Duration); ok && *span == 0 {
				return s, &Error{File: v.name, Message: "0 makes no sense here: leave it unset for the default"}
			}
		}
	}
	switch {
	case s.Interval == httsleep.None:
		return s, &Error{File: "HTTSLEEP_INTERVAL", Message: "none makes no sense here: leave it unset for the default"}
	case s.Color != "" && s.Color != "auto" && s.Color != "always" && s.Color != "never":
		return s, &Error{File: "HTTSLEEP_COLOR", Message: fmt.Sprintf("want auto, always or never, got %q", s.Color)}
	}
	return s, nil
}

// Apply puts the settings over what a file says.
func (s Settings) Apply(spec *httsleep.Spec) {
	if s.Interval != 0 {
		spec.Interval = s.Interval
	}
	if s.Timeout != 0 {
		spec.Timeout = s.Timeout
	}
	if s.AttemptTimeout != 0 {
		spec.Request.Timeout.Total = s.AttemptTimeout
	}
	if s.Attempts != 0 {
		spec.Attempts = s.Attempts
	}
	if s.Proxy != "" {
		spec.Request.Proxy = s.Proxy
	}
}
