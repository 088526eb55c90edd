package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/config"
	"github.com/httsleep/httsleep/engine"
	"github.com/httsleep/httsleep/matcher"
)

// evaluation are the options of eval.
type evaluation struct {
	conditionFlags
	runtimeFlags
	responses []string
	attempt   int
	state     string
	elapsed   httsleep.Duration
	format    string
	verbose   bool
}

// evalCodes maps verdicts to exit codes.
var evalCodes = map[string]int{"match": exitOK, "error": exitError, "alarm": exitAlarm, "no_match": exitExhausted}

func newEval(std stdio) *cobra.Command {
	var e evaluation
	c := &cobra.Command{
		Use:   "eval CONDITIONS --response FILE|-…",
		Short: "judge recorded responses, without a request",
		Long: `Judges recorded responses as a poll would, and prints why. A response is what
curl -i prints, what --save-response writes, or a bare body, which stands for
status 200. Several are attempts in turn.

Exit codes: 0 match, 1 error, 2 usage, 3 alarm, 4 no match.`,
		Example: `  curl -si localhost:8787/jobs/1 | httsleep eval --jsonpath status=SUCCESS --response -
  httsleep eval --jsonpath 'items[*].ready=true' --response items.json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			// The variable may name a format that only waiting has.
			if !c.Flags().Changed("output") && std.env("HTTSLEEP_OUTPUT") == "json" {
				e.format = "json"
			}
			e.responses = append(e.responses, args...)
			return e.run(c.Context(), std)
		},
	}
	e.conditionFlags.add(c)
	e.runtimeFlags.add(c)
	addGroup(c, "Responses", func(set *pflag.FlagSet) {
		set.StringArrayVar(&e.responses, "response", nil, "a recorded response, a `FILE` or -; several")
		set.IntVar(&e.attempt, "attempt", 1, "the number `N` of the first attempt")
		set.StringVar(&e.state, "state", "", "what callbacks and stable remember, as `JSON|@FILE`")
		set.Var(spanFlag{&e.elapsed}, "elapsed", "how long each attempt took")
	})
	addGroup(c, "Output", func(set *pflag.FlagSet) {
		set.StringVarP(&e.format, "output", "o", "text", "`FORMAT`: text or json")
		addVerbose(set, &e.verbose)
	})
	withAliases(c)
	return c
}

func (e *evaluation) run(ctx context.Context, std stdio) error {
	runtimes := e.open(ctx, newJournal(std, levelOf(e.verbose), new(httsleep.Redactor)).logger())
	defer runtimes.Close()
	m, err := e.compile(ctx, std, runtimes)
	if err != nil {
		return usageError{err}
	}
	responses, memory, err := e.read(std)
	if err != nil {
		return usageError{err}
	}
	var j matcher.Judgement
	for i, response := range responses {
		j = m.Judge(ctx, matcher.Attempt{Response: response, Number: e.attempt + i, Now: time.Now(), Memory: memory})
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if memory = j.Memory; j.List != "" || failure(j) != nil {
			break
		}
	}
	return e.show(std, j)
}

// compile makes the matcher of the conditions.
func (e *evaluation) compile(ctx context.Context, std stdio, r *runtimes) (*matcher.Matcher, error) {
	if e.format != "text" && e.format != "json" {
		return nil, fmt.Errorf("--output: eval writes text or json, not %q", e.format)
	}
	until, alarms, err := e.conditions(std)
	switch {
	case err != nil:
		return nil, err
	case len(until) == 0 && !e.up:
		return nil, errors.New("nothing to judge by: give a condition, as --status 200 or --jsonpath status=OK")
	case e.up:
		until = until.OrUp()
	}
	return matcher.Compile(ctx, alarms, until, matcher.Options{Loaders: r.loaders})
}

// read reads the responses and what is remembered from before them.
func (e *evaluation) read(std stdio) ([]*httsleep.Response, matcher.Memory, error) {
	switch {
	case len(e.responses) == 0:
		return nil, nil, errors.New("no response: give --response FILE, or --response - for standard input")
	case e.attempt < 1:
		return nil, nil, fmt.Errorf("--attempt %d: attempts are counted from 1", e.attempt)
	}
	var list []*httsleep.Response
	for _, name := range e.responses {
		data, err := config.ReadFlagFile(name, std.in)
		if err != nil {
			return nil, nil, fmt.Errorf("--response: %w", err)
		}
		response, err := parseRecording(data)
		if err != nil {
			return nil, nil, fmt.Errorf("--response %s: %w", name, err)
		}
		if e.elapsed != 0 {
			response.Elapsed = time.Duration(e.elapsed)
		}
		list = append(list, response)
	}
	memory, err := e.memory(std)
	return list, memory, err
}

// memory reads what --state gives: memories by the path of their condition.
func (e *evaluation) memory(std stdio) (matcher.Memory, error) {
	if e.state == "" {
		return nil, nil
	}
	text := []byte(e.state)
	if name, ok := strings.CutPrefix(e.state, "@"); ok {
		var err error
		if text, err = config.ReadFlagFile(name, std.in); err != nil {
			return nil, fmt.Errorf("--state: %w", err)
		}
	}
	var memory matcher.Memory
	if err := json.Unmarshal(text, &memory); err != nil {
		return nil, fmt.Errorf(`--state: %w: want an object by condition, as {"until[0]": …}`, err)
	}
	return memory, nil
}

// failure is the error of a judgement that no condition has decided.
func failure(j matcher.Judgement) error {
	if j.List == matcher.Alarms {
		return nil
	}
	if j.AlarmErr != nil || j.List == matcher.Until {
		return j.AlarmErr
	}
	return j.UntilErr
}

// verdictJSON is the printed form of an evaluation.
type verdictJSON struct {
	Verdict string              `json:"verdict"`
	Matched *engine.Matched     `json:"matched,omitempty"`
	Report  matcher.Explanation `json:"report"`
	Error   *kindAndMessage     `json:"error,omitempty"`
}

// show prints the report and ends with the verdict's exit code.
func (e *evaluation) show(std stdio, j matcher.Judgement) error {
	v := verdictJSON{Verdict: "no_match", Report: j.Report}
	if j.List != "" {
		v.Matched = &engine.Matched{List: j.List, Index: j.Index, Condition: j.Condition}
		v.Verdict = map[string]string{matcher.Alarms: "alarm", matcher.Until: "match"}[j.List]
	}
	if err := failure(j); err != nil {
		v.Verdict, v.Matched, v.Error = "error", nil, &kindAndMessage{kindOf(err), err.Error()}
	}
	hide := new(httsleep.Redactor)
	var err error
	if e.format == "json" {
		err = emitJSON(std.out, sinkJSON, hide, v)
	} else {
		err = emit(std.out, sinkVerdict, hide, v.text())
	}
	if err != nil {
		return err
	}
	return exitStatus(evalCodes[v.Verdict])
}

// text is the verdict and its report for people.
func (v verdictJSON) text() string {
	text := strings.ReplaceAll(v.Verdict, "_", " ")
	if v.Error != nil {
		text += ": " + oneLine(v.Error.Kind+": "+v.Error.Message)
	}
	for line := range strings.Lines(v.Report.Text()) {
		text += "\n  " + cleanLine(strings.TrimSuffix(line, "\n"))
	}
	return text + "\n"
}
