#!/bin/sh
# Runs a command up to three times, until it succeeds: for tests that start and
# kill processes within bounds of time that a busy machine may miss.
for try in 1 2 3; do
    "$@" && exit 0
    echo "try $try of 3 failed: $*" >&2
done
exit 1
