package engine

import (
	"github.com/httsleep/httsleep/matcher"
)

// describe fills in what an attempt came to.
func (a *Attempt) describe(response *matcher.Response, err error, j matcher.Judgement, cause error) {
	if response != nil {
		a.StatusCode = response.StatusCode
	}
	a.Err = err
	switch {
	case j.List == matcher.Alarms:
		a.Verdict = "alarm"
	case j.List == matcher.Until:
		a.Verdict = "match"
	case cause != nil || err != nil || j.UntilErr != nil || j.AlarmErr != nil:
		a.Verdict = "error"
	default:
		a.Verdict = "no_match"
	}
	if a.Err == nil && a.Verdict == "error" {
		a.Err = firstError(cause, j.UntilErr, j.AlarmErr)
	}
	a.Reason = j.Report.Reason()
	if err != nil && !j.FailureExpected {
		a.Reason = err.Error()
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Reason is one line that says why the poll ended as it did, or what the last
// attempt lacked.
func (r *Result) Reason() string {
	if len(r.History) == 0 {
		if r.Err != nil {
			return r.Err.Error()
		}
		return ""
	}
	return r.History[len(r.History)-1].Reason
}
