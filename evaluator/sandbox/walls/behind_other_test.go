//go:build !linux

package walls

func behindMain([]string) {}

func hostMain() {}
