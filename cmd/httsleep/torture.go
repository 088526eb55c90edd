package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/config"
	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/sandbox"
	"github.com/httsleep/httsleep/evaluator/torture"
	"github.com/httsleep/httsleep/matcher"
)

// noSecrets hides nothing: attacks hold no secrets.
var noSecrets = new(httsleep.Redactor)

// tormentor are the options of plugin torture.
type tormentor struct {
	tier       string
	rounds     int
	tenants    int
	concurrent bool
	only       string
	list       bool
	format     string
	function   string
}

func newTorture(std stdio) *cobra.Command {
	var t tormentor
	c := &cobra.Command{
		Use:   "torture [flags] [FILE]",
		Short: "attack the runtimes of callbacks, or a callback of yours",
		Long: `Runs hostile scripts and modules as callbacks, and says how each ended. With a
FILE, a callback in JavaScript, TypeScript or WebAssembly, it is that callback
that is attacked, with responses that are empty, broken, deep or large, and
with every status.

The untrusted tier ends every attack at a limit, in time. The trusted tier is
only safe from mistakes: there every attack gets a process of its own, and
those that are known to be deadly may end it.

Exit codes: 0 every attack ended as it may, 1 one did not, 2 usage.`,
		Example: `  httsleep plugin torture
  httsleep plugin torture --only 'js memory/*'
  httsleep plugin torture --tier trusted check.js`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error { return t.run(c.Context(), std, files) },
	}
	addGroup(c, "Attacks", func(set *pflag.FlagSet) {
		set.StringVar(&t.tier, "tier", "untrusted", "attack the `TIER`: untrusted or trusted")
		set.StringVar(&t.only, "only", "", "only attacks whose name, group or group/name matches a `GLOB`")
		set.BoolVar(&t.list, "list", false, "list the attacks and how they may end, and make none")
		set.IntVar(&t.rounds, "rounds", 1, "make them all `N` times")
		set.IntVar(&t.tenants, "tenants", 1, "make each in the names of `N` tenants")
		set.BoolVar(&t.concurrent, "concurrent", false, "have two under way at once for each tenant")
		set.StringVar(&t.function, "function", "", "the function of a WebAssembly FILE to call, by `NAME`")
	})
	addGroup(c, "Output", func(set *pflag.FlagSet) {
		set.StringVarP(&t.format, "output", "o", "text", "`FORMAT`: text or json")
	})
	return c
}

func (t *tormentor) run(ctx context.Context, std stdio, files []string) error {
	attacks, err := t.attacks(std, files)
	if err != nil {
		return usageError{err}
	}
	if t.list {
		return t.printList(std, attacks)
	}
	try, end := t.arena(files)
	before := residentMemory()
	concurrent := 1
	if t.concurrent {
		concurrent = 2 * t.tenants
	}
	table := tortureTable{std: std, json: t.format == "json", several: t.rounds*t.tenants > 1}
	table.begin()
	results, err := torture.Run(ctx, torture.Options{
		Try: try, Attacks: attacks, Rounds: t.rounds, Tenants: t.tenants, Concurrent: concurrent, Each: table.add,
	})
	err = errors.Join(err, end())
	if err != nil {
		return err
	}
	return table.end(results, max(0, residentMemory()-before), childProcesses())
}

// attacks are those that are asked for.
func (t *tormentor) attacks(std stdio, files []string) ([]torture.Attack, error) {
	switch {
	case t.tier != "trusted" && t.tier != "untrusted":
		return nil, fmt.Errorf("--tier: want untrusted or trusted, not %q", t.tier)
	case t.format != "text" && t.format != "json":
		return nil, fmt.Errorf("--output: torture writes text or json, not %q", t.format)
	case t.rounds < 1 || t.tenants < 1:
		return nil, errors.New("--rounds and --tenants: want 1 or more")
	}
	all := torture.Attacks()
	if len(files) > 0 {
		callback, err := readCallback(files[0], t.function, std)
		if err != nil {
			return nil, err
		}
		all = torture.Responses(callback)
	}
	var chosen []torture.Attack
	for _, a := range all {
		if chose, err := t.chose(a); err != nil {
			return nil, err
		} else if chose {
			chosen = append(chosen, a)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("--only: no attack is called %q; see --list", t.only)
	}
	return chosen, nil
}

// chose says whether an attack is asked for.
func (t *tormentor) chose(a torture.Attack) (bool, error) {
	if t.only == "" {
		return true, nil
	}
	for _, name := range []string{a.Name, a.Group, a.Group + "/" + a.Name} {
		matched, err := path.Match(t.only, name)
		if err != nil {
			return false, fmt.Errorf("--only: %q is no pattern: want a glob, as 'js memory/*'", t.only)
		}
		if matched || t.only == a.Name {
			return true, nil
		}
	}
	return false, nil
}

// readCallback reads a callback from a file, whose name says what it is.
func readCallback(name, function string, std stdio) (matcher.Callback, error) {
	callback := matcher.Callback{Kind: "js", Name: name, Function: function}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".wasm":
		callback.Kind = "wasm"
	case ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts":
	default:
		return callback, fmt.Errorf("%s: want a file in .js, .ts or .wasm", name)
	}
	source, err := config.ReadFlagFile(name, std.in)
	callback.Source = source
	return callback, err
}

