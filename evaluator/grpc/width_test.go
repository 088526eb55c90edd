package grpc_test

import (
	"testing"

	"github.com/httsleep/httsleep/matcher"
)

func TestAPluginInGoHasOneProcessorWhileItsEvaluationsAreQuick(t *testing.T) {
	host := newHost(t, as("environment"))
	processors, nap := load(t, host, "processors"), load(t, host, "nap")
	ask := func(loaded matcher.Evaluator) string {
		answer, err := loaded.Evaluate(t.Context(), benchCall())
		if err != nil {
			t.Fatal(err)
		}
		return answer.Reason
	}
	full := ask(processors)
	if full == "1" {
		t.Skip("the machine has one processor")
	}
	const many = 100_000 // A busy machine makes some of them slow.
	for i := 0; ask(processors) != "1"; i++ {
		if i == many {
			t.Fatalf("after %d quick evaluations it still has %s processors", many, full)
		}
	}
	ask(nap)
	if got := ask(processors); got != full {
		t.Errorf("after a slow evaluation it has %s processors, want %s", got, full)
	}
}
