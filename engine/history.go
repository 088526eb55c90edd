package engine

import (
	"encoding/json"
	"time"
)

// How many attempts a History keeps.
const (
	historyFirst = 10
	historyLast  = 990
)

// Attempt is the record of one attempt, without its body.
type Attempt struct {
	Number     int
	At         time.Time
	StatusCode int   // 0 when the attempt failed
	Err        error // why it failed, or why it could not be judged
	Elapsed    time.Duration
	Delay      time.Duration // the wait after it; 0 after the last
	Verdict    string        // match, alarm, no_match or error
	Reason     string        // one line: why not yet, or why
}

// attemptJSON is the stored and printed form of an Attempt.
type attemptJSON struct {
	Number     int       `json:"attempt"`
	At         time.Time `json:"at"`
	StatusCode int       `json:"status_code,omitempty"`
	Error      *Failure  `json:"error,omitempty"`
	ElapsedMS  float64   `json:"elapsed_ms"`
	DelayMS    float64   `json:"delay_ms"`
	Verdict    string    `json:"verdict"`
	Reason     string    `json:"reason,omitempty"`
}

// MarshalJSON writes durations as milliseconds and the error as a [Failure].
func (a Attempt) MarshalJSON() ([]byte, error) {
	return json.Marshal(attemptJSON{
		a.Number, a.At.UTC(), a.StatusCode, failureOf(a.Err),
		milliseconds(a.Elapsed), milliseconds(a.Delay), a.Verdict, a.Reason,
	})
}

// UnmarshalJSON reads what MarshalJSON writes; the error keeps its kind and
// text.
func (a *Attempt) UnmarshalJSON(data []byte) error {
	var j attemptJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*a = Attempt{
		Number: j.Number, At: j.At, StatusCode: j.StatusCode,
		Elapsed: span(j.ElapsedMS), Delay: span(j.DelayMS), Verdict: j.Verdict, Reason: j.Reason,
	}
	if j.Error != nil {
		a.Err = j.Error
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Round(time.Microsecond)) / 1e6 }

func span(ms float64) time.Duration { return time.Duration(ms * 1e6) }

// History keeps the first 10 and the last 990 attempts.
type History struct {
	First   []Attempt `json:"first,omitempty"`
	Last    []Attempt `json:"last,omitempty"` // a ring once it is full
	Next    int       `json:"next,omitempty"` // where the ring is written next
	Dropped int       `json:"dropped,omitempty"`
}

// add appends an attempt, dropping the oldest of the last ones when full.
func (h *History) add(a Attempt) {
	switch {
	case len(h.First) < historyFirst:
		h.First = append(h.First, a)
	case len(h.Last) < historyLast:
		h.Last = append(h.Last, a)
	default:
		h.Last[h.Next] = a
		h.Next = (h.Next + 1) % historyLast
		h.Dropped++
	}
}

// attempts returns the kept attempts in order.
func (h *History) attempts() []Attempt {
	all := make([]Attempt, 0, len(h.First)+len(h.Last))
	all = append(all, h.First...)
	all = append(all, h.Last[h.Next:]...)
	return append(all, h.Last[:h.Next]...)
}
