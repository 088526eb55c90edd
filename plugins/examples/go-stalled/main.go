// Command go-stalled is a plugin that is an alarm for a job without progress: it
// matches when the progress of the JSON body has been the same for
// config.attempts attempts, 5 by default.
package main

import (
	"errors"
	"fmt"

	"github.com/httsleep/httsleep/plugins/sdk"
)

func init() { sdk.Handle("check", check) }

func main() { sdk.Main() }

// seen is what is kept from attempt to attempt.
type seen struct {
	Progress float64 `json:"progress"`
	Since    int     `json:"since"` // the attempt that saw this progress first
}

func check(c *sdk.Call) (bool, error) {
	config := struct{ Attempts int }{5}
	var before seen
	var job struct{ Progress *float64 }
	if err := errors.Join(c.Config(&config), c.State(&before), c.JSON(&job)); err != nil {
		return false, err
	}
	if job.Progress == nil {
		return false, errors.New("the body has no progress")
	}
	if before.Since == 0 || before.Progress != *job.Progress {
		c.Reason(fmt.Sprintf("progress is %v", *job.Progress))
		return false, c.SetState(seen{*job.Progress, c.Attempt()})
	}
	still := c.Attempt() - before.Since
	c.Reason(fmt.Sprintf("progress is %v for %d attempts", before.Progress, still))
	return still >= config.Attempts, nil
}
