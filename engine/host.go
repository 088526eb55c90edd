package engine

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/retry"
)

// HostLimits bound the requests to one host.
type HostLimits struct {
	Name      string        // of the host, for messages
	Threshold int           // failures within Reset that open the breaker; 0: it has none
	Reset     time.Duration // how long the breaker stays open
	Count     int           // requests per span; 0: any number
	Per       time.Duration
}

// Hosts are what the polls of one process share: one Host for each host and its
// limits. The zero value is ready; it is safe for concurrent use.
type Hosts struct {
	mu    sync.Mutex
	hosts map[HostLimits]*Host
}

// Host returns the Host with these limits, the same one for equal limits.
func (h *Hosts) Host(l HostLimits) *Host {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.hosts == nil {
		h.hosts = make(map[HostLimits]*Host)
	}
	if h.hosts[l] == nil {
		h.hosts[l] = newHost(l)
	}
	return h.hosts[l]
}

// Host is what polls of one host share: its breaker and its rate. It is safe
// for concurrent use.
type Host struct {
	breaker *retry.Breaker
	limiter *rate.Limiter
}

func newHost(l HostLimits) *Host {
	h := &Host{}
	if l.Threshold > 0 {
		h.breaker = retry.NewBreaker(retry.BreakerOptions{Name: l.Name, Threshold: l.Threshold, Reset: l.Reset})
	}
	if l.Count > 0 {
		h.limiter = rate.NewLimiter(rate.Every(l.Per/time.Duration(l.Count)), 1)
	}
	return h
}

// fetch makes a request when the rate allows it and the breaker is not open. A
// response of 500 or more counts as a failure for the breaker, as an error
// does.
func (h *Host) fetch(ctx context.Context, f Fetcher, r Request) (*matcher.Response, error) {
	if err := h.wait(ctx); err != nil {
		return nil, err
	}
	if h.breaker == nil {
		return f.Fetch(ctx, r)
	}
	permit, err := h.breaker.Allow()
	if err != nil {
		return nil, err
	}
	done := false
	defer func() {
		if !done {
			permit.Done(nil) // a panic is not the host's failure
		}
	}()
	response, err := f.Fetch(ctx, r)
	done = true
	permit.Done(failed(response, err))
	return response, err
}

// wait blocks until the rate allows a request, or ctx ends.
func (h *Host) wait(ctx context.Context) error {
	if h.limiter == nil {
		return nil
	}
	turn := h.limiter.Reserve()
	if err := sleepUntil(ctx, time.Now().Add(turn.Delay())); err != nil {
		turn.Cancel()
		return kindError{"timeout", "the rate left no time for another attempt"}
	}
	return nil
}

// hostFailures are the kinds of errors that a host is to blame for.
var hostFailures, _ = matcher.ParseKinds("connection", "timeout", "tls", "protocol")

// failed is the error that an answer counts as for the breaker.
func failed(response *matcher.Response, err error) error {
	switch {
	case err == nil && response.StatusCode >= 500:
		return kindError{"protocol", response.URL}
	case err != nil && hostFailures.Has(kindOf(err)):
		return err
	}
	return nil
}
