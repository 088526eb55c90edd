package spawn_test

import (
	"fmt"
	"os"
	"os/exec"

	"github.com/httsleep/httsleep/evaluator/spawn"
)

func ExampleStart() {
	cmd := exec.Command("echo", "started")
	cmd.Stdout = os.Stdout
	if err := spawn.Start(cmd); err != nil {
		fmt.Println(err)
		return
	}
	if err := cmd.Wait(); err != nil {
		fmt.Println(err)
	}
	// Output: started
}
