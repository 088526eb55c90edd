// Command go-status is a plugin that matches when a job is done: when the status
// of the JSON body is one of config.want, which is done by default.
package main

import (
	"errors"
	"slices"

	"github.com/httsleep/httsleep/plugins/sdk"
)

func init() { sdk.Handle("check", check) }

func main() { sdk.Main() }

func check(c *sdk.Call) (bool, error) {
	var config struct{ Want []string }
	if err := c.Config(&config); err != nil {
		return false, err
	}
	if config.Want == nil {
		config.Want = []string{"done"}
	}
	var job struct{ Status string }
	if err := c.JSON(&job); err != nil {
		return false, err
	}
	if job.Status == "" {
		return false, errors.New("the body has no status")
	}
	c.Reason("the job is " + job.Status)
	return slices.Contains(config.Want, job.Status), nil
}
