//go:build !linux

package walls

import (
	"context"
	"os/exec"
)

type outside struct{}

func (*Outside) explore() {}

func (*Outside) groupsWorkers() bool { return false }

func (*Outside) start(*exec.Cmd) (*Started, error) { return nil, ErrUnsupported }

func (*Outside) startRunner(*exec.Cmd) (*Started, error) { return nil, ErrUnsupported }

func (*Outside) probe(context.Context) (Report, error) {
	return newReport("there is none on this platform"), ErrUnsupported
}

func (Inside) raise() (Report, error) {
	return newReport("there is none on this platform"), ErrUnsupported
}

func setBudget(int64) error { return ErrUnsupported }

func probeMain([]string) {}
