package main

import (
	"encoding/json"
	"io"

	"github.com/httsleep/httsleep"
)

// jsonOutput writes one document when all is over.
type jsonOutput struct{ dest io.Writer }

func newJSONOutput(_ *outputSet, dest io.Writer, _ palette) (output, error) {
	return jsonOutput{dest}, nil
}

func (o jsonOutput) tell(e event) error {
	if e.kind != decided {
		return nil
	}
	if len(e.session.polls) == 1 {
		p := e.session.polls[0]
		return emitJSON(o.dest, sinkJSON, p.hide(), p.result)
	}
	polls := make([]json.RawMessage, len(e.session.polls))
	for i, p := range e.session.polls {
		document, err := json.Marshal(p.result)
		if err != nil {
			return err
		}
		polls[i] = p.hide().JSON(document)
	}
	return emitJSON(o.dest, sinkJSON, e.session.hide, map[string]any{
		"outcome": e.session.outcome, "polls": polls,
	})
}

// emitJSON writes a value as JSON on one line.
func emitJSON(dest io.Writer, to sink, hide *httsleep.Redactor, value any) error {
	document, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return emit(dest, to, hide, string(document)+"\n")
}
