package walls

import (
	"encoding/json"
	"testing"
)

func TestProbe(t *testing.T) {
	report, err := new(Outside).Probe(t.Context())
	text, _ := json.MarshalIndent(report, "", " ")
	t.Logf("%s %v", text, err)
}
