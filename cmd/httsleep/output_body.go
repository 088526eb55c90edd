package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/httsleep/httsleep"
	"github.com/httsleep/httsleep/matcher/jsonpath"
)

// printValue prints what an expression selects in the final body, strings raw.
type printValue struct {
	dest       io.Writer
	expression string
	path       *jsonpath.Path
}

func (o printValue) tell(e event) error {
	if e.kind != decided {
		return nil
	}
	for _, p := range e.session.polls {
		values, err := o.values(p.result)
		if err != nil {
			err = unprinted{err}
		} else {
			err = emit(o.dest, sinkPrint, p.hide(), values)
		}
		if err != nil && p.result.Outcome == httsleep.Success {
			return fmt.Errorf("--print %s: %w", o.expression, err)
		}
	}
	return nil
}

// unprinted is why there is no value to print, which -q does not tell.
type unprinted struct{ error }

func (e unprinted) Unwrap() error { return e.error }

// values is one line for each result.
func (o printValue) values(result *httsleep.Result) (string, error) {
	if result.Response == nil {
		return "", errors.New("there is no response")
	}
	document, err := result.Response.JSON()
	if err != nil {
		return "", err
	}
	nodes, err := o.path.Select(document.Root())
	if err != nil {
		return "", err
	}
	if len(nodes) == 0 {
		return "", errors.New("the final body has no such value")
	}
	var b strings.Builder
	for _, node := range nodes {
		text := node.Value.String()
		if node.Value.Kind() == jsonpath.String {
			text = node.Value.Text()
		}
		b.WriteString(text + "\n")
	}
	return b.String(), nil
}

// body writes the final body as it is.
type body struct{ dest io.Writer }

func (o body) tell(e event) error {
	if e.kind != decided {
		return nil
	}
	p := e.session.polls[0]
	if p.result.Response == nil {
		return nil
	}
	return emit(o.dest, sinkBody, p.hide(), string(p.result.Response.Body))
}

// record writes the final response in the shape that eval reads.
type record struct{ dest io.Writer }

func (o record) tell(e event) error {
	if e.kind != decided {
		return nil
	}
	p := e.session.polls[0]
	if p.result.Response == nil {
		return nil
	}
	document, err := json.Marshal(p.result.Response)
	if err != nil {
		return err
	}
	return emit(o.dest, sinkRecording, p.hide(), string(document)+"\n")
}
