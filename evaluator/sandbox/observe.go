package sandbox

import (
	"cmp"
	"slices"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/sandbox/walls"
)

// Observation is what became of one evaluation, or of loading a callback where
// that failed.
type Observation struct {
	Outcome
	Err    error // of the evaluation
	Usage  evaluator.Usage
	Worker int          // its process
	Walls  walls.Report // around it
}

// Outcome says whose evaluation it was and how it ended.
type Outcome struct {
	Tenant string
	Tier   evaluator.Tier // always untrusted
	Kind   string         // of the callback
	End    string         // "match", "no_match", or the kind of the error, as "limit:wall"; "error" without one
}

// Count is how often there was an outcome.
type Count struct {
	Outcome
	N int
}

// Counts are the outcomes of all evaluations so far, and of loading where that
// failed, in the order of their names. Beyond some thousands of them, tenants
// that are new are counted together, without a name.
func (p *Pool) Counts() []Count {
	p.mu.Lock()
	defer p.mu.Unlock()
	counts := make([]Count, 0, len(p.counts))
	for outcome, n := range p.counts {
		counts = append(counts, Count{outcome, n})
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.End, b.End))
	})
	return counts
}

// maxCounts is how many outcomes are told apart.
const maxCounts = 16_000

// tell counts an outcome and tells the observer.
func (p *Pool) tell(o Observation) {
	p.mu.Lock()
	counted := o.Outcome
	if _, known := p.counts[counted]; !known && len(p.counts) >= maxCounts {
		counted.Tenant = ""
	}
	p.counts[counted]++
	p.mu.Unlock()
	if p.observe != nil {
		p.observe(o)
	}
}
