package httsleep

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/httsleep/httsleep/engine"
	"github.com/httsleep/httsleep/matcher"
)

// matcher compiles conditions that stand at a place of the Spec: "" or
// "before[0].". Where operands refer to captures, the matcher is made anew by
// the engine.Bind once the captures are known.
func (c *compiler) matcher(prefix string, alarms, until Conditions) (*matcher.Matcher, engine.Bind) {
	refers := false
	literal := func(text string) (string, error) {
		t, err := parseTemplate(text)
		if captures := t.captures(); len(captures) > 0 {
			refers = true
			c.needs(strings.TrimSuffix(prefix, "."), captures)
			return text, err
		}
		constant, _ := t.constant()
		return constant, err
	}
	m, err := c.compileLists(alarms, until, func(path string, list Conditions) Conditions {
		expanded, err := expandAll(list, literal)
		c.note(prefix+path, err)
		return expanded
	})
	for _, mistake := range unjoin(err) {
		c.mistakes = append(c.mistakes, moved(mistake, prefix))
	}
	if !refers {
		return m, nil
	}
	return nil, c.bind(alarms, until)
}

// bind makes matchers for captures, keeping the last one.
func (c *compiler) bind(alarms, until Conditions) engine.Bind {
	var (
		mu   sync.Mutex
		last map[string]engine.Capture
		made *matcher.Matcher
	)
	return func(captures map[string]engine.Capture) (*matcher.Matcher, error) {
		mu.Lock()
		defer mu.Unlock()
		if made != nil && maps.Equal(last, captures) {
			return made, nil
		}
		var missing error
		m, err := c.compileLists(alarms, until, func(_ string, list Conditions) Conditions {
			expanded, err := expandAll(list, func(text string) (string, error) { return expandText(text, captures) })
			missing = errors.Join(missing, err)
			return expanded
		})
		if err := errors.Join(missing, err); err != nil {
			return nil, &captureError{err.Error()}
		}
		last, made = captures, m
		return m, nil
	}
}

// compileLists compiles both lists after a change to each.
func (c *compiler) compileLists(alarms, until Conditions, change func(string, Conditions) Conditions) (*matcher.Matcher, error) {
	return matcher.Compile(c.live.ctx,
		change(matcher.Alarms, alarms), change(matcher.Until, until), matcher.Options{Loaders: c.live.loaders})
}

// expandText replaces the references in a text.
func expandText(text string, captures map[string]engine.Capture) (string, error) {
	t, err := parseTemplate(text)
	if err != nil {
		return "", err
	}
	return t.expand(captures, verbatim)
}

// expandAll replaces the strings in the operands of conditions.
func expandAll(list Conditions, replace func(string) (string, error)) (Conditions, error) {
	expanded := make(Conditions, len(list))
	for i, condition := range list {
		one, err := condition.Expand(replace)
		if err != nil {
			return list, fmt.Errorf("condition %d: %w", i+1, err)
		}
		expanded[i] = one
	}
	return expanded, nil
}

// moved puts a prefix before the path of a mistake in a condition.
func moved(mistake error, prefix string) error {
	var wrong *matcher.ConditionError
	if prefix == "" || !errors.As(mistake, &wrong) {
		return mistake
	}
	at := *wrong
	at.Path = prefix + at.Path
	return &at
}

// unjoin lists the errors that errors.Join has joined.
func unjoin(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}
