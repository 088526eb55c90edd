package grpc

import "os/exec"

func confine(*exec.Cmd, bool, int, int) bool { return false }

func killFamily(int, uint64, string) {}
