package sandbox

import (
	"fmt"
	"os"
	"runtime/debug"
	"sync"
)

// build tells builds of this program apart: what it was made of, and the size
// of its file.
var build = sync.OnceValue(func() string {
	info, _ := debug.ReadBuildInfo()
	var size int64
	if file, err := os.Stat(self); err == nil {
		size = file.Size()
	}
	return fmt.Sprintf("%v\n%d", info, size)
})

// self is the file of this program, also after another one has taken its name.
const self = "/proc/self/exe"

// executable is the command that starts this program again. A runner may not
// see what this process sees, so it is told the name of the file.
func executable(runner []string) string {
	if len(runner) == 0 {
		return self
	}
	name, err := os.Executable()
	if err != nil {
		return self
	}
	return name
}
