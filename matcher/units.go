package matcher

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// durationUnits are the units of a duration. The ones below a millisecond are
// there because [time.Duration.String] writes them.
var durationUnits = map[string]int64{
	"ns": int64(time.Nanosecond),
	"us": int64(time.Microsecond),
	"µs": int64(time.Microsecond),
	"ms": int64(time.Millisecond),
	"s":  int64(time.Second),
	"m":  int64(time.Minute),
	"h":  int64(time.Hour),
	"d":  24 * int64(time.Hour),
}

// sizeUnits are the units of a size, in lower case.
var sizeUnits = map[string]int64{
	"b":  1,
	"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}

// ParseDuration reads a time span: a number of seconds ("30", "0.5"), or
// numbers with the units ms, s, m, h and d ("500ms", "1h30m", "2d"). A day has
// 24 hours. Negative spans are errors.
func ParseDuration(text string) (time.Duration, error) {
	rest := strings.TrimSpace(text)
	if number, unit, _ := cutQuantity(rest); number != "" && number == rest && unit == "" {
		rest += "s"
	}
	var total int64
	for first := true; first || rest != ""; first = false {
		number, unit, after := cutQuantity(rest)
		n, err := scale(number, durationUnits[unit])
		if err != nil || n > math.MaxInt64-total {
			return 0, fmt.Errorf("%q is no duration: want a number of seconds, or numbers with the units ms, s, m, h or d, as 1h30m", cut(text, maxQuoted))
		}
		total, rest = total+n, after
	}
	return time.Duration(total), nil
}

// ParseSize reads a number of bytes: "1048576", "10MiB" (powers of 1024) or
// "1MB" (powers of 1000). Units may be written in any case. Negative sizes are
// errors.
func ParseSize(text string) (int64, error) {
	number, unit, after := cutQuantity(strings.TrimSpace(text))
	unit = strings.ToLower(unit)
	if unit == "" {
		unit = "b"
	}
	n, err := scale(number, sizeUnits[unit])
	if err != nil || after != "" {
		return 0, fmt.Errorf("%q is no size: want a number of bytes, or a number with a unit, as 10MiB or 1MB", cut(text, maxQuoted))
	}
	return n, nil
}

// cutQuantity splits a number and its unit off the start of text; blanks may
// stand between the two.
func cutQuantity(text string) (number, unit, rest string) {
	end := len(text) - len(strings.TrimLeft(text, "0123456789."))
	number, text = text[:end], strings.TrimLeft(text[end:], " ")
	end = strings.IndexAny(text, "0123456789. ")
	if end < 0 {
		end = len(text)
	}
	return number, text[:end], strings.TrimLeft(text[end:], " ")
}

// errQuantity is replaced by a message that says what was expected.
var errQuantity = errors.New("no quantity")

// scale multiplies a decimal number by a unit. A unit of 0 is an unknown one.
func scale(number string, unit int64) (int64, error) {
	whole, fraction, dotted := strings.Cut(number, ".")
	if unit == 0 || whole+fraction == "" || strings.Contains(fraction, ".") {
		return 0, errQuantity
	}
	n, err := strconv.ParseInt("0"+whole, 10, 64)
	if err != nil || n > math.MaxInt64/unit {
		return 0, errQuantity
	}
	n *= unit
	if !dotted || fraction == "" {
		return n, nil
	}
	part, err := strconv.ParseFloat("0."+fraction, 64)
	if err != nil {
		return 0, errQuantity
	}
	extra := int64(math.Round(part * float64(unit)))
	if extra > math.MaxInt64-n {
		return 0, errQuantity
	}
	return n + extra, nil
}
