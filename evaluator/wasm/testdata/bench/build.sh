#!/bin/sh
# Builds the guests that the benchmarks measure. Needs wabt, clang and lld with
# a WebAssembly target, rustc with its wasm32 library, and asc of
# AssemblyScript.
set -eu
cd "$(dirname "$0")"
wat2wasm work.wat -o work.wasm
clang --target=wasm32 -O2 -nostdlib -Wl,--no-entry -Wl,--strip-all \
  -Wl,--export=scan -Wl,--export=buffer -Wl,--export=evaluate -o scan_c.wasm scan.c
rustc --target wasm32-unknown-unknown -O -C strip=symbols -C panic=abort \
  --crate-type cdylib -C linker=wasm-ld -o scan_rust.wasm scan.rs
asc scan.ts -O3 --runtime stub -o scan_as.wasm
