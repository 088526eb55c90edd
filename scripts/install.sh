#!/bin/sh
# Installs what test-all needs besides Go, as far as it is missing: on Debian, as
# root, with apt-get, npm and pip. A C compiler for the race detector, toolchains
# for guests, and what the SDKs for Python and Node name in their lock files.
set -eu
cd "$(dirname "$0")/.."

if ! command -v cc >/dev/null && ! command -v gcc >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gcc libc6-dev
fi
plugins/toolchains.sh
plugins/sdk/python/check.sh --install
plugins/sdk/node/check.sh --install
