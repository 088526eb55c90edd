package js_test

import (
	"strings"
	"testing"

	"github.com/httsleep/httsleep/matcher"
)

// A body cannot make the machine tell a script its addresses.
func TestS21ABodyThatConvertsToNothingTellsNoAddress(t *testing.T) {
	loaded := load(t, `() => {
		const body = response.json(), told = [];
		for (const convert of [() => String(body), () => body + "", () => body * 2, () => ({})[body], () => `+"`${body}`"+`]) {
			try { told.push(convert()) } catch (e) { told.push(e.name + ": " + e.message) }
		}
		ctx.reason(told.join("; "));
		return true;
	}`)
	for _, body := range []string{`{"toString": 1, "valueOf": 2}`, `{"valueOf": {}, "toString": null}`} {
		answer, err := loaded.Evaluate(t.Context(), matcher.Call{Response: jsonResponse([]byte(body)), Attempt: 1})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(answer.Reason, "0x") || strings.Count(answer.Reason, "TypeError: Cannot convert object to primitive value") != 5 {
			t.Errorf("%s tells %s", body, answer.Reason)
		}
	}
}
