package demo_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/httsleep/httsleep/cmd/httsleep/demo"
)

func ExampleAPI() {
	server := httptest.NewServer(new(demo.API))
	defer server.Close()
	response, err := http.Get(server.URL + "/status/418")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	fmt.Print(response.StatusCode, " ", string(body), err)
	// Output:
	// 418 {"status":418,"text":"I'm a teapot"}
	// <nil>
}
