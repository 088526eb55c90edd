package retry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"syscall"
	"time"

	"github.com/httsleep/httsleep/retry"
)

func ExamplePoll() {
	progress := 0
	job := func(context.Context) (int, error) {
		progress += 40
		return progress, nil
	}
	done := func(percent int) (bool, error) { return percent >= 100, nil }

	percent, err := retry.Poll(context.Background(), job, done, retry.PollOptions{
		Timeout: time.Minute,
		Backoff: retry.Constant(time.Millisecond),
	})
	fmt.Println(percent, err)
	// Output: 120 <nil>
}

func ExamplePoll_errors() {
	calls := 0
	job := func(context.Context) (string, error) {
		calls++
		switch calls {
		case 1:
			return "", io.ErrUnexpectedEOF
		case 2:
			return "running", nil
		default:
			return "failed", nil
		}
	}
	done := func(status string) (bool, error) {
		if status == "failed" {
			return false, errors.New("the job has failed")
		}
		return status == "done", nil
	}

	status, err := retry.Poll(context.Background(), job, done, retry.PollOptions{
		Backoff:   retry.Constant(time.Millisecond),
		Retryable: retry.Is(io.ErrUnexpectedEOF),
	})
	fmt.Println(status, err)
	// Output: failed the job has failed
}

func ExampleTimeoutError() {
	status := func(context.Context) (string, error) { return "running", nil }
	done := func(status string) (bool, error) { return status == "done", nil }

	_, err := retry.Poll(context.Background(), status, done, retry.PollOptions{
		Timeout: time.Millisecond,
		Backoff: retry.Constant(time.Hour),
	})
	if late, ok := errors.AsType[*retry.TimeoutError](err); ok {
		fmt.Println(late.Attempts, "attempts, last:", late.Last)
	}
	// Output: 2 attempts, last: running
}

func ExampleDo() {
	calls := 0
	fetch := func(context.Context) (string, error) {
		calls++
		if calls < 3 {
			return "", syscall.ECONNREFUSED
		}
		return "ready", nil
	}

	value, err := retry.Do(context.Background(), fetch, retry.Options{
		Attempts: 5,
		Backoff:  retry.Exponential(time.Millisecond, 2),
		OnError:  func(err error, before int) { fmt.Println(before, err) },
	})
	fmt.Println(value, err)
	// Output:
	// 0 connection refused
	// 1 connection refused
	// ready <nil>
}

func ExampleExhaustedError() {
	refuse := func(context.Context) (string, error) { return "", syscall.ECONNREFUSED }

	_, err := retry.Do(context.Background(), refuse, retry.Options{Backoff: retry.Constant(0)})
	fmt.Println(err)
	fmt.Println(errors.Is(err, syscall.ECONNREFUSED))
	// Output:
	// gave up after 3 attempts: connection refused
	// true
}

func ExampleIs() {
	retryable := retry.Is(syscall.ECONNREFUSED, syscall.ECONNRESET)
	fmt.Println(retryable(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}))
	fmt.Println(retryable(io.EOF))
	// Output:
	// true
	// false
}

func ExampleAs() {
	fmt.Println(retry.As[*net.OpError](&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}))
	fmt.Println(retry.As[*net.OpError](io.EOF))
	// Output:
	// true
	// false
}

func ExampleAnyOf() {
	retryable := retry.AnyOf(retry.As[*net.OpError], retry.Is(io.EOF))
	fmt.Println(retryable(io.EOF))
	fmt.Println(retryable(fs.ErrNotExist))
	// Output:
	// true
	// false
}

func ExampleBreaker() {
	breaker := retry.NewBreaker(retry.BreakerOptions{
		Name:      "example.com",
		Threshold: 2,
		Reset:     time.Minute,
	})
	for range 3 {
		permit, err := breaker.Allow()
		if err != nil {
			fmt.Println("refused:", errors.Is(err, retry.ErrOpen))
			break
		}
		permit.Done(syscall.ECONNREFUSED)
		fmt.Println("failed:", breaker.State())
	}
	// Output:
	// failed: closed
	// failed: open
	// refused: true
}

func ExampleGuard() {
	breaker := retry.NewBreaker(retry.BreakerOptions{Threshold: 1})
	fetch := func(context.Context) (string, error) { return "", syscall.ECONNREFUSED }

	_, err := retry.Guard(context.Background(), breaker, fetch)
	fmt.Println(err)
	_, err = retry.Guard(context.Background(), breaker, fetch)
	fmt.Println(errors.Is(err, retry.ErrOpen))
	// Output:
	// connection refused
	// true
}

func ExampleParseRetryAfter() {
	now := time.Date(2019, time.June, 3, 11, 0, 0, 0, time.UTC)
	for _, value := range []string{"120", "Mon, 03 Jun 2019 12:00:00 GMT", "-1"} {
		fmt.Println(retry.ParseRetryAfter(value, now))
	}
	// Output:
	// 2m0s true
	// 1h0m0s true
	// 0s false
}

func ExampleFitDeadline() {
	fmt.Println(retry.FitDeadline(6*time.Second, 2*time.Second, 30*time.Second))
	fmt.Println(retry.FitDeadline(6*time.Second, 2*time.Second, 7*time.Second))
	fmt.Println(retry.FitDeadline(6*time.Second, 2*time.Second, 5*time.Second))
	// Output:
	// 6s false
	// 7s true
	// 5s true
}
