#!/bin/sh
# Runs what needs more than Go: the race detector, the guests and plugins of
# every language, the types for JavaScript, and the large tests.
set -eu
cd "$(dirname "$0")/.."
scripts/install.sh

echo "== the race detector"
export CGO_ENABLED=1
go test -race -short -timeout 20m $(go list ./... | grep -v -e /evaluator/grpc -e '/evaluator/sandbox$')
scripts/best-of-three.sh go test -race -short ./evaluator/grpc
scripts/best-of-three.sh go test -race -short ./evaluator/sandbox
unset CGO_ENABLED

echo "== ten thousand polls in one process"
HTTSLEEP_TEST_LARGE=1 go test -count=1 -run TestTenThousandPolls ./cmd/httsleep

echo "== a thousand plugin processes that are started and killed"
HTTSLEEP_CHURN=1000 go test -count=1 -run 'KillsLeak|StartsSurvive' ./evaluator/grpc

echo "== the sandbox, with and without cgo, as this user and as nobody"
scripts/best-of-three.sh scripts/sandbox.sh

echo "== every attack three times, from four tenants at once"
HTTSLEEP_TORTURE=1 scripts/best-of-three.sh go test -count=1 -timeout 20m -v -run TestTorture ./evaluator/sandbox

echo "== the suite in workers under stress"
HTTSLEEP_SOAK=30s go test -count=1 -run UnderStress ./evaluator/sandbox

echo "== types for callbacks in JavaScript"
plugins/sdk/js/check.sh

echo "== plugins in Python and Node"
plugins/sdk/python/check.sh
plugins/sdk/node/check.sh

echo "== guests in every language"
plugins/test.sh
