#!/bin/sh
# Tests the guests in every language. It installs the toolchains that are
# missing, so that no test is left out.
set -eu
cd "$(dirname "$0")"
./toolchains.sh
CI=true go test "$@" .
