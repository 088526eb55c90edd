#!/bin/sh
# Runs the tests under the race detector, which needs a C compiler.
set -eu
if ! command -v cc >/dev/null && ! command -v gcc >/dev/null; then
    echo "test-all needs a C compiler for the race detector" >&2
    exit 1
fi
CGO_ENABLED=1 go test -race ./...
