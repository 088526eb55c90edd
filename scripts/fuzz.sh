#!/bin/sh
# Runs every fuzz target of the module, one after the other.
set -eu
time=${1:-60s}
go list ./... | while read -r package; do
    go test -list '^Fuzz' "$package" | grep '^Fuzz' | while read -r target; do
        echo "$package $target"
        go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -parallel 2 "$package" </dev/null
    done
done
