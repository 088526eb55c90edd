#!/bin/sh
# Builds guests, as WebAssembly modules.
#
#   build.sh SOURCE [OUT]   one: a folder with Go source, or a .c, .rs or .ts file;
#                           OUT is check.wasm in the folder of the source, unless it is given
#   build.sh                every example
#
# It needs the toolchain of the language, which toolchains.sh installs, and ends
# with 3 where that is missing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

missing() {
	echo "to build $source, $1 is needed: run plugins/toolchains.sh" >&2
	exit 3
}

# A program speaks WASI; what uses the SDK is a module without a main.
build_go() {
	command -v go >/dev/null || missing "Go"
	mode=exe
	if grep -q plugins/sdk "$source"/*.go; then mode=c-shared; fi
	(cd "$source" && GOOS=wasip1 GOARCH=wasm CGO_ENABLED=0 go build -trimpath -buildmode=$mode -ldflags='-s -w' -o "$out" .)
}

build_c() {
	command -v clang >/dev/null && command -v wasm-ld >/dev/null || missing "clang with lld"
	clang --target=wasm32 -std=c11 -O2 -Wall -Wextra -ffreestanding -nostdlib -mbulk-memory \
		-I "$here/sdk/c" -Wl,--no-entry -Wl,--strip-all -o "$out" "$source"
}

# The first compiler that has the library for WebAssembly.
find_rustc() {
	command -v wasm-ld >/dev/null || return 1
	for rustc in "${RUSTC:-rustc}" /usr/bin/rustc; do
		libraries=$("$rustc" --print target-libdir --target wasm32-unknown-unknown 2>/dev/null) || continue
		if ls "$libraries"/libcore-*.rlib >/dev/null 2>&1; then return; fi
	done
	return 1
}

# A guest without the standard library needs an error handler of the allocator,
# which rustc has by itself from 1.68 on; an older one has it behind a feature.
build_rust() (
	find_rustc || missing "rustc with its library for wasm32, and lld"
	set -- --edition 2021 --target wasm32-unknown-unknown -C opt-level=s -C panic=abort -C strip=symbols -C codegen-units=1
	if ! grep -q '^#!\[no_std\]' "$source"; then
		"$rustc" "$@" --crate-type rlib --crate-name httsleep --cfg 'feature="std"' -o "$work/libhttsleep.rlib" "$here/sdk/rust/src/lib.rs"
	else
		"$rustc" "$@" --crate-type rlib --crate-name httsleep -o "$work/libhttsleep.rlib" "$here/sdk/rust/src/lib.rs"
		case $("$rustc" --version) in
		"rustc 1."[0-9].* | "rustc 1."[1-5][0-9].* | "rustc 1.6"[0-7].*)
			export RUSTC_BOOTSTRAP=1
			set -- "$@" -Z 'crate-attr=feature(default_alloc_error_handler)'
			;;
		esac
	fi
	"$rustc" "$@" -C lto -C linker=wasm-ld -C link-arg=-zstack-size=65536 --crate-type cdylib --crate-name check \
		--extern "httsleep=$work/libhttsleep.rlib" -o "$out" "$source"
)

build_assemblyscript() {
	asc=$here/sdk/assemblyscript/node_modules/.bin/asc
	command -v node >/dev/null && [ -x "$asc" ] || missing "AssemblyScript"
	(cd "$(dirname "$source")" && "$asc" "$(basename "$source")" -O3 --noColors -o "$out")
}

build() {
	source=$1 out=$2
	case $out in /*) ;; *) out=$PWD/$out ;; esac
	case $source in
	*.c) build_c ;;
	*.rs) build_rust ;;
	*.ts) build_assemblyscript ;;
	*) build_go ;;
	esac
	echo "$out: $(wc -c <"$out") bytes"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ $# -gt 0 ]; then
	folder=$1
	[ -d "$folder" ] || folder=$(dirname "$folder")
	build "$1" "${2:-$folder/check.wasm}"
	exit
fi
cd "$here/examples"
for source in go-*/ wasi-*/ c-*/check.c rust-*/check.rs assemblyscript-*/check.ts; do
	build "$source" "${source%/*}/check.wasm"
done
