package grpc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/grpc"
	"github.com/httsleep/httsleep/matcher"
)

// self is the test binary.
func self() string {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return path
}

func callbackOf(program, function string) matcher.Callback {
	return matcher.Callback{Kind: "exec", Exec: []string{program}, Function: function}
}

func call() matcher.Call {
	return matcher.Call{
		Response: &matcher.Response{StatusCode: 200}, Attempt: 1,
		Config: json.RawMessage(`{}`), State: json.RawMessage(`{}`), Now: time.UnixMilli(0),
	}
}

// load loads a function of a plugin that the test binary is.
func load(t testing.TB, host *grpc.Host, function string, limits ...string) matcher.Evaluator {
	t.Helper()
	c := callbackOf(self(), function)
	if len(limits) > 0 {
		c.Limits = json.RawMessage(limits[0])
	}
	loaded, err := host.Load(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// newHost makes a host that ends with the test.
func newHost(t testing.TB, options ...grpc.Option) *grpc.Host {
	host := grpc.New(options...)
	t.Cleanup(func() { host.Close() })
	return host
}

func TestPluginsThatDoNotStart(t *testing.T) {
	tests := []struct{ mode, kind, want string }{
		{"early", "config", `it ended before it was ready (exit status 3); it printed "no licence"`},
		{"slow", "limit:compile", "was not ready within 300ms"},
		{"garbage", "config", `it is no plugin of httsleep: the first line that it printed is "Hello, world!"`},
		{"endless", "config", "the first line that it printed is longer than 4 KiB"},
		{"version", "config", `it speaks version "9" of the plugin protocol, this host version 1`},
		{"netrpc", "config", "it does not speak gRPC"},
		{"bare", "config", "it offers no TLS certificate"},
		{"tcp", "config", `it listens on "tcp", want a unix socket`},
		{"elsewhere", "config", "its socket is not in the folder that it was given"},
		{"deaf", "config", "certificate"},
	}
	for _, test := range tests {
		t.Run(test.mode, func(t *testing.T) {
			host := newHost(t, as(test.mode))
			c := callbackOf(self(), "")
			if test.kind == "limit:compile" {
				c.Limits = json.RawMessage(`{"compile":"300ms"}`)
			}
			_, err := host.Load(t.Context(), c)
			if matcher.Kind(err) != test.kind || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error of kind %q: %v\nwant %q: … %s …", matcher.Kind(err), err, test.kind, test.want)
			}
		})
	}
}

func TestCommandsThatAreNoPlugins(t *testing.T) {
	tests := []struct {
		command []string
		want    string
	}{
		{[]string{"sh", "-c", "echo Error: no module >&2; for i in $(seq 100); do echo '    at a place' >&2; done; echo Node >&2; exit 1"},
			`it ended before it was ready (exit status 1); it printed "Error: no module Node"`},
		{[]string{"sh", "-c", "echo connecting >&2; exec sleep 60"}, `was not ready within 300ms; it printed "connecting"`},
		{[]string{"sh", "./nowhere.sh", "--token=secret"}, "plugin sh ./nowhere.sh: it ended before it was ready"},
		{[]string{"true", "secret"}, "plugin true: it ended before it was ready"},
		{[]string{"true"}, "it ended before it was ready (it exited by itself; does it call main?)"},
		{[]string{"no-such-command"}, "plugin no-such-command: executable file not found in $PATH"},
	}
	host := newHost(t)
	for _, test := range tests {
		c := matcher.Callback{Kind: "exec", Exec: test.command, Limits: json.RawMessage(`{"compile":"300ms"}`)}
		if _, err := host.Load(t.Context(), c); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: error %v\nwant … %s …", test.command, err, test.want)
		}
	}
}

func TestPluginsThatMisbehaveWhenCalled(t *testing.T) {
	tests := []struct{ mode, function, kind, want string }{
		{"hostile", "die", "callback", `ended during the evaluation (exit status 7), ask again; it printed "goodbye"`},
		{"hostile", "panic", "callback", "panic: at the disco"},
		{"hostile", "hang", "limit:wall", "took longer than 400ms"},
		{"hostile", "eat", "limit:memory", "more than 128"},
		{"hostile", "fork", "limit:quota", "runs more than 64 processes"},
		{"flood", "check", "limit:protocol", "the plugin replied to a call that was not made"},
		{"huge", "check", "limit:output", "the plugin sent a message above 1024 KiB"},
		{"streamed", "check", "limit:output", "the plugin sent a message above 1024 KiB"},
		{"closing", "check", "callback", "it closed its stream and was killed"},
	}
	for _, test := range tests {
		t.Run(test.mode+" "+test.function, func(t *testing.T) {
			host := newHost(t, as(test.mode), grpc.WithGrace(200*time.Millisecond))
			limits := map[string]string{"hang": `{"wall":"400ms"}`, "eat": `{"memory":"128MiB","wall":"20s"}`}[test.function]
			if limits == "" {
				limits = `{"memory":"1GiB","wall":"20s"}`
			}
			loaded := load(t, host, test.function, limits)
			c := call()
			c.Response = &matcher.Response{Body: []byte(strconv.Itoa(16 << 20))}
			_, err := loaded.Evaluate(t.Context(), c)
			if matcher.Kind(err) != test.kind || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error of kind %q: %v\nwant %q: … %s …", matcher.Kind(err), err, test.kind, test.want)
			}
		})
	}
}

