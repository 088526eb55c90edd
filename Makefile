GO ?= go
LINT = $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
PLATFORMS = darwin/arm64 windows/amd64 linux/arm64
FUZZTIME ?= 60s

.DEFAULT_GOAL := help

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/httsleep
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o bin/httsleep ./cmd/httsleep

demo: ## wait for a job of the demo API to succeed, and see one fail
	@scripts/demo.sh

test: ## all Go tests; needs only Go
	$(GO) test $$($(GO) list ./... | grep -v -e /evaluator/grpc -e '/evaluator/sandbox$$')
	@scripts/best-of-three.sh $(GO) test ./evaluator/grpc
	@scripts/best-of-three.sh $(GO) test ./evaluator/sandbox

test-all: ## tests that need more than Go, and the race detector
	@scripts/test-all.sh

check: format vet lint tidy generated cross clean-tree ## all that must hold of the code before it lands

format: ## fail on files that gofmt would change
	@files=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$files" ]; then echo "gofmt would change:"; echo "$$files"; exit 1; fi

vet: ## go vet
	$(GO) vet ./...

lint: ## golangci-lint, with the import walls
	$(LINT) run ./...

tidy: ## go mod tidy must change nothing
	$(GO) mod tidy -diff

generated: ## fail when code is older than what it is generated from
	@plugins/sdk/proto/generate.sh --check

cross: ## compile for the other platforms
	@for p in $(PLATFORMS); do echo "compile for $$p"; GOOS=$${p%/*} GOARCH=$${p#*/} CGO_ENABLED=0 $(GO) build -o /dev/null ./... || exit 1; done

clean-tree: ## fail when generated or uncommitted changes are left
	@changes=$$(git status --porcelain); if [ -n "$$changes" ]; then echo "the tree is dirty:"; echo "$$changes"; exit 1; fi

bench: ## benchmarks against named peers, as ratios
	@scripts/bench.sh

fuzz: ## run every fuzz target for FUZZTIME (default 60s)
	@scripts/fuzz.sh $(FUZZTIME)

.PHONY: help build demo test test-all check format vet lint tidy generated cross clean-tree bench fuzz
