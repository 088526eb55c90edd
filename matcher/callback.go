package matcher

import (
	"context"
	"encoding/json"
	"time"
)

// Callback is a condition that is code, as data: which runtime it is for and
// what that runtime needs to load it. Files have been read by whoever made it.
type Callback struct {
	Kind     string          // "js", "wasm", "exec" or "plugin"
	Source   []byte          // the script or the module; of js and wasm
	Name     string          // what errors call the source: a file name, or empty
	Exec     []string        // the command and its arguments; of exec
	SHA256   string          // the digest that the executable must have; of exec
	Plugin   string          // the name of an installed plugin; of plugin
	Function string          // the function to call; empty: the runtime's default
	Config   json.RawMessage // handed to the code; empty: {}
	Instance string          // "fresh" (also empty) or "pooled"; of wasm
	Limits   json.RawMessage // the limits asked for, as written; empty: the tier's defaults
}

// Loader makes evaluators for the callbacks of one runtime. It owns what it
// makes: closing the loader's runtime closes the evaluators.
type Loader interface {
	// Serves says whether the loader takes callbacks of a kind.
	Serves(kind string) bool
	// Load compiles the callback and checks it, so that a mistake in it is
	// found before the first request. A limit broken while loading is an error
	// of kind limit:….
	Load(ctx context.Context, c Callback) (Evaluator, error)
}

// Evaluator runs one loaded callback. It is safe for concurrent use.
type Evaluator interface {
	// Evaluate judges one call. An error means that the code failed or broke a
	// limit; its kind (see [Kind]) is callback or limit:….
	Evaluate(ctx context.Context, c Call) (Answer, error)
}

// Call is what a callback is given.
type Call struct {
	Response *Response
	Attempt  int             // counted from 1
	Config   json.RawMessage // {} when the condition gives none
	State    json.RawMessage // what the callback last stored; {} at first
	Now      time.Time       // the only clock that it sees
	Seed     uint64          // the only source of randomness that it sees
}

// Answer is what a callback gives back.
type Answer struct {
	Match      bool
	Note       string          // what the host has to say of the answer, as that it was no boolean
	Reason     string          // one line for the report
	State      json.RawMessage // the new state; nil: unchanged; empty and not nil: deleted
	RetryAfter time.Duration   // when to ask again; 0: as the poll says
	Log        []LogLine
	LogDropped int // lines beyond the cap
}

// LogLine is one line that a callback logged.
type LogLine struct {
	Path  string `json:"path"` // of the condition, as "until[0]"
	Level string `json:"level"`
	Text  string `json:"text"`
}
