package config_test

import (
	"fmt"
	"strings"

	"github.com/httsleep/httsleep/config"
)

func ExampleFlagCondition() {
	condition, err := config.FlagCondition([]config.Term{
		{Flag: "status", Text: "2xx"},
		{Flag: "jsonpath", Text: "status=DONE"},
		{Flag: "count", Text: "items[*]>=3"},
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(condition)
	// Output:
	// {"status_code":"2xx","jsonpath":[{"expression":"status","value":"DONE"},{"count":{"ge":3},"expression":"items[*]"}]}
}

func ExampleFlagJSON() {
	list, err := config.FlagJSON("@-", strings.NewReader(`{"status_code": 404}`))
	fmt.Println(list, err)
	// Output:
	// [{"status_code":404}] <nil>
}

func ExampleRequestFlags_Request() {
	flags := config.RequestFlags{
		Data:    []config.Data{{Flag: config.DataJSON, Text: `{"ref": "main"}`}},
		Headers: []string{"X-Trace: on"},
	}
	request, err := flags.Request("https://api.example/runs", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*request.Body, request.Headers)
	// Output:
	// {"ref": "main"} map[Accept:[application/json] Content-Type:[application/json] X-Trace:[on]]
}

func ExampleFlagBackoff() {
	backoff, err := config.FlagBackoff("initial=1s,max=1m,jitter=full")
	if err != nil {
		fmt.Println(err)
		return
	}
	text, _ := backoff.Max.MarshalText()
	fmt.Printf("%s %s\n", text, backoff.Jitter)
	// Output:
	// 1m0s full
}
