#!/bin/sh
# Checks the types against the examples, with the compiler that the lock file
# pins. Nothing that a package brings along is run while it is installed.
set -eu
cd "$(dirname "$0")"
if ! cmp -s package-lock.json node_modules/.installed-lock.json 2>/dev/null; then
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	cp package-lock.json node_modules/.installed-lock.json
fi
./node_modules/.bin/tsc -p .
