// Command suite is the plugin with which package evaluatortest tests the Go SDK:
// the programs that it lists, each a check.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/httsleep/httsleep/plugins/sdk"
)

// config is what the cases configure.
type config struct {
	At         int             `json:"at"`
	Name       string          `json:"name"`
	Needle     string          `json:"needle"`
	Text       string          `json:"text"`
	Field      string          `json:"field"`
	Want       string          `json:"want"`
	Expression string          `json:"expression"`
	Until      int             `json:"until"`
	State      json.RawMessage `json:"state"`
	Bytes      int             `json:"bytes"`
	Message    string          `json:"message"`
	Seconds    float64         `json:"seconds"`
	Count      int             `json:"count"`
	Lines      int             `json:"lines"`
}

// programs are the programs of the suite. // :: name → program
var programs = map[string]func(c *sdk.Call, config config) (bool, error){
	"status_is_200":    func(c *sdk.Call, _ config) (bool, error) { return c.StatusCode() == 200, nil },
	"status_ok":        func(c *sdk.Call, _ config) (bool, error) { return c.OK(), nil },
	"attempt_at_least": func(c *sdk.Call, config config) (bool, error) { return c.Attempt() >= config.At, nil },
	"url":              func(c *sdk.Call, _ config) (bool, error) { return because(c, c.URL()) },
	"elapsed": func(c *sdk.Call, _ config) (bool, error) {
		return because(c, strconv.FormatInt(c.Elapsed().Milliseconds(), 10))
	},
	"header": func(c *sdk.Call, config config) (bool, error) {
		values := c.HeaderValues(config.Name)
		c.Reason(strings.Join(values, "|"))
		return values != nil, nil
	},
	"header_names": func(c *sdk.Call, _ config) (bool, error) { return because(c, strings.Join(c.HeaderNames(), ",")) },
	"body_contains": func(c *sdk.Call, config config) (bool, error) {
		return bytes.Contains(c.Body(), []byte(config.Needle)), nil
	},
	"text_is":          func(c *sdk.Call, config config) (bool, error) { return string(c.Body()) == config.Text, nil },
	"json_field":       jsonField,
	"json_path":        jsonPath,
	"count_with_state": countWithState,
	"echo_state":       echoState,
	"delete_state": func(c *sdk.Call, _ config) (bool, error) {
		c.DeleteState()
		return true, nil
	},
	"set_state": func(c *sdk.Call, config config) (bool, error) { return true, c.SetState(config.State) },
	"big_state": func(c *sdk.Call, config config) (bool, error) {
		return true, c.SetState(map[string]string{"pad": strings.Repeat("x", config.Bytes)})
	},
	"fail":             func(_ *sdk.Call, config config) (bool, error) { return false, errors.New(config.Message) },
	"fail_after_state": failAfterState,
	"now": func(c *sdk.Call, _ config) (bool, error) {
		return because(c, strconv.FormatInt(c.Now().UnixMilli(), 10))
	},
	"random": func(c *sdk.Call, _ config) (bool, error) {
		r := c.Random()
		return because(c, fmt.Sprintf("%v,%v", r.Float64(), r.Float64()))
	},
	"retry_after": func(c *sdk.Call, config config) (bool, error) {
		c.RetryAfter(time.Duration(config.Seconds * float64(time.Second)))
		return false, nil
	},
	"reason": func(c *sdk.Call, config config) (bool, error) { return because(c, config.Text) },
	"long_reason": func(c *sdk.Call, config config) (bool, error) {
		return because(c, strings.Repeat(config.Text, config.Count))
	},
	"log": func(c *sdk.Call, config config) (bool, error) {
		for range config.Lines {
			c.Log(sdk.Info, config.Text)
		}
		return true, nil
	},
	"log_levels": func(c *sdk.Call, _ config) (bool, error) {
		c.Log(sdk.Debug, "d")
		c.Log(sdk.Info, "i")
		c.Log(sdk.Warn, "w")
		c.Log(sdk.Error, "e")
		return true, nil
	},
	"spin": func(c *sdk.Call, _ config) (bool, error) {
		for c.Attempt() > 0 {
			continue
		}
		return false, nil
	},
}

// because matches, with a reason.
func because(c *sdk.Call, reason string) (bool, error) {
	c.Reason(reason)
	return true, nil
}

func jsonField(c *sdk.Call, config config) (bool, error) {
	var body any
	if err := c.JSON(&body); err != nil {
		return false, err
	}
	object, _ := body.(map[string]any)
	return object[config.Field] == config.Want, nil
}

func jsonPath(c *sdk.Call, config config) (bool, error) {
	found, err := c.JSONPath(config.Expression)
	c.Reason(string(found))
	return len(found) > len("[]"), err
}

func countWithState(c *sdk.Call, config config) (bool, error) {
	var state struct {
		N int `json:"n"`
	}
	if err := c.State(&state); err != nil {
		return false, err
	}
	state.N++
	c.Reason(fmt.Sprintf("n=%d", state.N))
	return state.N >= config.Until, c.SetState(state)
}

func echoState(c *sdk.Call, _ config) (bool, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, c.RawState()); err != nil {
		return false, err
	}
	return because(c, compact.String())
}

func failAfterState(c *sdk.Call, _ config) (bool, error) {
	c.Reason("lost")
	c.RetryAfter(5 * time.Second)
	return false, errors.Join(c.SetState(map[string]bool{"lost": true}), errors.New("after all that"))
}

func init() {
	for name, program := range programs {
		sdk.Handle(name, func(c *sdk.Call) (bool, error) {
			var config config
			if err := c.Config(&config); err != nil {
				return false, err
			}
			return program(c, config)
		})
	}
}

func main() { sdk.Main() }