func TestAReplyBetweenItsCapAndThatOfMessages(t *testing.T) {
	host := newHost(t, as("streamed"))
	loaded := load(t, host, "check")
	before := describe(t, host).PID
	for size, kind := range map[int]string{100 << 10: "", 200 << 10: "limit:output"} {
		c := call()
		c.Response = &matcher.Response{Body: []byte(strconv.Itoa(size))}
		if answer, err := loaded.Evaluate(t.Context(), c); matcher.Kind(err) != kind || len(answer.Reason) > 1024 {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	if describe(t, host).PID != before {
		t.Error("the plugin was replaced")
	}
}

func TestAPluginThatDoesNotReadHoldsNobodyUp(t *testing.T) {
	host := newHost(t, as("unread"), grpc.WithGrace(100*time.Millisecond))
	loaded := load(t, host, "check", `{"wall":"300ms"}`)
	c := call()
	c.Response = &matcher.Response{Body: make([]byte, 1<<20)}
	var group sync.WaitGroup
	for range 100 {
		group.Go(func() {
			_, err := loaded.Evaluate(t.Context(), c)
			var ended *grpc.EndedError
			if !errors.Is(err, evaluator.Wall) && !errors.As(err, &ended) && !errors.Is(err, evaluator.Crash) {
				t.Errorf("error of kind %q: %v", matcher.Kind(err), err)
			}
		})
	}
	group.Wait()
}

func TestTheNextEvaluationAfterAnEndSucceeds(t *testing.T) {
	for _, function := range []string{"die", "hang"} {
		t.Run(function, func(t *testing.T) {
			host := newHost(t, as("hostile"), grpc.WithGrace(100*time.Millisecond))
			bad, fine := load(t, host, function, `{"wall":"300ms"}`), load(t, host, "fine", `{"wall":"10s"}`)
			before := describe(t, host).PID
			if _, err := bad.Evaluate(t.Context(), call()); err == nil {
				t.Fatal("no error")
			}
			for describe(t, host).PID == before {
				time.Sleep(time.Millisecond)
			}
			if answer, err := fine.Evaluate(t.Context(), call()); err != nil || !answer.Match {
				t.Errorf("%+v, %v", answer, err)
			}
		})
	}
}

// describe describes the plugin that the test binary is.
func describe(t testing.TB, host *grpc.Host) grpc.Description {
	t.Helper()
	d, err := host.Describe(t.Context(), callbackOf(self(), ""))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestEvaluationsUnderWayFailRetryablyWhenThePluginEnds(t *testing.T) {
	host := newHost(t, as("hostile"))
	hang, die := load(t, host, "hang", `{"wall":"20s"}`), load(t, host, "die")
	var group sync.WaitGroup
	failures := make(chan error, 8)
	for range cap(failures) {
		group.Go(func() {
			_, err := hang.Evaluate(t.Context(), call())
			failures <- err
		})
	}
	for describeInFlight(host) < cap(failures) {
		time.Sleep(time.Millisecond)
	}
	_, err := die.Evaluate(t.Context(), call())
	group.Wait()
	close(failures)
	for err := range failures {
		var ended *grpc.EndedError
		if !errors.As(err, &ended) || !ended.Retryable() || ended.How != "exit status 7" {
			t.Errorf("error %v", err)
		}
	}
	var ended *grpc.EndedError
	if !errors.As(err, &ended) {
		t.Errorf("error %v", err)
	}
}

func describeInFlight(host *grpc.Host) int { return grpc.InFlight(host) }

func TestAPluginThatEndsTooOftenIsSuspended(t *testing.T) {
	host := newHost(t, as("hostile"), grpc.WithEnds(2), grpc.WithBackoff(time.Millisecond, time.Millisecond))
	die := load(t, host, "die", `{"wall":"10s"}`)
	var kinds []string
	for range 4 {
		_, err := die.Evaluate(t.Context(), call())
		kinds = append(kinds, matcher.Kind(err))
	}
	if got := strings.Join(kinds, " "); got != "callback callback callback limit:crash" {
		t.Errorf("the errors are of the kinds %s", got)
	}
	_, err := die.Evaluate(t.Context(), call())
	if !errors.Is(err, evaluator.Crash) || !strings.Contains(err.Error(), "is suspended for 1m0s") && !strings.Contains(err.Error(), "is suspended for 59s") {
		t.Errorf("error %v", err)
	}
}

func TestOutputIsLimited(t *testing.T) {
	var logged bytes.Buffer
	var mu sync.Mutex
	host := newHost(t, as("hostile"), grpc.WithLog(slog.New(slog.NewTextHandler(lockedWriter{&mu, &logged}, nil))))
	if _, err := load(t, host, "print").Evaluate(t.Context(), call()); err != nil {
		t.Fatal(err)
	}
	host.Close()
	mu.Lock()
	defer mu.Unlock()
	if n := strings.Count(logged.String(), strings.Repeat("x", 100)[:100]); logged.Len() < 1<<19 || logged.Len() > 3<<20 {
		t.Errorf("%d bytes in the log, %d matches", logged.Len(), n)
	}
}

// lockedWriter is for several goroutines.
type lockedWriter struct {
	mu *sync.Mutex
	to *bytes.Buffer
}

func (w lockedWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(b)
}

func TestTheEnvironmentIsAnAllowList(t *testing.T) {
	t.Setenv("HTTSLEEP_TEST_SECRET", "hunter22")
	host := newHost(t, as("environment"), grpc.WithEnv("GRANTED=yes"))
	answer, err := load(t, host, "env").Evaluate(t.Context(), call())
	if err != nil || !answer.Match {
		t.Fatalf("%+v, %v", answer, err)
	}
	if !strings.Contains(answer.Reason, "GRANTED=yes") {
		t.Errorf("the environment is %s", answer.Reason)
	}
}

func TestAClosedHost(t *testing.T) {
	host := newHost(t, as("hostile"))
	hang := load(t, host, "hang", `{"wall":"20s"}`)
	failed := make(chan error, 1)
	go func() {
		_, err := hang.Evaluate(context.Background(), call())
		failed <- err
	}()
	for grpc.InFlight(host) == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := host.Close(); err != nil {
		t.Error(err)
	}
	if err := <-failed; !errors.Is(err, grpc.ErrClosed) {
		t.Errorf("under way: %v", err)
	}
	if _, err := hang.Evaluate(t.Context(), call()); !errors.Is(err, grpc.ErrClosed) {
		t.Errorf("afterwards: %v", err)
	}
	if _, err := host.Load(t.Context(), callbackOf(self(), "fine")); !errors.Is(err, grpc.ErrClosed) {
		t.Errorf("loading: %v", err)
	}
}

func TestACancelledContextEndsAnEvaluation(t *testing.T) {
	host := newHost(t, as("good"))
	slow := load(t, host, "slow")
	before := describe(t, host).PID
	why := errors.New("not wanted any more")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(20*time.Millisecond, func() { cancel(why) })
	if _, err := slow.Evaluate(ctx, call()); !errors.Is(err, why) {
		t.Errorf("error %v", err)
	}
	if answer, err := slow.Evaluate(t.Context(), call()); err != nil || !answer.Match {
		t.Errorf("the next: %+v, %v", answer, err)
	}
	if after := describe(t, host).PID; after != before {
		t.Error("the plugin was replaced although it stopped in time")
	}
}

func TestUntrustedCodeNeedsARunner(t *testing.T) {
	host := newHost(t, as("good"), grpc.WithTier(evaluator.Untrusted))
	if _, err := host.Load(t.Context(), callbackOf(self(), "")); !errors.Is(err, grpc.ErrUntrusted) || matcher.Kind(err) != "config" {
		t.Errorf("error %v", err)
	}
	confined := newHost(t, as("good"), grpc.WithTier(evaluator.Untrusted), grpc.WithRunner("/usr/bin/env", "CONFINED=1"))
	if answer, err := load(t, confined, "check").Evaluate(t.Context(), call()); err != nil || !answer.Match {
		t.Errorf("with a runner: %+v, %v", answer, err)
	}
}

func TestFunctionsAreFoundWhenLoading(t *testing.T) {
	host := newHost(t, as("good"))
	if _, err := host.Load(t.Context(), callbackOf(self(), "")); err != nil {
		t.Errorf("without a function: %v", err)
	}
	_, err := host.Load(t.Context(), callbackOf(self(), "chek"))
	if matcher.Kind(err) != "config" || !strings.Contains(err.Error(), `it has no function "chek"; the functions are check, slow`) {
		t.Errorf("error %v", err)
	}
	d := describe(t, host)
	if len(d.Functions) != 2 || d.Functions[0].Description != "whether the status is a success" || d.PID == 0 {
		t.Errorf("description %+v", d)
	}
}
