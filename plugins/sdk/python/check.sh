#!/bin/sh
# Tests the Python SDK: makes a virtual environment of the pinned packages, and
# runs the tests of plugins in Python. Needs Go and Python 3; on Debian it
# installs what is missing of Python when it may.
#
#   check.sh             install and test
#   check.sh --install   install only
set -eu
cd "$(dirname "$0")"

if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "the Python SDK needs Python 3 with venv (on Debian: apt-get install python3-venv)" >&2
        exit 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 python3-venv
fi

stamp=$(cat requirements.txt ../../examples/python-*/requirements.txt 2>/dev/null | sha256sum)
if [ "$(cat .venv/stamp 2>/dev/null)" != "$stamp" ]; then
    rm -rf .venv
    python3 -m venv .venv
    for list in requirements.txt ../../examples/python-*/requirements.txt; do
        .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r "$list"
    done
    echo "$stamp" >.venv/stamp
fi
[ "${1:-}" = --install ] && exit 0

HTTSLEEP_PYTHON=$PWD/.venv/bin/python
export HTTSLEEP_PYTHON
cd ../../..
scripts/best-of-three.sh go test -count=1 -run Python ./evaluator/grpc
