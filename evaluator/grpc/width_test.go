package grpc_test

import (
	"errors"
	"testing"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/grpc"
	"github.com/httsleep/httsleep/matcher"
)

// processors asks a plugin how many processors it has.
func processors(t *testing.T, host *grpc.Host) (ask func() string) {
	loaded := load(t, host, "processors")
	return func() string {
		t.Helper()
		return evaluated(t, loaded).Reason
	}
}

func evaluated(t *testing.T, loaded matcher.Evaluator) matcher.Answer {
	t.Helper()
	answer, err := loaded.Evaluate(t.Context(), benchCall())
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// narrow asks until the plugin has one processor, and gives how many it had.
func narrow(t *testing.T, ask func() string) (full string) {
	t.Helper()
	if full = ask(); full == "1" {
		t.Skip("SKIPPED: the machine has one processor")
	}
	for range 100_000 { // A busy machine makes some of them slow.
		if ask() == "1" {
			return full
		}
	}
	t.Fatalf("after many quick evaluations it still has %s processors", full)
	return ""
}

func TestAPluginInGoHasOneProcessorWhileItsEvaluationsAreQuick(t *testing.T) {
	host := newHost(t, as("environment"))
	ask, nap := processors(t, host), load(t, host, "nap")
	full := narrow(t, ask)
	evaluated(t, nap)
	if got := ask(); got != full {
		t.Errorf("after a slow evaluation it has %s processors, want %s", got, full)
	}
}

func TestAnEvaluationThatSpinsOnTheOneProcessorHoldsNothingUp(t *testing.T) {
	host := newHost(t, as("environment"))
	ask, spin := processors(t, host), load(t, host, "spin", `{"wall":"1s"}`)
	evaluated(t, spin) // It is quick at its first attempt, so that the next one is expected to be.
	full := narrow(t, ask)
	ended := make(chan error, 1)
	go func() {
		call := benchCall()
		call.Attempt = 2
		_, err := spin.Evaluate(t.Context(), call)
		ended <- err
	}()
	for ask() != full {
		select {
		case err := <-ended:
			t.Fatalf("it ended (%v) before another one had all processors", err)
		default:
		}
	}
	var limit *evaluator.LimitError
	if err := <-ended; !errors.As(err, &limit) || limit.Kind() != "limit:wall" {
		t.Errorf("got %v, want limit:wall", err)
	}
}
