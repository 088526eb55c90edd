package config

import (
	"regexp"
	"sync"
)

// onUse compiles a pattern at its first use: most commands read no file, and
// need not wait for the patterns that files do.
func onUse(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
