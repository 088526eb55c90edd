package engine

import (
	"encoding/json"
	"math/rand/v2"
	"time"

	"github.com/httsleep/httsleep/matcher"
)

// Phase is a part of a poll's life.
type Phase string

// The phases, in order.
const (
	PhaseBefore Phase = "before"
	PhasePoll   Phase = "poll"
	PhaseAfter  Phase = "after"
)

// stateVersion is the version of State's stored form.
const stateVersion = 1

// State is all that a poll has to remember from step to step. It can be stored
// as JSON; the zero value is a poll that has not begun. It holds secrets
// (captures, cookies) as they are.
type State struct {
	Version    int                 `json:"version"`
	Spec       string              `json:"spec,omitempty"` // digest
	Phase      Phase               `json:"phase"`
	Step       int                 `json:"step,omitempty"`    // index in the phase
	Attempt    int                 `json:"attempt,omitempty"` // attempts made of the poll
	Tries      int                 `json:"tries,omitempty"`   // attempts made of the step of before or after
	StartedAt  time.Time           `json:"started_at"`
	NextAt     time.Time           `json:"next_at"`         // when the next step is due
	Final      bool                `json:"final,omitempty"` // the next attempt is the last, made at the deadline
	Renewed    bool                `json:"renewed,omitempty"`
	Seed       uint64              `json:"seed"`
	Memory     matcher.Memory      `json:"memory,omitempty"`      // of the poll
	StepMemory matcher.Memory      `json:"step_memory,omitempty"` // of the step of before or after
	Anchor     time.Time           `json:"anchor,omitzero"`       // when the first attempt began
	Captures   map[string]Capture  `json:"captures,omitempty"`
	URL        string              `json:"url,omitempty"`     // of the last response, of any phase; the fetcher's
	Cookies    json.RawMessage     `json:"cookies,omitempty"` // the fetcher's, opaque here
	Observed   map[string]int      `json:"observed,omitempty"`
	History    History             `json:"history,omitzero"`
	Success    *Success            `json:"success,omitempty"`
	Last       *matcher.Response   `json:"last,omitempty"`
	Report     matcher.Explanation `json:"report,omitzero"`
}

// Success is what a poll that goes on to its after phase has reached.
type Success struct {
	Index     int               `json:"index"`
	Condition matcher.Condition `json:"condition"`
}

// begin makes a zero state one that is ready for its first step.
func (p *Poll) begin(s *State) {
	if s.Version != 0 {
		return
	}
	now := time.Now()
	*s = State{
		Version: stateVersion, Spec: p.Digest, Phase: PhaseBefore,
		StartedAt: now, NextAt: now, Seed: s.Seed, Cookies: s.Cookies,
	}
	if s.Seed == 0 {
		s.Seed = rand.Uint64()
	}
	if len(p.Before) == 0 {
		s.Phase = PhasePoll
	}
}

// deadline is when the whole poll must have ended; the zero time is never.
func (p *Poll) deadline(s *State) time.Time {
	if p.Timeout <= 0 {
		return time.Time{}
	}
	return s.StartedAt.Add(p.Timeout)
}
