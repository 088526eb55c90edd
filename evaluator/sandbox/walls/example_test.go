package walls_test

import (
	"fmt"

	"github.com/httsleep/httsleep/evaluator/sandbox/walls"
)

func ExampleReport_Require() {
	report := walls.Report{
		{Rung: walls.Rlimits, Held: true, Detail: "64 MiB more memory were refused"},
		{Rung: walls.Seccomp, Held: true, Detail: "opening a file was refused"},
		{Rung: walls.Landlock, Held: false, Detail: "the kernel does not offer it"},
	}
	fmt.Println(report.Require(walls.Seccomp))
	fmt.Println(report.Require(walls.Landlock))
	// Output:
	// <nil>
	// the sandbox does not reach landlock: no landlock (the kernel does not offer it): run on Linux 5.13 or later, started with landlock, in a container that allows it
}
