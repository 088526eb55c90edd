package sandbox_test

import (
	"context"
	"errors"

	"github.com/httsleep/httsleep/matcher"
)

// faults is a runtime of callbacks that do to their worker what their source
// names. It stands for code that has broken out of its runtime.
type faults struct{}

func (faults) Serves(kind string) bool { return kind == "fault" }

func (faults) Load(_ context.Context, c matcher.Callback) (matcher.Evaluator, error) {
	if do := deeds[string(c.Source)]; do != nil {
		return do, nil
	}
	return nil, errors.New("no such fault")
}

// deed is what a callback does.
type deed func(call matcher.Call) (matcher.Answer, error)

func (d deed) Evaluate(_ context.Context, call matcher.Call) (matcher.Answer, error) { return d(call) }

var deeds = map[string]deed{
	"answer": func(matcher.Call) (matcher.Answer, error) { return matcher.Answer{Match: true}, nil },
}
