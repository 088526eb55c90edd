package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/httsleep/httsleep/cmd/httsleep/demo"
)

func newDemo(std stdio) *cobra.Command {
	var listen string
	c := &cobra.Command{
		Use:   "demo [--listen ADDRESS] [-- CMD…]",
		Short: "serve a fake jobs API to try things on",
		Long: `Serves a fake jobs API on this machine, until it is interrupted, or until CMD
ends, which finds its address in DEMO_URL.`,
		Example: "  httsleep demo\n  httsleep demo -- sh -c 'httsleep $DEMO_URL/status/200 --up'",
		Args:    cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			stray, then := splitCommand(c, args)
			if len(stray) > 0 {
				return usageError{fmt.Errorf("%q: demo takes no arguments; a command stands behind --", stray[0])}
			}
			if len(then) > 0 && !c.Flags().Changed("listen") {
				listen = "127.0.0.1:0"
			}
			return serveDemo(c.Context(), std, listen, then)
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8787", "the `ADDRESS` to serve on; loopback only")
	return c
}

// serveDemo serves until the context or the command ends.
func serveDemo(ctx context.Context, std stdio, address string, command []string) error {
	listener, err := listenLoopback(address)
	if err != nil {
		return usageError{err}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- new(demo.API).Serve(ctx, listener) }()
	url := "http://" + listener.Addr().String()
	if len(command) > 0 {
		err := runWith(ctx, std, url, command)
		stop()
		return errors.Join(err, <-served)
	}
	if err := emit(std.err, sinkNotice, nil, fmt.Sprintf(demoBanner, url)); err != nil {
		return err
	}
	if err := <-served; err != nil {
		return err
	}
	return exitStatus(interruption(ctx))
}

// demoBanner says how to try the API.
const demoBanner = `A fake jobs API on %[1]s; end it with Ctrl-C. In another terminal:

  httsleep -X POST '%[1]s/jobs?duration=10s' --status 201 --print id
  httsleep %[1]s/jobs/1 --jsonpath status=SUCCESS --alarm-jsonpath status=ERROR
  httsleep %[1]s/jobs/1/output --up --output-body

  POST /jobs       duration=SPAN, fails=true, flaps=N, in the query or as JSON
  GET /jobs/1, /jobs/1/output; below /private with a token from POST /login
  /status/503, /delay/3s, /drop, /garbage, /redirect/3, /bytes/1000000
`

// listenLoopback listens on an address of this machine alone.
func listenLoopback(address string) (net.Listener, error) {
	resolved, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w", address, err)
	}
	if !resolved.IP.IsLoopback() {
		return nil, fmt.Errorf("--listen %s: the demo serves this machine only: want 127.0.0.1:PORT", address)
	}
	listener, err := net.ListenTCP("tcp", resolved)
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w", address, err)
	}
	return listener, nil
}

// runWith runs a command that finds the API in DEMO_URL; its exit code is ours.
func runWith(ctx context.Context, std stdio, url string, command []string) error {
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stdin, c.Stdout, c.Stderr = std.in, std.out, std.err
	c.Env = append(os.Environ(), "DEMO_URL="+url)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exitStatus(exit.ExitCode())
	case ctx.Err() != nil:
		return exitStatus(interruption(ctx))
	case errors.Is(err, exec.ErrNotFound):
		return usageError{err}
	}
	return err
}
