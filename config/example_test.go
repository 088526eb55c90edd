package config_test

import (
	"fmt"

	"github.com/httsleep/httsleep/config"
)

func ExampleParse() {
	file, err := config.Parse("deploy.yaml", []byte(`
defaults:
  until: {jsonpath: {expression: status, value: READY}}
  timeout: 10m
wait: any
polls:
  - {name: blue, request: http://blue.example/status}
  - {name: green, request: http://green.example/status, timeout: 5m}
`), config.Options{})
	if err != nil {
		fmt.Println(config.Explain(err))
		return
	}
	for _, spec := range file.Polls {
		text, _ := spec.Timeout.MarshalText()
		fmt.Println(spec.Name, spec.Request.URL, string(text))
	}
	fmt.Println("enough:", file.AtLeast)
	// Output:
	// blue http://blue.example/status 10m0s
	// green http://green.example/status 5m0s
	// enough: 1
}

func ExampleExplain() {
	_, err := config.Parse("deploy.yaml", []byte("request: http://localhost:8080/\nuntil: {status_code: 200}\npolling_interval: 5\n"), config.Options{})
	fmt.Println(config.Explain(err))
	// Output:
	// deploy.yaml:3:1: polling_interval: unknown key "polling_interval": it is "interval" now, in seconds or with a unit
	//     3 | polling_interval: 5
	//       | ^
}
