package httsleep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// Duration is a time span in a Spec. As text it is a number of seconds ("30")
// or numbers with the units ms, s, m, h and d ("1h30m"); some keys also take
// "none". The zero value is the key's default.
type Duration time.Duration

// None is the Duration of a bound that is explicitly absent.
const None Duration = -1

// UnmarshalText reads the form described at [Duration].
func (d *Duration) UnmarshalText(text []byte) error {
	if string(text) == "none" {
		*d = None
		return nil
	}
	span, err := matcher.ParseDuration(string(text))
	*d = Duration(span)
	return err
}

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) {
	if d == None {
		return []byte("none"), nil
	}
	return []byte(time.Duration(d).String()), nil
}

// UnmarshalJSON reads a string or a number of seconds.
func (d *Duration) UnmarshalJSON(data []byte) error { return unmarshalScalar(data, d) }

// or returns the span, or a default for the zero value; None is 0.
func (d Duration) or(fallback time.Duration) time.Duration {
	switch d {
	case 0:
		return fallback
	case None:
		return 0
	}
	return time.Duration(d)
}

// Attempts is a number of attempts, or Forever. The zero value is the default.
type Attempts int

// Forever is the number of attempts of a poll that only its timeout, its
// conditions or its context end.
const Forever Attempts = -1

// UnmarshalText reads a number of 1 or more, or "forever".
func (a *Attempts) UnmarshalText(text []byte) error {
	if string(text) == "forever" || string(text) == "null" {
		*a = Forever
		return nil
	}
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 1 {
		return fmt.Errorf("%q is no number of attempts: want 1 or more, or forever", text)
	}
	*a = Attempts(n)
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (a Attempts) MarshalText() ([]byte, error) {
	if a == Forever {
		return []byte("forever"), nil
	}
	return strconv.AppendInt(nil, int64(a), 10), nil
}

// UnmarshalJSON reads a number, "forever" or null, which is forever too.
func (a *Attempts) UnmarshalJSON(data []byte) error { return unmarshalScalar(data, a) }

// Size is a number of bytes in a Spec: "1048576", "1MiB" or "1MB".
type Size int64

// UnmarshalText reads the form described at [Size].
func (s *Size) UnmarshalText(text []byte) error {
	n, err := matcher.ParseSize(string(text))
	*s = Size(n)
	return err
}

// MarshalText writes what UnmarshalText reads.
func (s Size) MarshalText() ([]byte, error) { return strconv.AppendInt(nil, int64(s), 10), nil }

// UnmarshalJSON reads a string or a number of bytes.
func (s *Size) UnmarshalJSON(data []byte) error { return unmarshalScalar(data, s) }

// Rate is the most attempts in a second, minute or hour, as "10/s". The zero
// value is no bound.
type Rate struct {
	Count int
	Per   time.Duration
}

// rateUnits are the spans that a Rate may count over.
var rateUnits = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}

