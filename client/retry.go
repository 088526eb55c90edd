package client

import (
	"net/http"
	"time"
)

type Retry struct{}
type budget struct{ policy *Retry }

func (r *Retry) budget() *budget { return &budget{r} }
func (r *Retry) retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	return 0, false
}
func (b *budget) judge(s *sending, out *Stream, err error) (time.Duration, bool, error) {
	return 0, false, err
}
func (b *budget) redirect(s *sending, resp *http.Response) (bool, error) { return true, nil }
