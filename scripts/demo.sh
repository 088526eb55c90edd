#!/bin/sh
# Shows the main job against the demo API: wait for a job that succeeds, then
# meet one that fails. Run by `make demo`; needs only Go and sh.
set -eu

if [ -z "${DEMO_URL:-}" ]; then
	cd "$(dirname "$0")/.."
	mkdir -p bin
	go build -o bin/httsleep ./cmd/httsleep
	PATH="$PWD/bin:$PATH"
	export PATH
	exec httsleep demo -- sh scripts/demo.sh
fi

say() { printf '\n# %s\n' "$*" >&2; }

# create makes a job and prints its id.
create() { httsleep -q -X POST "$DEMO_URL/jobs?$1" --status 201 --print id; }

say "A job that takes five seconds"
id=$(create "duration=5s&flaps=1")
say "\$ httsleep $DEMO_URL/jobs/$id --up --jsonpath status=SUCCESS --alarm-jsonpath status=ERROR -i 1s"
httsleep "$DEMO_URL/jobs/$id" --up --jsonpath status=SUCCESS --alarm-jsonpath status=ERROR -i 1s --output-body
httsleep -q "$DEMO_URL/jobs/$id/output" --status 200 --output-body

say "A job that fails: the alarm ends the wait at once, with exit code 3"
id=$(create "duration=2s&fails=true")
say "\$ httsleep $DEMO_URL/jobs/$id --jsonpath status=SUCCESS --alarm-jsonpath status=ERROR -i 1s"
code=0
httsleep "$DEMO_URL/jobs/$id" --jsonpath status=SUCCESS --alarm-jsonpath status=ERROR -i 1s || code=$?
echo "exit code $code" >&2
[ "$code" -eq 3 ]