// UnmarshalText reads the form described at [Rate].
func (r *Rate) UnmarshalText(text []byte) error {
	count, unit, _ := strings.Cut(string(text), "/")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	per := rateUnits[strings.TrimSpace(unit)]
	if err != nil || n < 1 || per == 0 {
		return fmt.Errorf("%q is no rate: want a number per s, m or h, as 10/s", text)
	}
	*r = Rate{Count: n, Per: per}
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (r Rate) MarshalText() ([]byte, error) {
	for unit, per := range rateUnits {
		if per == r.Per {
			return fmt.Appendf(nil, "%d/%s", r.Count, unit), nil
		}
	}
	return nil, nil
}

// Pace says what the delay between attempts is counted from.
type Pace string

// The paces.
const (
	PaceDelay Pace = "delay" // from the end of an attempt; the default
	PaceGrid  Pace = "grid"  // attempts keep to multiples of the interval since the start
)

// UnmarshalText reads one of the paces.
func (p *Pace) UnmarshalText(text []byte) error {
	return oneOf(p, text, PaceDelay, PaceGrid)
}

// Jitter says how much of a delay is left to chance.
type Jitter string

// The jitters.
const (
	JitterNone  Jitter = "none"  // the delay as it is; the default
	JitterFull  Jitter = "full"  // anything from 0 to the delay
	JitterEqual Jitter = "equal" // anything from half the delay to the delay
)

// UnmarshalText reads one of the jitters.
func (j *Jitter) UnmarshalText(text []byte) error {
	return oneOf(j, text, JitterNone, JitterFull, JitterEqual)
}

func oneOf[T ~string](to *T, text []byte, choices ...T) error {
	for _, choice := range choices {
		if string(choice) == string(text) {
			*to = choice
			return nil
		}
	}
	return fmt.Errorf("%q is none of %v", text, choices)
}

// unmarshalScalar lets a type that reads text also read JSON numbers and null.
func unmarshalScalar(data []byte, to interface{ UnmarshalText([]byte) error }) error {
	if bytes.HasPrefix(data, []byte(`"`)) {
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		data = []byte(text)
	}
	return to.UnmarshalText(data)
}

// JSON is any JSON value, kept as it was written.
type JSON = json.RawMessage

// Values are the values of one header field. In a Spec they are one string or a
// list; null is an empty list, which removes a default field.
type Values []string

// UnmarshalJSON reads a string, a number, a boolean, a list of these, or null.
func (v *Values) UnmarshalJSON(data []byte) error {
	document, err := jsonpath.Parse(data)
	if err != nil {
		return err
	}
	*v, err = scalarTexts(document.Root())
	return err
}

// Field is one name and value of a query or form.
type Field struct{ Name, Value string }

// Query is a list of fields in order, names repeating. In a Spec it is an
// object whose values are a string, a number, a boolean, or a list of these.
type Query []Field

// UnmarshalJSON reads the form described at [Query].
func (q *Query) UnmarshalJSON(data []byte) error {
	document, err := jsonpath.Parse(data)
	if err != nil {
		return err
	}
	if document.Root().Kind() != jsonpath.Object {
		return fmt.Errorf("want an object of names and values, got %s", document.Root().Kind())
	}
	*q = nil
	for name, value := range document.Root().Members() {
		texts, err := scalarTexts(value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, text := range texts {
			*q = append(*q, Field{name, text})
		}
	}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (q Query) MarshalJSON() ([]byte, error) {
	dst := []byte{'{'}
	written := make(map[string]bool)
	for _, field := range q {
		if written[field.Name] {
			continue
		}
		written[field.Name] = true
		var values []string
		for _, other := range q {
			if other.Name == field.Name {
				values = append(values, other.Value)
			}
		}
		list, err := json.Marshal(values)
		if err != nil {
			return nil, err
		}
		dst = append(append(appendString(dst, field.Name), ':'), list...)
		dst = append(dst, ',')
	}
	return closed(dst, '{', '}'), nil
}

// scalarTexts are the texts of a scalar or of a list of scalars; null has none.
func scalarTexts(v jsonpath.Value) ([]string, error) {
	switch v.Kind() {
	case jsonpath.Null:
		return nil, nil
	case jsonpath.String:
		return []string{v.Text()}, nil
	case jsonpath.Number:
		return []string{v.Literal()}, nil
	case jsonpath.Boolean:
		return []string{strconv.FormatBool(v.Bool())}, nil
	case jsonpath.Object:
		return nil, errors.New("want a string, a number, a boolean or a list of these, got an object")
	}
	var texts []string
	for element := range v.Elements() {
		if element.Kind() == jsonpath.Array || element.Kind() == jsonpath.Null {
			return nil, fmt.Errorf("want a string, a number or a boolean in the list, got %s", element.Kind())
		}
		text, err := scalarTexts(element)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text...)
	}
	return texts, nil
}
