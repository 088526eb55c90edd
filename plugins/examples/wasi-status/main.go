// Command wasi-status matches when a job is done: when the status of the JSON
// body is one of config.want, which is done by default.
//
// It is a WASI program without any SDK: it reads the call on its standard input
// and answers with the last line of its standard output. Every language that
// compiles to WASI can do the same. The program runs on this machine as well:
//
//	GOOS=wasip1 GOARCH=wasm go build -o check.wasm .
//	echo '{"body": "{\"status\": \"done\"}"}' | go run .
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
)

// call is what the check needs of a call. A body that is not UTF-8 would be in
// body_base64, and is no JSON.
type call struct {
	Body   string
	Config struct{ Want []string }
}

// answer is what the check says.
type answer struct {
	Match  bool   `json:"match"`
	Reason string `json:"reason"`
}

func check(c call) (answer, error) {
	if c.Config.Want == nil {
		c.Config.Want = []string{"done"}
	}
	var job struct{ Status string }
	if err := json.Unmarshal([]byte(c.Body), &job); err != nil {
		return answer{}, fmt.Errorf("reading the body as JSON: %w", err)
	}
	if job.Status == "" {
		return answer{}, errors.New("the body has no status")
	}
	return answer{slices.Contains(c.Config.Want, job.Status), "the job is " + job.Status}, nil
}

func run() error {
	var c call
	if err := json.NewDecoder(os.Stdin).Decode(&c); err != nil {
		return fmt.Errorf("reading the call: %w", err)
	}
	a, err := check(c)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(a)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
