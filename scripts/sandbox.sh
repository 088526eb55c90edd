#!/bin/sh
# Tests the sandbox with and without cgo, and, where this is root, as a user who
# is nobody too.
set -eu
cd "$(dirname "$0")/.."
[ "$(uname)" = Linux ] || exit 0
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
chmod 755 "$bin"
for cgo in 0 1; do
    CGO_ENABLED=$cgo go test -c -o "$bin/sandbox.test" ./evaluator/sandbox
    cd evaluator/sandbox
    echo "cgo $cgo, as $(id -un)"
    "$bin/sandbox.test" -test.timeout=10m
    if [ "$(id -u)" = 0 ]; then
        echo "cgo $cgo, as nobody"
        setpriv --reuid 65534 --regid 65534 --clear-groups "$bin/sandbox.test" -test.timeout=10m
    fi
    cd ../..
    CGO_ENABLED=$cgo go test ./evaluator/sandbox/walls ./evaluator/spawn
done
