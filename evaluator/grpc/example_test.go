package grpc_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/httsleep/httsleep/evaluator/grpc"
	"github.com/httsleep/httsleep/matcher"
)

// A host starts the plugin when a callback of it is loaded, and ends it when it
// is closed.
func ExampleNew() {
	// The plugin of this example is the test program itself, told to be one.
	host := grpc.New(grpc.WithEnv(modeName + "=good"))
	defer host.Close()

	check, err := host.Load(context.Background(), matcher.Callback{
		Kind: "exec", Exec: []string{os.Args[0]}, Function: "check",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, status := range []int{503, 200} {
		answer, err := check.Evaluate(context.Background(), matcher.Call{
			Response: &matcher.Response{StatusCode: status}, Attempt: 1, Now: time.Now(),
		})
		fmt.Println(status, answer.Match, err)
	}
	// Output:
	// 503 false <nil>
	// 200 true <nil>
}

// A digest pins a program, or a folder with all that is in it.
func ExampleDigest() {
	folder, err := os.MkdirTemp("", "plugin")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	if err := os.WriteFile(folder+"/check.py", []byte("print('hello')\n"), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(grpc.Digest(folder + "/check.py"))
	fmt.Println(grpc.Digest(folder))
	// Output:
	// 03e693d9f2f687e0f40e36a8df7fcb4d1c22974012b7c2a55c000eb30f305824 <nil>
	// a57859e1b49d212aacd56617feb628e517db3a6384cc8f3221963b1a7425acf5 <nil>
}
