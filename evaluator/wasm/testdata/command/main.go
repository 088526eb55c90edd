// Command command is a WASI program that checks a status and uses what a
// program may expect of its system: a clock, a timer, random numbers, files
// that are not there.
package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"time"
)

func main() {
	var call struct {
		StatusCode int `json:"status_code"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&call); err != nil {
		panic(err)
	}
	if call.StatusCode >= 500 {
		panic(fmt.Sprint("status ", call.StatusCode))
	}
	now := time.Now()
	time.Sleep(time.Hour)
	if _, err := os.ReadFile("/etc/passwd"); err == nil {
		panic("there are files")
	}
	fmt.Println("looking")
	reason := fmt.Sprintf("%s %v %d %d", now.UTC().Format(time.RFC3339), time.Since(now).Round(time.Minute), len(os.Environ()), rand.Int())
	json.NewEncoder(os.Stdout).Encode(map[string]any{"match": call.StatusCode == 200, "reason": reason})
}
