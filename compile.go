package httsleep

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/httsleep/httsleep/client"
	"github.com/httsleep/httsleep/engine"
	"github.com/httsleep/httsleep/matcher"
	"github.com/httsleep/httsleep/retry"
)

// The defaults of a poll.
const (
	defaultInterval      = 2 * time.Second
	defaultAttempts      = 50
	defaultRetryAfter    = 5 * time.Minute
	defaultBackoffFactor = 2
	defaultBackoffMax    = 2 * time.Minute
	upInterval           = 500 * time.Millisecond
	upTimeout            = time.Minute
)

// Compile checks a Spec whole and makes a Poller of it. It opens no file and
// reads no environment. All mistakes are reported at once: the error unwraps to
// a list of *[SpecError] and *[matcher.ConditionError].
func Compile(spec Spec, options ...Option) (*Poller, error) {
	settings := live{ctx: context.Background(), redactor: new(Redactor)}
	for _, option := range options {
		if option != nil {
			option(&spec, &settings)
		}
	}
	spec.applyUp()
	c := &compiler{spec: &spec, live: &settings, redactor: settings.redactor, captured: make(map[string]bool)}
	c.redactor.Add(settings.secrets...)
	own := settings.shared == nil
	if own {
		settings.shared = new(Shared)
	}
	poller := c.poller()
	if own {
		poller.own = settings.shared
	}
	if len(c.mistakes) > 0 {
		return nil, errors.Join(c.mistakes...)
	}
	return poller, nil
}

// applyUp gives an `up` poll its own defaults.
func (s *Spec) applyUp() {
	if !s.Up {
		return
	}
	s.Ignore = append([]string{"transient"}, s.Ignore...)
	if s.Interval == 0 && s.Backoff == nil {
		s.Interval = Duration(upInterval)
	}
	if s.Timeout == 0 {
		s.Timeout = Duration(upTimeout)
	}
	s.Until = s.Until.OrUp()
}

// compiler makes a Poller and collects what is wrong with the Spec.
type compiler struct {
	spec     *Spec
	live     *live
	redactor *Redactor
	captured map[string]bool // the captures that stand before what is compiled now
	mistakes []error
}

// needs notes references to captures that nothing before has made.
func (c *compiler) needs(path string, captures []string) {
	for _, name := range captures {
		if !c.captured[name] {
			c.mistake(path, "nothing before captures %q: give a request of before a capture of that name", name)
		}
	}
}

// offers makes the captures of an exchange known to what follows.
func (c *compiler) offers(captures map[string]Capture) {
	for name := range captures {
		c.captured[name] = true
	}
}

// mistake notes what is wrong with a key.
func (c *compiler) mistake(path, format string, args ...any) {
	c.mistakes = append(c.mistakes, &SpecError{path, fmt.Sprintf(format, args...)})
}

// note notes an error, as a mistake at path unless it says itself where it is.
func (c *compiler) note(path string, err error) {
	if err != nil {
		c.mistakes = append(c.mistakes, &SpecError{path, err.Error()})
	}
}

func (c *compiler) poller() *Poller {
	s := c.spec
	p := &Poller{redactor: c.redactor, fetcher: newFetcher(c)}
	before := c.exchanges(p.fetcher, engine.PhaseBefore, s.Before)
	c.request(p.fetcher, engine.PhasePoll, "request", &s.Request, len(s.Before) > 0)
	p.plan = engine.Poll{
		Name:        s.Name,
		Attempts:    c.attempts(),
		Timeout:     c.duration("timeout", s.Timeout, 0),
		Delay:       c.delay("", s.Interval, s.Backoff),
		Grid:        s.Pace == PaceGrid,
		Gap:         s.gap(),
		Ignore:      c.ignore(),
		LastAttempt: s.Request.Timeout.Total.or(0),
		RetryAfter:  c.retryAfter(),
		Before:      before,
		RenewOn:     s.RenewOn,
		Host:        c.host(),
		Observer:    c.live.observer,
	}
	p.plan.Matcher, p.plan.Bind = c.matcher("", s.Alarms, s.Until)
	p.plan.After = c.exchanges(p.fetcher, engine.PhaseAfter, s.After)
	p.hooks = c.hooks()
	p.plan.Digest = c.digest()
	return p
}

// attempts is the most attempts of the poll, 0 being no bound.
func (c *compiler) attempts() int {
	switch n := c.spec.Attempts; {
	case n == Forever, n == 0 && c.spec.Timeout > 0:
		return 0
	case n == 0:
		return defaultAttempts
	case n < 0:
		c.mistake("attempts", "%d is no number of attempts: want 1 or more, or forever", n)
		return 0
	default:
		return int(n)
	}
}

// duration is a span of the Spec, or its default.
func (c *compiler) duration(path string, d Duration, fallback time.Duration) time.Duration {
	if d < 0 && d != None {
		c.mistake(path, "%v is below 0", time.Duration(d))
	}
	return d.or(fallback)
}

// gap is the shortest delay that a backoff leaves before the deadline.
func (s *Spec) gap() time.Duration {
	if s.Backoff == nil {
		return 0
	}
	return s.Backoff.Min.or(0)
}

