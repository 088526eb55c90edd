package js_test

import (
	"context"
	"fmt"
	"time"

	"github.com/httsleep/httsleep/evaluator"
	"github.com/httsleep/httsleep/evaluator/js"
	"github.com/httsleep/httsleep/matcher"
)

func ExampleNew() {
	runtime := js.New()
	defer runtime.Close()

	check, err := runtime.Load(context.Background(), matcher.Callback{
		Kind: "js",
		Source: []byte(`
			const ready = response.json().items.filter((item) => item.ready).length;
			ctx.reason(ready + " ready");
			return ready >= 2`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := check.Evaluate(context.Background(), matcher.Call{
		Response: &matcher.Response{StatusCode: 200, Body: []byte(`{"items":[{"ready":true},{"ready":false}]}`)},
		Attempt:  1,
		Now:      time.Now(),
	})
	fmt.Println(answer.Match, answer.Reason, err)
	// Output: false 1 ready <nil>
}

func ExampleWithTier() {
	runtime := js.New(js.WithTier(evaluator.Untrusted))
	defer runtime.Close()

	_, err := runtime.Load(context.Background(), matcher.Callback{
		Kind: "js", Source: []byte(`response.ok`), Limits: []byte(`{"wall": "10s"}`),
	})
	fmt.Println(err)
	// Output: limits.wall: 10s is not between 0 and 1s
}
