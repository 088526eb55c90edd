#!/bin/sh
# Generates the Go code and the descriptor set from the .proto files.
#
#   generate.sh           generate, and note the digests of inputs and outputs
#   generate.sh --check   fail when something changed since; needs no tools
set -eu
cd "$(dirname "$0")"

files='v1/evaluator.proto buf.yaml buf.gen.yaml tools.mod v1/evaluator.pb.go v1/evaluator_grpc.pb.go ../python/httsleep_plugin/evaluator.binpb ../node/evaluator.proto'

digests() { # as sha256sum prints them
    # shellcheck disable=SC2086 # the list is words
    if command -v sha256sum >/dev/null; then sha256sum $files; else shasum -a 256 $files; fi
}

if [ "${1:-}" = --check ]; then
    if ! digests | diff generated.sum - >&2; then
        echo "the generated code is out of date: run plugins/sdk/proto/generate.sh" >&2
        exit 1
    fi
    exit 0
fi

buf() { go tool -modfile=tools.mod buf "$@"; }
buf lint
buf generate
mkdir -p ../python/httsleep_plugin ../node
buf build --as-file-descriptor-set --exclude-source-info -o ../python/httsleep_plugin/evaluator.binpb
cp v1/evaluator.proto ../node/evaluator.proto
digests >generated.sum
