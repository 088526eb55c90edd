package retry

import (
	"errors"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"time"
)

// ParseRetryAfter reads the value of a Retry-After header (RFC 9110, section
// 10.2.3) as the time to wait from now: a whole number of seconds, or a date
// in a form of [http.ParseTime] or [mail.ParseDate], with blanks around it.
// A date in the past is zero, a wait too long for a time.Duration is the
// longest one. It returns false for anything else, as "-1" or "1.5".
//
// The result has no upper bound that would be of use: clamp it.
func ParseRetryAfter(value string, now time.Time) (time.Duration, bool) {
	value = strings.Trim(value, " \t")
	seconds, err := strconv.ParseUint(value, 10, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return saturate(float64(seconds) * float64(time.Second)), true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		date, err = mail.ParseDate(value)
	}
	if err != nil {
		return 0, false
	}
	return max(date.Sub(now), 0), true
}
