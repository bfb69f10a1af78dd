# Commands for people. `make help` lists them; CI calls the same ones.
#
# Cargo is always called in one shape, `--workspace --all-targets`: another selection of packages turns other features
# on and rebuilds half of the graph.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
ENV := . scripts/env.sh

.PHONY: help
help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

.PHONY: up
up: ## Serve examples/quickstart on this machine, with no cluster: prints endpoints, a key and client settings
	@scripts/deps.sh up
	$(ENV)
	cargo build --quiet --workspace --bins
	exec "$$CARGO_TARGET_DIR/debug/sagemcp" up examples/quickstart

.PHONY: up-cluster
up-cluster: ## The same on a real API server and Postgres, with an operator and two gateways; Ctrl-C ends it
	@scripts/deps.sh test
	$(ENV)
	cargo build --quiet --workspace --all-targets
	exec "$$CARGO_TARGET_DIR/debug/up-cluster" examples/quickstart

.PHONY: test
test: ## Run all tests
	@scripts/deps.sh test
	$(ENV)
	scripts/contracts.sh >/dev/null
	cargo build --workspace --all-targets
	cargo test --workspace --all-targets
	cargo test --workspace --doc

.PHONY: contracts
contracts: ## Check every tool of every connector against its vendor's own description: CONNECTOR=github for one
	@scripts/deps.sh contracts
	$(ENV)
	scripts/contracts.sh >/dev/null
	cargo test --workspace --test contract -- --nocapture

# The measured programs and the benchmark come out of one release build of the whole workspace, but of no more targets:
# `--all-targets` would link every test with link-time optimisation, and turn on what only tests need in the programs.
.PHONY: bench
bench: ## Measure the release build beside bare servers on this machine: ARGS="--only requests --json FILE"
	@scripts/deps.sh build
	$(ENV)
	cargo build --release --workspace --bin gateway --bin sagemcp --bin bench
	exec "$$CARGO_TARGET_DIR/release/bench" $(ARGS)

.PHONY: conformance
conformance: ## Run the official MCP conformance suite through the gateway, at both eras
	@scripts/deps.sh up
	$(ENV)
	cargo build --quiet --workspace --all-targets
	scripts/conformance.sh

.PHONY: check
check: check-format check-crds lint check-directions docs ## Everything but the tests: format, CRDs, lints, directions, docs

.PHONY: check-format
check-format: ## Is the code formatted?
	@scripts/deps.sh build
	$(ENV)
	cargo fmt --all --check

.PHONY: check-crds
check-crds: ## Is the CRDs' YAML what the types say?
	@scripts/deps.sh build
	$(ENV)
	cargo run --quiet -p crds --bin crdgen -- --check crds/yaml

.PHONY: lint
lint: ## Clippy, warnings are errors
	@scripts/deps.sh build
	$(ENV)
	cargo clippy --workspace --all-targets -- -D warnings

.PHONY: check-directions
check-directions: ## Do the crates depend on each other only as docs/ARCHITECTURE.md says?
	@scripts/deps.sh build
	$(ENV)
	scripts/check-directions.sh

.PHONY: docs
docs: ## Build the crates' documentation, warnings are errors
	@scripts/deps.sh build
	$(ENV)
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items

.PHONY: format
format: ## Format the code
	@scripts/deps.sh build
	$(ENV)
	cargo fmt --all

.PHONY: generate
generate: ## Write what is made from the code: the CRDs' YAML, docs/cli.md, docs/connectors/
	@scripts/deps.sh build
	$(ENV)
	cargo build --quiet --workspace --all-targets
	"$$CARGO_TARGET_DIR/debug/crdgen" crds/yaml
	"$$CARGO_TARGET_DIR/debug/sagemcp" reference > docs/cli.md
	mkdir -p docs/connectors
	"$$CARGO_TARGET_DIR/debug/sagemcp" connector pages docs/connectors

.PHONY: deps
deps: ## Install everything that the other commands need
	@scripts/deps.sh all

.PHONY: clean
clean: ## Remove what was built (cargo's output) and the quick start's data
	@$(ENV)
	cargo clean
	rm -rf .sagemcp
