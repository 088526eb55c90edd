#!/bin/sh
# Tests the guests in every language. It installs the toolchains that are
# missing, so that no test is left out. Arguments are those of go test, as -race.
set -eu
cd "$(dirname "$0")"
./toolchains.sh
CI=true go test "$@" .
