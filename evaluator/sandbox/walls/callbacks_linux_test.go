package walls

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/evaluator/wasm"
	"github.com/httsleep/httsleep/matcher"
)

// counting is a module whose evaluate counts to 100,000 and gives 1.
var counting = []byte("\x00asm\x01\x00\x00\x00" +
	"\x01\x05\x01\x60\x00\x01\x7f" + // type 0: () -> i32
	"\x03\x02\x01\x00" + "\x05\x03\x01\x00\x01" + // a function of it, and a page of memory
	"\x07\x15\x02\x06memory\x02\x00\x08evaluate\x00\x00" +
	"\x0a\x19\x01\x17\x01\x01\x7f" + // a local
	"\x03\x40\x20\x00\x41\x01\x6a\x22\x00\x41\xa0\x8d\x06\x49\x0d\x00\x0b" + // until it is 100,000
	"\x41\x01\x0b")

// sorting is a callback in JavaScript that makes garbage.
const sorting = `response.json().items.map((n) => ({n, text: "n" + n})).sort((a, b) => b.n - a.n)[0].n === 999`

// evaluateCallbacks does what workers do, colder and harder: nothing has been
// warmed up, several threads evaluate, and all the while garbage is collected,
// timers fire, the poller waits and threads end. It is told how often.
func evaluateCallbacks(args []string) error {
	call := matcher.Call{Response: &matcher.Response{StatusCode: 200, Body: items()}, Attempt: 1, Now: time.Now()}
	javascript, compiled := js.New(js.WithTier(evaluator.Untrusted)), wasm.New(wasm.WithTier(evaluator.Untrusted))
	callbacks := []struct {
		loader   matcher.Loader
		callback matcher.Callback
	}{
		{javascript, matcher.Callback{Kind: "js", Source: []byte(sorting), Limits: []byte(`{"wall": "1s"}`)}},
		{compiled, matcher.Callback{Kind: "wasm", Source: counting, Limits: []byte(`{"wall": "1s"}`)}},
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var disturbances sync.WaitGroup
	disturbances.Go(func() { disturb(ctx) })
	var all sync.WaitGroup
	failed := make(chan error, len(callbacks))
	for _, c := range callbacks {
		all.Go(func() { failed <- evaluateOften(c.loader, c.callback, call, number(args)) })
	}
	all.Wait()
	cancel()
	disturbances.Wait()
	return errors.Join(<-failed, <-failed)
}

func items() []byte {
	body := []byte(`{"items": [0`)
	for n := range 1000 {
		body = fmt.Appendf(body, ", %d", n)
	}
	return append(body, "]}"...)
}

// evaluateOften compiles a callback and evaluates it a number of times in each of
// several goroutines.
func evaluateOften(loader matcher.Loader, c matcher.Callback, call matcher.Call, times int) error {
	loaded, err := loader.Load(context.Background(), c)
	if err != nil {
		return err
	}
	results := make(chan error, 4)
	for range cap(results) {
		go func() {
			for range times {
				if answer, err := loaded.Evaluate(context.Background(), call); err != nil || !answer.Match {
					results <- fmt.Errorf("%s: %v %w", c.Kind, answer, err)
					return
				}
			}
			results <- nil
		}()
	}
	for range cap(results) {
		err = errors.Join(err, <-results)
	}
	return err
}

// disturb keeps the runtime busy until the context ends.
func disturb(ctx context.Context) {
	tick := time.NewTicker(100 * time.Microsecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		<-tick.C
		ended := make(chan bool)
		go func() {
			runtime.LockOSThread() // and end the thread
			close(ended)
		}()
		<-ended
		runtime.GC()
	}
}

func TestCallbacksAreEvaluatedBehindTheWalls(t *testing.T) {
	if raced {
		t.Skip("SKIPPED: the race detector needs memory that the walls do not grant, and waits for it for ever")
	}
	times := "50"
	if testing.Short() {
		times = "5"
	}
	if got, _, err := behind(t, order{Task: "callbacks", Args: []string{times}, Code: true}); got != granted {
		t.Errorf("%s: %v", got, err)
	}
}
