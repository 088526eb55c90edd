// Command httsleep polls HTTP endpoints until a response meets a condition, and
// stops early with an alarm when a response proves that it never will.
package main

import (
	"context"
	"os"

	"github.com/httsleep/httsleep/evaluator/grpc"
	"github.com/httsleep/httsleep/evaluator/sandbox"
	"github.com/httsleep/httsleep/evaluator/sandbox/walls"
)

func main() {
	walls.ProbeMain()           // never returns in a process of a probe
	sandbox.Main(workerLoaders) // never returns in a worker
	_ = grpc.Shield()           // where there is no such thing, there is none
	os.Exit(run(context.Background(), os.Args[1:], stdio{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv,
	}))
}
