package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// signalError is the cause of a context that a signal has ended.
type signalError struct{ signal os.Signal }

func (e signalError) Error() string { return e.signal.String() }

// Kind is cancelled.
func (e signalError) Kind() string { return "cancelled" }

// untilSignal makes a context that SIGINT and SIGTERM end. A second signal ends
// the process at once.
func untilSignal(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case s := <-signals:
			cancel(signalError{s})
		case <-done:
			return
		}
		select {
		case s := <-signals:
			os.Exit(signalCodes[s])
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}

// interruption is the exit code of a context that has ended.
func interruption(ctx context.Context) int {
	var by signalError
	if errors.As(context.Cause(ctx), &by) {
		return signalCodes[by.signal]
	}
	return exitInterrupted
}
