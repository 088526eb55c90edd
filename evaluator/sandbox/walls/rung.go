package walls

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrUnsupported is the error of a platform that has no walls around a process,
// where code of strangers must not run.
var ErrUnsupported = errors.New("this platform has no walls around a process: code of strangers can run on Linux only")

// Rung is one wall. The rungs are a ladder: each is worth more on top of those
// below it.
type Rung string

// The rungs, lowest first.
const (
	Rlimits    Rung = "rlimits"    // the kernel bounds memory, processor time and files
	Seccomp    Rung = "seccomp"    // of the system calls only those that a computation needs
	Landlock   Rung = "landlock"   // no file can be opened
	Namespaces Rung = "namespaces" // a network with nobody in it, a process that sees no other
	Cgroup     Rung = "cgroup"     // the kernel bounds the whole worker, also what rlimits do not count
	Runner     Rung = "runner"     // a program of the operator, such as gVisor, runs the worker
)

// ladder holds the rungs, lowest first.
var ladder = []Rung{Rlimits, Seccomp, Landlock, Namespaces, Cgroup, Runner}

// Ladder lists the rungs, lowest first.
func Ladder() []Rung { return slices.Clone(ladder) }

// remedies say what an operator can do about a rung that is absent.
var remedies = map[Rung]string{
	Rlimits:    "run on Linux",
	Seccomp:    "run on Linux 4.14 or later, on amd64 or arm64",
	Landlock:   "run on Linux 5.13 or later, started with landlock, in a container that allows it",
	Namespaces: "run as root, or allow user namespaces (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns)",
	Cgroup:     "have systemd delegate one (Delegate=memory pids, DelegateSubgroup=host)",
	Runner:     "configure one, a command that starts workers in a container or a virtual machine",
}

// ParseRung reads the name of a rung.
func ParseRung(text string) (Rung, error) {
	if slices.Contains(ladder, Rung(text)) {
		return Rung(text), nil
	}
	names := make([]string, len(ladder))
	for i, rung := range ladder {
		names[i] = string(rung)
	}
	return "", fmt.Errorf("%q is no level of the sandbox: want one of %s", text, strings.Join(names, ", "))
}

// Standing is how one rung stands.
type Standing struct {
	Rung   Rung   `json:"rung"`
	Held   bool   `json:"held"`
	Detail string `json:"detail"` // how it was proven, or why it is absent
}

// Remedy is what an operator can do about a rung that is absent; empty where it
// is held.
func (s Standing) Remedy() string {
	if s.Held {
		return ""
	}
	return remedies[s.Rung]
}

// Report is how the rungs stand, lowest first.
type Report []Standing

// newReport is a report in which nothing is held.
func newReport(detail string) Report {
	report := make(Report, len(ladder))
	for i, rung := range ladder {
		report[i] = Standing{Rung: rung, Detail: detail}
	}
	return report
}

// set notes how a rung stands: why is nil where it is held.
func (r Report) set(rung Rung, proof string, why error) {
	s := Standing{Rung: rung, Held: why == nil, Detail: proof}
	if why != nil {
		s.Detail = why.Error()
	}
	r[slices.Index(ladder, rung)] = s
}

// of is how a rung stands.
func (r Report) of(rung Rung) Standing {
	for _, s := range r {
		if s.Rung == rung {
			return s
		}
	}
	return Standing{Rung: rung, Detail: "not tried"}
}

// Remedy is what an operator can do about a rung that is absent; empty where it
// is held, or a runner stands for it.
func (r Report) Remedy(rung Rung) string {
	if r.replaced(rung) {
		return ""
	}
	return r.of(rung).Remedy()
}

// replaced says whether a runner stands for a rung.
func (r Report) replaced(rung Rung) bool {
	return (rung == Namespaces || rung == Cgroup) && r.of(Runner).Held
}

// MissingError says which rungs of a level that was required are absent.
type MissingError struct {
	Level   Rung
	Missing []Standing
}

// Error names the rungs, why each is absent, and what to do about it.
func (e *MissingError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the sandbox does not reach %s: ", e.Level)
	for i, s := range e.Missing {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "no %s (%s): %s", s.Rung, s.Detail, s.Remedy())
	}
	return b.String()
}

// Require gives a [MissingError] unless the rung and all below it are held. A
// runner stands for namespaces and cgroup, and is by itself all that the level
// of the runner takes.
func (r Report) Require(level Rung) error {
	top := slices.Index(ladder, level)
	if top < 0 {
		_, err := ParseRung(string(level))
		return err
	}
	needed := ladder[:top+1]
	if level == Runner {
		needed = []Rung{Runner}
	}
	var missing []Standing
	for _, rung := range needed {
		if s := r.of(rung); !s.Held && !r.replaced(rung) {
			missing = append(missing, s)
		}
	}
	if len(missing) > 0 {
		return &MissingError{Level: level, Missing: missing}
	}
	return nil
}