// arena gives what makes the attacks in the tier that was asked for, and what ends
// it.
func (t *tormentor) arena(files []string) (try func(context.Context, string, torture.Attack) torture.Result, end func() error) {
	if t.tier == "trusted" {
		return tryInChild(files, t.function), func() error { return nil }
	}
	pool := sandbox.New()
	// Attacks are to end by their own limits, not by what a tenant may use in all.
	plenty := sandbox.Quota{CPU: time.Hour}
	loader := func(tenant string) matcher.Loader { return pool.Tenant(tenant, plenty) }
	return torture.Against(loader, evaluator.Untrusted, time.Duration(t.tenants)*torture.Patience), pool.Close
}

// printList prints attacks and how they may end.
func (t *tormentor) printList(std stdio, attacks []torture.Attack) error {
	if t.format == "json" {
		type row struct {
			Attack string   `json:"attack"`
			Group  string   `json:"group"`
			Kinds  []string `json:"kinds"`
			Deadly bool     `json:"deadly"`
		}
		rows := make([]row, len(attacks))
		for i, a := range attacks {
			rows[i] = row{a.Name, a.Group, a.Kinds, a.Deadly}
		}
		return emitJSON(std.out, sinkJSON, noSecrets, rows)
	}
	var b strings.Builder
	for _, a := range attacks {
		fmt.Fprintf(&b, "%-13s %-*s %s\n", a.Group, attackWidth, cutAt(a.Name, attackWidth), strings.Join(a.Kinds, " or "))
	}
	fmt.Fprintf(&b, "%d attacks\n", len(attacks))
	return emit(std.out, sinkVerdict, noSecrets, b.String())
}

// attackWidth is how much room the name of an attack has.
const attackWidth = 58

// tortureTable prints results as they come.
type tortureTable struct {
	std     stdio
	json    bool
	several bool // each attack is made more than once
}

// begin prints the heads of the columns.
func (w *tortureTable) begin() {
	if !w.json {
		_ = emit(w.std.out, sinkVerdict, noSecrets, fmt.Sprintf("%-*s  %-14s %9s %9s\n", attackWidth, "ATTACK", "ENDED BY", "AFTER", "MEMORY"))
	}
}

// add prints a result. Of attacks that are made more than once, only those that
// ended badly are printed.
func (w *tortureTable) add(r torture.Result) {
	if w.json || w.several && r.Good() {
		return
	}
	line := fmt.Sprintf("%-*s  %-14s %9s %9s", attackWidth, cutAt(r.Attack, attackWidth), endWord(r), milliseconds(r.After), megabytes(r.Memory))
	switch {
	case !r.Allowed:
		line += "  NOT ALLOWED: " + oneLine(r.Message)
	case !r.InTime && r.After <= r.Deadline+torture.Grace:
		line += fmt.Sprintf("  LATE: loading took %s", milliseconds(r.Load))
	case !r.InTime:
		line += fmt.Sprintf("  LATE: the deadline is %v", r.Deadline)
	}
	_ = emit(w.std.out, sinkVerdict, noSecrets, strings.TrimRight(line, " ")+"\n")
}

// endWord is how an attack ended, in words.
func endWord(r torture.Result) string {
	switch r.Ended {
	case torture.Match:
		return "answer: yes"
	case torture.NoMatch:
		return "answer: no"
	case torture.Died:
		return "process died"
	case torture.Hung:
		return "process killed"
	}
	return r.Ended
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

// megabytes words a size; one that is not known is nothing.
func megabytes(bytes uint64) string {
	if bytes == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}

// tortureJSON is what is printed under -o json.
type tortureJSON struct {
	Results   []torture.Result `json:"results"`
	Summary   torture.Summary  `json:"summary"`
	Growth    int64            `json:"host_memory_growth"`
	Processes int              `json:"processes_left"`
}

// end prints what came of all attacks, and ends with the exit code.
func (w *tortureTable) end(results []torture.Result, growth int64, processes int) error {
	s := torture.Summarize(results)
	var err error
	if w.json {
		err = emitJSON(w.std.out, sinkJSON, noSecrets, tortureJSON{results, s, growth, processes})
	} else {
		late := ""
		if s.Late > 0 {
			late = fmt.Sprintf(", %d late", s.Late)
		}
		if s.Waits > 0 {
			late += fmt.Sprintf(", %d times the queue was full", s.Waits)
		}
		err = emit(w.std.out, sinkVerdict, noSecrets, fmt.Sprintf("%d attacks, %d ended as allowed%s; the longest took %s (%s); the host grew by %.1f MiB; %d processes left\n",
			s.Attacks, s.Allowed, late, milliseconds(s.Worst), s.Slowest, float64(growth)/(1<<20), processes))
	}
	if err != nil {
		return err
	}
	if !s.Good() || processes > 0 {
		return exitStatus(exitError)
	}
	return nil
}
