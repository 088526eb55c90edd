//go:build !windows

package main

import "os"

// readsEscapes says whether a terminal acts on escape sequences.
func readsEscapes(*os.File) bool { return true }
