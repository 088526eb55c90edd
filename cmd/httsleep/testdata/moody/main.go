// Command moody is a plugin for tests: it says yes, prints, ends or hangs.
package main

import (
	"fmt"
	"os"

	"github.com/httsleep/httsleep/plugins/sdk"
)

func init() {
	sdk.Handle("yes", func(*sdk.Call) (bool, error) { return true, nil })
	sdk.Handle("print", func(c *sdk.Call) (bool, error) {
		fmt.Fprintln(os.Stderr, "\x1b[2Jlook at", c.StatusCode())
		return true, nil
	})
	sdk.Handle("exit", func(c *sdk.Call) (bool, error) {
		if c.Attempt() == 1 {
			fmt.Fprintln(os.Stderr, "out of paper")
			os.Exit(3)
		}
		return true, nil
	})
	sdk.Handle("hang", func(*sdk.Call) (bool, error) {
		if err := os.WriteFile("hanging", nil, 0o600); err != nil {
			return false, err
		}
		select {}
	})
}

func main() { sdk.Main() }
