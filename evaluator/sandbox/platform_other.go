//go:build !linux

package sandbox

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/httsleep/httsleep/evaluator/sandbox/walls"
)

// Without process walls no worker is ever started.

func workerSocket() io.ReadWriter { return noSocket{} }

func dieWithParent() {}

type noSocket struct{}

func (noSocket) Read([]byte) (int, error)  { return 0, walls.ErrUnsupported }
func (noSocket) Write([]byte) (int, error) { return 0, walls.ErrUnsupported }

type socket struct {
	*os.File
	sender int
}

func socketPair() (ours *socket, theirs *os.File, err error) { return nil, nil, walls.ErrUnsupported }

func monotonic() int64                    { return 0 }
func cpuTime(int) time.Duration           { return 0 }
func dataSize(int) int64                  { return 0 }
func demote(int) error                    { return errors.ErrUnsupported }
func restore(int) error                   { return errors.ErrUnsupported }
func isEnding(int) bool                   { return true }
func killGroup(int)                       {}
func endOf(*os.ProcessState) end          { return end{} }
func peakOf(int) uint64                   { return 0 }
func peakOfEnded(*os.ProcessState) uint64 { return 0 }
