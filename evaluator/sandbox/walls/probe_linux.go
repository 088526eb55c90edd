package walls

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// What a process of a probe is to do, beside the names of deadly calls.
const (
	raiseForScripts = "raise for scripts"
	raiseForModules = "raise for modules"
)

// probe raises the walls in one process for each kind of worker, and tries each
// deadly call in another.
func (o *Outside) probe(ctx context.Context) (Report, error) {
	report, err := o.raised(ctx, raiseForScripts)
	if err != nil {
		return report, err
	}
	modules, err := o.raised(ctx, raiseForModules)
	if err != nil {
		return modules, err
	}
	report.lower(modules)
	if seccomp := report.of(Seccomp); seccomp.Held {
		proof, err := o.tryDeadly(ctx)
		report.set(Seccomp, seccomp.Detail+"; "+proof+"; modules may make memory executable", err)
	}
	return o.Complete(report), nil
}

// raised is how the rungs stand around a worker of a kind.
func (o *Outside) raised(ctx context.Context, kind string) (Report, error) {
	output, err := o.throwaway(ctx, kind)
	if err != nil {
		return newReport("not tried: " + err.Error()), fmt.Errorf("probing the sandbox: %w", err)
	}
	var report Report
	if err := json.Unmarshal(output, &report); err != nil || len(report) != len(ladder) {
		return newReport("the worker did not answer"), fmt.Errorf("probing the sandbox: the worker answered %.200q", output)
	}
	return report, nil
}

// lower takes the rungs away that do not stand around the workers for modules.
func (r Report) lower(modules Report) {
	for i, s := range modules {
		if r[i].Held && !s.Held {
			r.set(s.Rung, "", fmt.Errorf("not around modules: %s", s.Detail))
		}
	}
}

// tryDeadly has each deadly call made by a process that it must end.
func (o *Outside) tryDeadly(ctx context.Context) (proof string, err error) {
	attempts := deadlyAttempts()
	survived := make([]error, len(attempts))
	var all sync.WaitGroup
	for i, a := range attempts {
		all.Go(func() {
			_, err := o.throwaway(ctx, a.name)
			if !killedBy(err, syscall.SIGSYS) {
				survived[i] = fmt.Errorf("%s did not end the worker: %s", a.name, fmt.Sprint(err))
			}
		})
	}
	all.Wait()
	proof = fmt.Sprintf("each of %d deadly calls, from %s to %s, ended its process", len(attempts), attempts[0].name, attempts[len(attempts)-1].name)
	return proof, errors.Join(survived...)
}

// killedBy says whether a process was ended by a signal.
func killedBy(err error, signal syscall.Signal) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status := exit.Sys().(syscall.WaitStatus)
	// A runner may tell of it as a shell does.
	return status.Signaled() && status.Signal() == signal || status.ExitStatus() == 128+int(signal)
}

// throwaway runs one process of a probe and gives its answer.
func (o *Outside) throwaway(ctx context.Context, task string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var output, complaint bytes.Buffer
	cmd := exec.Command("/proc/self/exe", probeArgument, task)
	if len(o.Runner) > 0 {
		path, err := os.Executable() // /proc/self is the runner's then
		if err != nil {
			return nil, err
		}
		cmd.Path = path
	}
	cmd.Stdout, cmd.Stderr = &output, &complaint
	cmd.WaitDelay = time.Second
	started, err := o.Start(cmd)
	if err != nil {
		return nil, err
	}
	defer started.Release()
	stop := context.AfterFunc(ctx, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer stop()
	err = cmd.Wait()
	if err != nil && complaint.Len() > 0 {
		err = fmt.Errorf("%w: %.200s", err, complaint.String())
	}
	return output.Bytes(), err
}

// probeMain is what a process of a probe does.
func probeMain(arguments []string) {
	if len(arguments) != 1 {
		return
	}
	report, err := Inside{Code: arguments[0] == raiseForModules}.Raise()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	if arguments[0] == raiseForScripts || arguments[0] == raiseForModules {
		if json.NewEncoder(os.Stdout).Encode(report) == nil {
			os.Exit(0)
		}
		return
	}
	for _, a := range deadlyAttempts() {
		if a.name == arguments[0] {
			fmt.Fprintln(os.Stderr, a.make())
		}
	}
}
