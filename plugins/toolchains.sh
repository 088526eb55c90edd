#!/bin/sh
# Installs what build.sh needs for guests in C, Rust and AssemblyScript, as far
# as it is missing: on Debian, as root, with apt-get; and AssemblyScript with
# npm, as its lock file says, without running anything that packages bring along.
set -eu
cd "$(dirname "$0")"

# Whether some rustc has the library for WebAssembly; that of rustup may stand
# before that of Debian.
compiles_rust() {
	for rustc in rustc /usr/bin/rustc; do
		libraries=$("$rustc" --print target-libdir --target wasm32-unknown-unknown 2>/dev/null) || continue
		if ls "$libraries"/libcore-*.rlib >/dev/null 2>&1; then return; fi
	done
	return 1
}

packages=
command -v clang >/dev/null || packages="$packages clang"
command -v wasm-ld >/dev/null || packages="$packages lld"
compiles_rust || packages="$packages rustc libstd-rust-dev-wasm32"
command -v node >/dev/null || packages="$packages nodejs"
command -v npm >/dev/null || packages="$packages npm"
if [ -n "$packages" ]; then
	apt-get update
	# The names are words.
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $packages
fi

cd sdk/assemblyscript
if ! cmp -s package-lock.json node_modules/.installed-lock.json; then
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	cp package-lock.json node_modules/.installed-lock.json
fi
