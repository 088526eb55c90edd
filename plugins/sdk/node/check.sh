#!/bin/sh
# Tests the Node SDK: installs the packages of its lock file, and runs the tests
# of plugins in Node. Needs Go, Node and npm; on Debian it installs what is
# missing of Node when it may.
#
#   check.sh             install and test
#   check.sh --install   install only
set -eu
cd "$(dirname "$0")"

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "the Node SDK needs Node 18 or later and npm (on Debian: apt-get install nodejs npm)" >&2
        exit 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm
fi

stamp=$(sha256sum <package-lock.json)
if [ "$(cat node_modules/.stamp 2>/dev/null)" != "$stamp" ]; then
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
    echo "$stamp" >node_modules/.stamp
fi
[ "${1:-}" = --install ] && exit 0

HTTSLEEP_NODE=$(command -v node)
export HTTSLEEP_NODE
cd ../../..
scripts/best-of-three.sh go test -count=1 -run Node ./evaluator/grpc
