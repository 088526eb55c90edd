package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/evaluator/grpc"
	"github.com/httsleep/httsleep/evaluator/sandbox/walls"
)

// doctor are the options of doctor.
type doctor struct {
	runtimeFlags
	output string
}

func newDoctor(std stdio) *cobra.Command {
	var d doctor
	c := &cobra.Command{
		Use:   "doctor",
		Short: "show what this machine grants: the sandbox, files, proxies, plugins",
		Long: `Shows what this machine grants, which is where to look first when something does
not work. Each level of the sandbox, in which the code of strangers runs, is proven
by a process that tries what it forbids.

Exit codes: 0, or 1 when --require-sandbox names a level that is not reached.`,
		Example: `  httsleep doctor
  httsleep doctor -o json
  httsleep doctor --require-sandbox namespaces`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, stray []string) error {
			if len(stray) > 0 {
				return usageError{fmt.Errorf("%q: doctor takes no arguments", stray[0])}
			}
			if d.output != "text" && d.output != "json" {
				return usageError{fmt.Errorf("-o %s: want text or json", d.output)}
			}
			return d.examine(c.Context(), std)
		},
	}
	addGroup(c, "Flags", func(set *pflag.FlagSet) {
		set.StringVarP(&d.output, "output", "o", "text", "`FORMAT`: text or json")
		set.Var(funcFlag{"LEVEL", d.requireSandbox}, "require-sandbox", "fail below this level: "+strings.Join(sandboxLevels(), " < "))
		set.Var(funcFlag{"CMD", d.setRunner}, "runner", "a command that starts workers and confines them, to be tried, too")
	})
	return c
}

// examine looks at the machine and prints what it finds.
func (d *doctor) examine(ctx context.Context, std stdio) error {
	outside := &walls.Outside{Runner: d.runner}
	standings, failure := outside.Probe(ctx)
	if errors.Is(failure, walls.ErrUnsupported) {
		failure = nil // the standings say so
	}
	if ctx.Err() != nil {
		return exitStatus(interruption(ctx))
	}
	hide := new(httsleep.Redactor)
	f := findings{
		Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Sandbox: rungs(standings), Machine: machine(std, hide),
	}
	unmet := failure
	if d.level != "" && unmet == nil {
		unmet = standings.Require(d.level)
	}
	if err := f.print(std, d.output, hide); err != nil {
		return err
	}
	if d.level == "" {
		return nil
	}
	return unmet
}

// findings are what doctor prints.
type findings struct {
	Version  string        `json:"version"`
	Go       string        `json:"go"`
	Platform string        `json:"platform"`
	Sandbox  []rungFinding `json:"sandbox"`
	Machine  []finding     `json:"machine"`
}

// rungFinding is one level of the sandbox.
type rungFinding struct {
	walls.Standing
	Remedy string `json:"remedy,omitempty"`
}

// finding is one thing that the machine grants or not.
type finding struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// rungs adds the remedies.
func rungs(report walls.Report) []rungFinding {
	found := make([]rungFinding, len(report))
	for i, s := range report {
		found[i] = rungFinding{s, report.Remedy(s.Rung)}
	}
	return found
}

// print writes the findings, as a table or as JSON.
func (f *findings) print(std stdio, format string, hide *httsleep.Redactor) error {
	if format == "json" {
		return emitJSON(std.out, sinkJSON, hide, f)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "httsleep %s (%s, %s)\n\nThe sandbox for code of strangers\n", f.Version, f.Go, f.Platform)
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, s := range f.Sandbox {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", s.Rung, map[bool]string{true: "held", false: "absent"}[s.Held], oneLine(s.Detail))
		if s.Remedy != "" {
			fmt.Fprintf(table, "\t\tremedy: %s\n", s.Remedy)
		}
	}
	table.Flush()
	b.WriteString("\nThe machine\n")
	for _, m := range f.Machine {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", m.Name, map[bool]string{true: "ok", false: "look"}[m.OK], oneLine(m.Detail))
	}
	table.Flush()
	return emit(std.out, sinkPlan, hide, b.String())
}

// machine lists what else a stranger on a bad day needs to know.
func machine(std stdio, hide *httsleep.Redactor) []finding {
	return []finding{openFiles(), cacheFolder(), proxies(std, hide), children()}
}

// fewFiles is how many open files are too few for polls of many URLs.
const fewFiles = 256

func openFiles() finding {
	limit := descriptors()
	switch {
	case limit == 0:
		return finding{"open files", true, "the limit is not known here"}
	case limit < fewFiles:
		return finding{"open files", false, fmt.Sprintf("at most %d, so no more connections either: raise it with ulimit -n", limit)}
	}
	return finding{"open files", true, "at most " + strconv.Itoa(limit)}
}

// cacheFolder says whether compiled modules can be kept.
func cacheFolder() finding {
	const name = "wasm cache"
	user, err := os.UserCacheDir()
	if err != nil {
		return finding{name, false, "there is no folder for it, so modules are compiled each time: " + err.Error()}
	}
	folder := filepath.Join(user, "httsleep", "wasm")
	if err := tryFolder(folder); err != nil {
		return finding{name, false, "cannot be used, so modules are compiled each time: " + err.Error()}
	}
	return finding{name, true, folder}
}

// tryFolder says whether a file can be made in a private folder, or in the
// nearest one above it where it is not there yet.
func tryFolder(folder string) error {
	found, err := os.Stat(folder)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return tryFile(nearestFolder(folder))
	case err != nil:
		return err
	case runtime.GOOS != "windows" && found.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s has mode %#o, want 0700, because what it holds is run", folder, found.Mode().Perm())
	}
	return tryFile(folder)
}

// nearestFolder is the first folder on the way up that is there.
func nearestFolder(folder string) string {
	for {
		parent := filepath.Dir(folder)
		if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) || parent == folder {
			return folder
		}
		folder = parent
	}
}

// tryFile makes a file and removes it.
func tryFile(folder string) error {
	file, err := os.CreateTemp(folder, "httsleep-doctor-*")
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// proxyVariables are those that requests obey, and HTTSLEEP_PROXY, which is the
// command's own.
var proxyVariables = []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "HTTSLEEP_PROXY"}

// proxies lists the variables that send requests elsewhere, without passwords.
func proxies(std stdio, hide *httsleep.Redactor) finding {
	var set []string
	for _, name := range proxyVariables {
		if value := std.env(name); value != "" {
			hide.Add(urlSecrets(value)...)
			set = append(set, name+"="+withoutUser(value))
		}
	}
	if len(set) == 0 {
		return finding{"proxies", true, "no variable sets one"}
	}
	return finding{"proxies", true, strings.Join(set, " ")}
}

// withoutUser hides the user and the password of a URL, also of one that is not
// well-formed.
func withoutUser(text string) string {
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return text
	}
	scheme, _, found := strings.Cut(text[:at], "://")
	if !found {
		return "***" + text[at:]
	}
	return scheme + "://***" + text[at:]
}

// children says whether plugins take along what they have started.
func children() finding {
	if err := grpc.Contains(); err != nil {
		return finding{"plugins", false, "what a plugin process starts may outlive it: " + err.Error()}
	}
	return finding{"plugins", true, "everything that a plugin process starts ends with it"}
}
