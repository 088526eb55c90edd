#!/bin/sh
# Builds check.wasm with wat2wasm of the WebAssembly Binary Toolkit (wabt).
set -eu
cd "$(dirname "$0")"
wat2wasm check.wat -o check.wasm
