# What CI runs is what a developer types; everything beyond one line is Rust in xtask.
CARGO ?= cargo
XTASK = $(CARGO) run --quiet --package xtask --

.PHONY: run test test-full lint bench help

help: ## Show the targets.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: ## Build Weir and start one durable broker on 127.0.0.1:9092 (ARGS="-f FILE --port N").
	$(XTASK) setup run
	$(CARGO) run --release --package weir -- local $(ARGS)

test: ## Every test that belongs to a change: units, crash points, power cuts, real Kafka clients and tools.
	$(XTASK) test

test-full: ## The long tests; PART=NAME runs one of them, finished ones keep their result.
	$(XTASK) full $(PART)

lint: ## Formatting, clippy, licences and sources of dependencies.
	$(XTASK) lint

bench: ## Benchmarks with the machine's physical limits in the same run (ARGS passes through).
	$(XTASK) setup run
	$(XTASK) bench $(ARGS)
