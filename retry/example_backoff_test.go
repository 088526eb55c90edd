package retry_test

import (
	"fmt"
	"time"

	"github.com/httsleep/httsleep/retry"
)

// show prints the delays after the first four attempts.
func show(backoff retry.Backoff) {
	const seed = 1
	var delays [4]any
	for i := range delays {
		delays[i] = backoff.Delay(i+1, seed).Round(time.Millisecond)
	}
	fmt.Println(delays[:]...)
}

func ExampleConstant() {
	show(retry.Constant(2 * time.Second))
	// Output: 2s 2s 2s 2s
}

func ExampleLinear() {
	show(retry.Linear(time.Second, 500*time.Millisecond))
	// Output: 1s 1.5s 2s 2.5s
}

func ExampleExponential() {
	show(retry.Exponential(time.Second, 2))
	// Output: 1s 2s 4s 8s
}

func ExampleSchedule() {
	show(retry.Schedule(0, time.Second, 10*time.Second))
	// Output: 0s 1s 10s 10s
}

func ExampleBackoff() {
	fibonacci := retry.Backoff(func(attempt int, _ uint64) time.Duration {
		a, b := time.Second, time.Second
		for range min(attempt, 40) - 1 {
			a, b = b, a+b
		}
		return a
	})
	show(fibonacci)
	show(fibonacci.Capped(0, 2*time.Second))
	// Output:
	// 1s 1s 2s 3s
	// 1s 1s 2s 2s
}

// The schedule of the AWS SDKs' waiters: between 2 seconds and a bound that
// doubles up to 2 minutes.
func ExampleBackoff_Capped() {
	bound := retry.Exponential(2*time.Second, 2).Capped(0, 2*time.Minute)
	show(retry.FullJitter(bound).Capped(2*time.Second, 0))
	// Output: 2s 2s 3.506s 15.266s
}

func ExampleBackoff_Delay() {
	var none retry.Backoff
	fmt.Println(none.Delay(1, 0))
	// Output: 0s
}

func ExampleFullJitter() {
	show(retry.FullJitter(retry.Constant(time.Second)))
	// Output: 750ms 372ms 438ms 954ms
}

func ExampleEqualJitter() {
	show(retry.EqualJitter(retry.Constant(time.Second)))
	// Output: 875ms 686ms 719ms 977ms
}
