package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// readsEscapes has a console act on escape sequences, and says whether it does.
func readsEscapes(console *os.File) bool {
	var mode uint32
	handle := windows.Handle(console.Fd())
	if err := windows.GetConsoleMode(handle, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(handle, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
