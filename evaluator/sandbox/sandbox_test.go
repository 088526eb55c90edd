package sandbox_test

import (
	"context"
	"testing"
	"time"

	"github.com/httsleep/httsleep/evaluator/sandbox"
	"github.com/httsleep/httsleep/matcher"
)

// newPool makes a pool that ends with the test.
func newPool(t testing.TB, options ...sandbox.Option) *sandbox.Pool {
	t.Helper()
	pool := sandbox.New(options...)
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	return pool
}

func TestSmoke(t *testing.T) {
	pool := newPool(t)
	tenant := pool.Tenant("a", sandbox.Quota{})
	e, err := tenant.Load(context.Background(), matcher.Callback{Kind: "js", Source: []byte("response.json().a === 1")})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		began := time.Now()
		a, err := e.Evaluate(context.Background(), matcher.Call{Response: &matcher.Response{StatusCode: 200, Body: []byte(`{"a":1}`)}, Attempt: 1})
		t.Log(time.Since(began), a, err)
	}
	report, err := pool.Walls(context.Background())
	t.Log(report, err)
	t.Log(pool.Counts())
}
