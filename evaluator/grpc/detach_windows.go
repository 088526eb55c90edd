package grpc

import "os/exec"

func detach(*exec.Cmd) {}
