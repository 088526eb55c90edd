package matcher

import (
	"context"
	"encoding/json"
	"fmt"
)

// Matcher is the compiled form of an alarms and an until list. It is immutable
// and safe for concurrent use.
type Matcher struct {
	alarms []element
	until  []element
	calls  []*call // every callback, whose states are carried along
}

// element is one condition of a list.
type element struct {
	node      node
	condition Condition
}

// node is one part of a compiled condition.
type node interface {
	// judge decides the part. When its verdict cannot count any more, decided
	// is true: data is still looked at for the report, callbacks are skipped.
	judge(w *walk, decided bool) finding
	// skipped is the report of the part when it is not looked at.
	skipped() Report
}

// finding is what one node found: its report, and why it could not be decided.
type finding struct {
	Report
	err error
}

// walk is the judgement of one attempt, as it goes through the nodes.
type walk struct {
	ctx     context.Context
	attempt Attempt
	failed  bool            // there is no response to look at
	before  map[string]cell // what was remembered of each condition
	after   map[string]cell // what will be
	result  Judgement

	patternWork int // instructions × bytes that patterns went through
}

// cell is what is remembered of one condition.
type cell struct {
	Stable int             `json:"stable,omitempty"` // attempts in a row at which the rest held
	State  json.RawMessage `json:"state,omitempty"`  // of its callback
}

// Judge walks the alarms and then the until list over one attempt. The context
// bounds callbacks; data is judged even when it has ended, so that a response
// that came in time counts.
func (m *Matcher) Judge(ctx context.Context, a Attempt) Judgement {
	w := m.walk(ctx, a)
	w.result.Report.Alarms, w.result.AlarmErr = w.list(Alarms, m.alarms)
	w.result.Report.Until, w.result.UntilErr = w.list(Until, m.until)
	if tolerable(w.result.AlarmErr) {
		w.result.AlarmErr = nil
	}
	w.result.Memory = w.memory()
	return w.result
}

// walk starts a judgement: the states of callbacks stay as they are unless a
// callback changes its own, counts start again unless they go on.
func (m *Matcher) walk(ctx context.Context, a Attempt) *walk {
	w := &walk{ctx: ctx, attempt: a, failed: a.Err != nil || a.Response == nil}
	if len(a.Memory) > 0 {
		w.before = make(map[string]cell, len(a.Memory))
		for path, stored := range a.Memory {
			var c cell
			if json.Unmarshal(stored, &c) == nil {
				w.before[path] = c
			}
		}
	}
	for _, call := range m.calls {
		if state := w.before[call.condition].State; state != nil {
			w.remember(call.condition, func(c *cell) { c.State = state })
		}
	}
	return w
}

// Seed returns the memory in which every callback of the matcher finds a state,
// as if it had stored it at the attempt before. A state that could not have
// been stored is an error.
func (m *Matcher) Seed(state json.RawMessage) (Memory, error) {
	if err := checkState(state); err != nil {
		return nil, err
	}
	w := &walk{}
	for _, call := range m.calls {
		w.remember(call.condition, func(c *cell) { c.State = state })
	}
	return w.memory(), nil
}

// remember changes what the next attempt is told of a condition.
func (w *walk) remember(condition string, change func(*cell)) {
	if w.after == nil {
		w.after = map[string]cell{}
	}
	c := w.after[condition]
	change(&c)
	w.after[condition] = c
}

// memory is what was remembered, as JSON.
func (w *walk) memory() Memory {
	var m Memory
	for path, c := range w.after {
		if c.Stable == 0 && c.State == nil {
			continue
		}
		// A cell is a number and a piece of JSON that was checked before.
		stored, err := json.Marshal(c)
		if err != nil {
			continue
		}
		if m == nil {
			m = Memory{}
		}
		m[path] = stored
	}
	return m
}

// list judges the conditions of one list in order, up to the first that holds.
// After an alarm the until list is not looked at.
func (w *walk) list(name string, list []element) (reports []Report, failure error) {
	for i, e := range list {
		if w.result.List != "" {
			reports = append(reports, e.node.skipped())
			continue
		}
		f := e.node.judge(w, false)
		reports = append(reports, f.Report)
		failure = worse(failure, f.err)
		if f.Verdict == Match {
			w.result.List, w.result.Index, w.result.Condition = name, i, e.condition
			w.result.FailureExpected = w.result.FailureExpected || w.failed
		}
	}
	if w.result.List == name {
		failure = nil
	}
	return reports, failure
}

