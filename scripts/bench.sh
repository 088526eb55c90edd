#!/bin/sh
# Runs the benchmarks that stand in the table of ratios, five times each in one
# run, and prints medians and ratios.
set -eu
cd "$(dirname "$0")/.."
out=$(mktemp)
trap 'rm -f "$out"' EXIT
run() { # package, pattern, count
    go test -run '^$' -bench "$2" -benchtime "${BENCHTIME:-200ms}" -count "$3" "$1" | tee -a "$out"
}
run ./matcher/jsonpath '^BenchmarkVerdict$' 5
run ./retry '^Benchmark(Do|Cenkalti|Failsafe)$' 5
BENCHTIME=1x run ./client '^BenchmarkRatio$' 1
run ./evaluator/js '^Benchmark(OneField|FromBytes|FromBytesBareGoja|TenLines|TenLinesBareGoja)$' 5
run ./evaluator/wasm '^Benchmark(Pooled|Fresh|Meter|Cached|Fuel|FuelAgainstDone)$' 1
run ./evaluator/grpc '^Benchmark(RoundTrip|Concurrent)$' 5
run ./evaluator/sandbox '^BenchmarkRoundTrip$' 5
run ./cmd/httsleep '^Benchmark(Spawn|IdleWorker)$' 5
echo
go run ./scripts/ratios scripts/ratios/table.txt <"$out"