// delay makes the delays between attempts.
func (c *compiler) delay(prefix string, interval Duration, b *Backoff) retry.Backoff {
	if interval < 0 {
		c.mistake(prefix+"interval", "want a duration above 0")
	}
	base := c.duration(prefix+"interval", interval, defaultInterval)
	if b == nil {
		return retry.Constant(base)
	}
	return c.backoff(prefix+"backoff", *b, base)
}

// backoff makes the delays that a backoff describes.
func (c *compiler) backoff(path string, b Backoff, interval time.Duration) retry.Backoff {
	initial := c.duration(path+".initial", b.Initial, interval)
	low, high := c.duration(path+".min", b.Min, 0), c.duration(path+".max", b.Max, defaultBackoffMax)
	if low > high {
		c.mistake(path+".min", "min %v is above max %v", low, high)
	}
	factor := b.Factor
	switch {
	case factor == 0:
		factor = defaultBackoffFactor
	case factor < 1:
		c.mistake(path+".factor", "%v makes delays shrink: want 1 or more", factor)
	}
	delays := retry.Exponential(initial, factor)
	if len(b.Schedule) > 0 {
		if b.Initial != 0 || b.Factor != 0 {
			c.mistake(path+".schedule", "a schedule takes no initial and no factor")
		}
		delays = retry.Schedule(c.schedule(path, b.Schedule)...)
		high = b.Max.or(0)
	}
	return jittered(b.Jitter, delays, low, high)
}

func (c *compiler) schedule(path string, list []Duration) []time.Duration {
	spans := make([]time.Duration, len(list))
	for i, d := range list {
		spans[i] = c.duration(fmt.Sprintf("%s.schedule[%d]", path, i), d, 0)
	}
	return spans
}

// jittered leaves part of the delays to chance and keeps them within bounds;
// high 0 is no bound.
func jittered(j Jitter, delays retry.Backoff, low, high time.Duration) retry.Backoff {
	if high > 0 {
		delays = delays.Capped(0, high)
	} else {
		high = 1<<63 - 1
	}
	switch j {
	case JitterFull:
		delays = retry.FullJitter(delays)
	case JitterEqual:
		delays = retry.EqualJitter(delays)
	}
	return delays.Capped(low, high)
}

func (c *compiler) ignore() matcher.KindSet {
	set, err := matcher.ParseKinds(c.spec.Ignore...)
	c.note("ignore_errors", err)
	return set
}

// retryAfter is the longest wait that a response may ask for; 0: it is not
// heeded.
func (c *compiler) retryAfter() time.Duration {
	r := c.spec.RetryAfter
	switch {
	case r == nil:
		return defaultRetryAfter
	case r.Respect != nil && !*r.Respect:
		return 0
	}
	return c.duration("retry_after.max", r.Max, defaultRetryAfter)
}

// host makes what bounds the requests to one host, if the Spec asks for it.
func (c *compiler) host() *engine.Host {
	b, r := c.spec.Breaker, c.spec.Rate
	if b == nil && r.Count == 0 {
		return nil
	}
	limits := engine.HostLimits{Name: c.hostName(), Count: r.Count, Per: r.Per}
	if b != nil {
		limits.Threshold, limits.Reset = b.Threshold, c.duration("breaker.reset", b.Reset, 0)
		if b.Threshold < 1 || limits.Reset == 0 {
			c.mistake("breaker", "a breaker needs a threshold of 1 or more and a reset")
		}
	}
	return c.live.shared.hosts.Host(limits)
}

// hostName is the host that the poll asks, as far as the Spec tells.
func (c *compiler) hostName() string {
	u, err := client.ParseURL(c.spec.Request.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

// exchanges compiles the requests of before or after, each of which may refer to
// what those before it have captured.
func (c *compiler) exchanges(f *fetcher, phase engine.Phase, list []Exchange) []engine.Exchange {
	compiled := make([]engine.Exchange, len(list))
	for i, e := range list {
		prefix := fmt.Sprintf("%s[%d].", phase, i)
		c.request(f, phase, prefix+"request", &list[i].Request, phase == engine.PhaseAfter || i > 0)
		attempts := int(e.Attempts)
		switch {
		case e.Attempts == Forever:
			attempts = 1<<31 - 1
		case attempts == 0:
			attempts = defaultAttempts
		}
		interval := e.Interval
		if interval == 0 {
			interval = c.spec.Interval
		}
		compiled[i] = engine.Exchange{
			Name: e.Name, Attempts: attempts, Delay: c.delay(prefix, interval, nil),
			Capture: c.captures(prefix, e.Capture),
		}
		if len(e.Until) > 0 {
			compiled[i].Matcher, compiled[i].Bind = c.matcher(prefix, nil, e.Until)
		}
		c.offers(e.Capture)
	}
	return compiled
}

// digest identifies the Spec, so that a State is not used with another one.
func (c *compiler) digest() string {
	if len(c.mistakes) > 0 {
		return ""
	}
	data, err := json.Marshal(c.spec)
	c.note("", err)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
