package main

import "fmt"

// rhythm says in words how often and how long a poll asks.
func (p *poll) rhythm() string {
	plan := p.poller.Plan()
	words := "with growing delays"
	if p.spec.Backoff == nil {
		words = "every " + spell(plan.Delay.Delay(1, 0))
	}
	if plan.Attempts > 0 {
		words += fmt.Sprintf(", at most %s", plural(plan.Attempts, "attempt"))
	}
	if plan.Timeout > 0 {
		words += ", for at most " + spell(plan.Timeout)
	}
	if p.spec.Request.TLS.Insecure {
		words += " (warning: certificates are not verified)"
	}
	return words
}

// outOf is the part of "3/50" behind the 3; empty when there is no bound.
func (p *poll) outOf() string {
	if n := p.poller.Plan().Attempts; n > 0 {
		return fmt.Sprintf("/%d", n)
	}
	return ""
}
