package main

import (
	"encoding/json"
	"io"
	"time"

	"github.com/httsleep/httsleep/engine"
)

// jsonlOutput writes a line of JSON for every event.
type jsonlOutput struct{ dest io.Writer }

func newJSONLOutput(_ *outputSet, dest io.Writer, _ palette) (output, error) {
	return jsonlOutput{dest}, nil
}

// headline is what every line of a poll begins with.
type headline struct {
	Event string `json:"event"`
	Name  string `json:"name,omitempty"` // of the poll, when there are several
}

func (o jsonlOutput) tell(e event) error {
	head := headline{}
	if e.poll != nil && e.kind != ended && len(e.session.polls) > 1 { // a result has its own
		head.Name = e.poll.name
	}
	switch e.kind {
	case started:
		head.Event = "start"
		return o.write(e.poll, head, map[string]any{"at": time.Now().UTC(), "url": e.poll.url})
	case attempted:
		head.Event = "attempt"
		return o.write(e.poll, head, e.attempt)
	case ended:
		head.Event = "end"
		return o.write(e.poll, head, e.poll.result)
	}
	if len(e.session.polls) == 1 {
		return nil
	}
	return emitJSON(o.dest, sinkJSONL, e.session.hide, map[string]any{
		"event": "end", "outcome": e.session.outcome,
	})
}

// write joins the head and the members of a value to one object.
func (o jsonlOutput) write(p *poll, head headline, value any) error {
	first, err := json.Marshal(head)
	if err != nil {
		return err
	}
	rest, err := json.Marshal(value)
	if err != nil {
		return err
	}
	line := append(first[:len(first)-1], ',')
	return emit(o.dest, sinkJSONL, p.hide(), string(append(line, rest[1:]...))+"\n")
}

var _ json.Marshaler = engine.Attempt{}
