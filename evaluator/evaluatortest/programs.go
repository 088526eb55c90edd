package evaluatortest

// Program is one of the programs that a language implements to be tested. All
// take what they need from the call and its config, and match unless it is said
// when they do.
type Program struct{ Name, Does string }

// programs is what Programs lists.
var programs = [...]Program{
	{"status_is_200", "matches when the status is 200"},
	{"status_ok", "matches when the status is 200 to 299"},
	{"attempt_at_least", "matches when the number of the attempt is at least config.at"},
	{"url", "gives the URL of the response as its reason"},
	{"elapsed", "gives the milliseconds that the attempt took as its reason, as an integer"},
	{"header", "matches when the header config.name is there; the reason is its values, in order, joined by |"},
	{"header_names", "gives the names of all headers as its reason: in lower case, sorted, joined by a comma"},
	{"body_contains", "matches when the body contains the ASCII text config.needle"},
	{"text_is", "matches when the body, as UTF-8, is config.text"},
	{"json_field", "matches when the body is a JSON object whose own member config.field is the string config.want; fails when it is not JSON"},
	{"json_path", "matches when the jsonpath config.expression finds something; the reason is the list of what it finds as compact JSON; fails when the expression or the body is wrong"},
	{"count_with_state", "adds one to n of the state, which is 0 at first, and matches when it is at least config.until; the reason is n= and the number"},
	{"echo_state", "gives the state as its reason, as compact JSON, and stores nothing"},
	{"delete_state", "deletes the state"},
	{"set_state", "stores config.state"},
	{"big_state", `stores {"pad": "xx…"} with config.bytes times x`},
	{"fail", "fails, with config.message where the language has messages"},
	{"fail_after_state", `stores {"lost": true}, sets a reason and a delay, and fails`},
	{"return_value", "returns config.value in the place of a boolean"},
	{"now", "gives the time of the call as its reason, in milliseconds since 1970"},
	{"random", "gives two random numbers as its reason, joined by a comma"},
	{"retry_after", "asks for a delay of config.seconds, and does not match"},
	{"reason", "gives config.text as its reason"},
	{"long_reason", "gives config.count times config.text as its reason"},
	{"log", "logs config.text as config.lines lines at level info"},
	{"log_levels", "logs d, i, w and e at the levels debug, info, warn and error"},
	{"spin", "runs for ever"},
}

// Programs lists the programs of the suite.
func Programs() []Program { return programs[:] }