// group is a condition with several keys, a list of checks of which all must
// hold, or all or any of a tree.
type group struct {
	path   string
	any    bool
	stable int // attempts in a row at which the rest must hold; 0: no matter
	parts  []node
}

func (g *group) skipped() Report { return Report{Path: g.path, Verdict: Skipped} }

// judge follows Kleene's logic with two unknowns, an error being stronger than
// a part that was skipped: one part that decides, decides; else an error is the
// verdict, else skipped, else what all parts say. Any stops at the first part
// that holds; all goes on for the report.
func (g *group) judge(w *walk, decided bool) finding {
	decisive, f := NoMatch, finding{Report: Report{Path: g.path, Verdict: Match}}
	if g.any {
		decisive, f.Verdict = Match, NoMatch
	}
	for _, part := range g.parts {
		if g.any && f.Verdict == decisive {
			f.Children = append(f.Children, part.skipped())
			continue
		}
		found := part.judge(w, decided || f.Verdict == decisive)
		f.Children = append(f.Children, found.Report)
		f.err = worse(f.err, found.err)
		f.Verdict = stronger(f.Verdict, found.Verdict, decisive)
	}
	if f.Verdict != Error {
		f.err = nil
	}
	f.Reason = f.decidingReason()
	g.countStable(w, &f)
	return f
}

// stronger returns the verdict that counts of two parts of a group.
func stronger(a, b, decisive Verdict) Verdict {
	for _, verdict := range []Verdict{decisive, Error, Skipped} {
		if a == verdict || b == verdict {
			return verdict
		}
	}
	return a
}

// decidingReason is the reason of the first child that has the verdict of its
// parent.
func (r *Report) decidingReason() string {
	for _, child := range r.Children {
		if child.Verdict == r.Verdict && child.Reason != "" {
			return child.Reason
		}
	}
	return ""
}

// countStable turns a match into a miss until it is one of enough in a row.
func (g *group) countStable(w *walk, f *finding) {
	if g.stable == 0 {
		return
	}
	path := join(g.path, "stable")
	report := Report{Path: path, Want: fmt.Append(nil, g.stable), Verdict: f.Verdict}
	if f.Verdict == Match {
		count := min(max(w.before[g.path].Stable, 0)+1, g.stable)
		w.remember(g.path, func(c *cell) { c.Stable = count })
		report.Got = fmt.Append(nil, count)
		report.Reason = fmt.Sprintf("stable: held at %d of %d attempts in a row", count, g.stable)
		if count < g.stable {
			f.Verdict, f.Reason, report.Verdict = NoMatch, report.Reason, NoMatch
		}
	} else {
		report.Verdict, report.Got = Skipped, fmt.Append(nil, 0)
	}
	f.Children = append(f.Children, report)
}

// negation is `not`.
type negation struct {
	path string
	part node
}

func (n *negation) skipped() Report { return Report{Path: n.path, Verdict: Skipped} }

func (n *negation) judge(w *walk, decided bool) finding {
	found := n.part.judge(w, decided)
	f := finding{Report: Report{Path: n.path, Verdict: found.Verdict, Children: []Report{found.Report}}, err: found.err}
	f.Reason = found.Reason
	switch found.Verdict {
	case Match:
		f.Verdict, f.Reason = NoMatch, "not wanted: "+found.Reason
	case NoMatch:
		f.Verdict = Match
	}
	return f
}

// leaf is one check of data.
type leaf struct {
	path    string
	want    json.RawMessage
	failure bool // looks at the failure of an attempt and not at a response
	look    func(w *walk) sight
}

// sight is what a leaf saw.
type sight struct {
	holds  bool
	got    json.RawMessage
	reason string
	err    error
}

func (l *leaf) skipped() Report {
	return Report{Path: l.path, Want: l.want, Verdict: Skipped}
}

func (l *leaf) judge(w *walk, _ bool) finding {
	if w.failed && !l.failure {
		return finding{Report: l.skipped()}
	}
	s := l.look(w)
	f := finding{Report: Report{Path: l.path, Want: l.want, Got: s.got, Verdict: NoMatch, Reason: cutLine(printable(s.reason))}}
	switch {
	case s.err != nil:
		f.err = evalError(l.path, "callback", s.err)
		f.Verdict, f.Reason = Error, cutLine(printable(s.err.Error()))
	case s.holds:
		f.Verdict = Match
	}
	return f
}
