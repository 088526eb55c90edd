//go:build !wasip1

package sdk

import (
	"context"
	"testing"

	pluginv1 "github.com/httsleep/httsleep/plugins/sdk/proto/v1"
)

// A check finds what it stored itself, as it does in WebAssembly.
func TestStateIsWhatTheCheckStoredLast(t *testing.T) {
	for _, c := range []struct {
		name, before string
		store        func(*Call)
		want         string
	}{
		{"nothing stored", `{"n":1}`, func(*Call) {}, `{"n":1}`},
		{"nothing at all", ``, func(*Call) {}, `{}`},
		{"stored", `{"n":1}`, func(c *Call) { c.SetRawState([]byte(`{"n":2}`)) }, `{"n":2}`},
		{"stored where there was none", ``, func(c *Call) { c.SetRawState([]byte(`7`)) }, `7`},
		{"stored twice", `{"n":1}`, func(c *Call) { c.SetRawState([]byte(`2`)); c.SetRawState([]byte(`3`)) }, `3`},
		{"deleted", `{"n":1}`, (*Call).DeleteState, `{}`},
		{"deleted and stored", `{"n":1}`, func(c *Call) { c.DeleteState(); c.SetRawState([]byte(`4`)) }, `4`},
	} {
		t.Run(c.name, func(t *testing.T) {
			call := &Call{guest{ctx: context.Background(), request: &pluginv1.EvaluateRequest{State: []byte(c.before)}, answer: &pluginv1.Answer{}}}
			c.store(call)
			if got := string(call.RawState()); got != c.want {
				t.Errorf("the state is %s, want %s", got, c.want)
			}
		})
	}
}
