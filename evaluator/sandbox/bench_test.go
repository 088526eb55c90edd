//go:build linux

package sandbox_test

import (
	"context"
	"testing"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/evaluator/sandbox"
	"github.com/httsleep/httsleep/matcher"
)

// twentyLines is a callback as people write them.
const twentyLines = `export default (response, ctx) => {
  const job = response.json();
  let ready = 0, failed = 0;
  for (const item of job.items) {
    switch (item.status) {
      case "ready":
        ready++;
        break;
      case "failed":
        failed++;
        break;
    }
  }
  ctx.state = { ready };
  if (failed > 0) {
    ctx.reason(failed + " failed");
    return false;
  }
  ctx.reason(ready + " of " + job.items.length + " are ready");
  return ready === job.items.length;
};`

// halfKilobyte is a body of five items.
const halfKilobyte = `{"id": "0f1e2d3c", "created": "2026-01-01T00:00:00Z", "items": [` +
	`{"name": "alpha", "status": "ready", "restarts": 0, "image": "registry/alpha:1.2.3"},` +
	`{"name": "beta", "status": "ready", "restarts": 1, "image": "registry/beta:1.2.3"},` +
	`{"name": "gamma", "status": "ready", "restarts": 0, "image": "registry/gamma:1.2.3"},` +
	`{"name": "delta", "status": "ready", "restarts": 2, "image": "registry/delta:1.2.3"},` +
	`{"name": "epsilon", "status": "ready", "restarts": 0, "image": "registry/epsilon:1.2.3"}]}`

func BenchmarkRoundTrip(b *testing.B) {
	c := matcher.Callback{Kind: "js", Source: []byte(twentyLines)}
	inProcess := js.New(js.WithTier(evaluator.Untrusted))
	b.Run("in-process", func(b *testing.B) { benchmarkEvaluate(b, inProcess, c) })
	pool := newPool(b)
	tenant := pool.Tenant("bench", sandbox.Quota{CPU: 60e9 * 64})
	b.Run("worker", func(b *testing.B) { benchmarkEvaluate(b, tenant, c) })
}

func benchmarkEvaluate(b *testing.B, loader matcher.Loader, c matcher.Callback) {
	ctx := context.Background()
	e, err := loader.Load(ctx, c)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		call := matcher.Call{Response: &matcher.Response{StatusCode: 200, Body: []byte(halfKilobyte)}, Attempt: 1}
		if a, err := e.Evaluate(ctx, call); err != nil || !a.Match {
			b.Fatal(a, err)
		}
	}
}
