package main

import (
	"encoding/json"
	"fmt"
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
	return o.several(e.session)
}

// several writes the results of many polls one by one, since together they may
// be large.
func (o jsonOutput) several(s *session) error {
	if err := emit(o.dest, sinkFrame, nil, fmt.Sprintf(`{"outcome":%q,"polls":[`, s.outcome)); err != nil {
		return err
	}
	for i, p := range s.polls {
		document, err := json.Marshal(p.result)
		if err == nil && i > 0 {
			err = emit(o.dest, sinkFrame, nil, ",")
		}
		if err == nil {
			err = emit(o.dest, sinkJSON, s.hide, string(document))
		}
		if err != nil {
			return err
		}
	}
	return emit(o.dest, sinkFrame, nil, "]}\n")
}

// emitJSON writes a value as JSON on one line.
func emitJSON(dest io.Writer, to sink, hide *httsleep.Redactor, value any) error {
	document, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return emit(dest, to, hide, string(document)+"\n")
}
