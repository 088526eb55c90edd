package httsleep_test

import (
	"os/exec"
	"strings"
	"testing"
)

// Importing the front door links no runtime and no heavy dependency.
func TestTheFrontDoorLinksNoRuntime(t *testing.T) {
	list, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, heavy := range []string{
		"dop251/goja", "evanw/esbuild", "tetratelabs/wazero", "google.golang.org/grpc", "hashicorp/go-plugin",
		"nats-io", "opentelemetry", "spf13/cobra", "yaml", "httsleep/config", "httsleep/evaluator",
	} {
		if strings.Contains(string(list), heavy) {
			t.Errorf("the front door links %s", heavy)
		}
	}
}
