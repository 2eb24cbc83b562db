# demo    installs what is missing, builds sortie, and runs tests/demo with it
# test    everything that can fail, with what it needs installed first
# bench   the measurements that the README quotes
# windows the program for Windows, checked by the compiler: it takes the target and mingw-w64 (see below)
# fuzz    hostile bytes for what reads them: FUZZ_SECONDS (60) for each target of tests/fuzz
#
# Each step of `test` is a target of its own: `make e2e` runs the end-to-end tests only.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
export CARGO_TERM_COLOR ?= auto

# The SDK's examples in Rust, each a workspace of its own, as a plugin outside of this repository is.
EXAMPLES := $(wildcard plugin-sdk/examples/*/Cargo.toml)

.PHONY: demo test bench windows fuzz setup lint deny unit binary e2e

demo:
	tests/setup wasm
	cargo build --release
	tests/demo/run target/release/sortie

test: setup lint deny unit e2e

setup:
	tests/setup

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo check --manifest-path tests/fuzz/Cargo.toml --target-dir target/fuzz
	for example in $(EXAMPLES); do \
		cargo fmt --manifest-path "$$example" --check; \
		cargo clippy --manifest-path "$$example" --target-dir target/examples --all-targets -- -D warnings; \
	done

# Licences, bans and sources, where cargo-deny is installed; it is no part of what setup installs,
# since building it takes longer than all tests. Advisories need the network: see deny.toml.
deny:
	@if cargo deny --version >/dev/null 2>&1; then cargo deny --offline check bans licenses sources; \
	else echo "deny: skipped, cargo-deny is not installed (cargo install --locked cargo-deny)"; fi

# Unit tests, doc tests, and the plugins' own tests, which run natively, without a sandbox.
unit:
	cargo test --workspace --exclude sortie-tests
	for example in $(EXAMPLES); do cargo test --manifest-path "$$example" --target-dir target/examples; done

binary:
	cargo build --package sortie --bin sortie

# The binary is built first, so that no test waits for it. The benchmark of the pipeline runs on
# little data, unoptimised: it fails unless sandboxed and native redactor print the same bytes.
e2e: binary
	SORTIE_BIN="$$PWD/target/debug/sortie" cargo test --package sortie-tests
	BENCH_MB=2 cargo test --package sortie-tests --bench pipeline

bench:
	tests/setup
	cargo build --release
	cargo bench --package sortie-plugin-redact --bench recall
	cargo bench --package sortie-tests --bench pipeline
	SORTIE_BIN="$$PWD/target/release/sortie" cargo bench --package sortie-tests --bench run

# rustup target add x86_64-pc-windows-gnu; apt-get install gcc-mingw-w64-x86-64. It is no part of `test`: every
# dependency is compiled for it, and a test of `host/src/os` finds what would fail here.
windows:
	cargo check --locked --package sortie --bin sortie --target x86_64-pc-windows-gnu

# No sanitizer: there is no unsafe code of ours in what is tried, and without one any compiler will do that
# is told to take unstable flags. What is found is left in tests/fuzz/artifacts.
FUZZ_SECONDS ?= 60
fuzz: export RUSTC_BOOTSTRAP = 1
fuzz:
	@cargo fuzz --version >/dev/null 2>&1 || { echo "fuzz: cargo install --locked cargo-fuzz first"; exit 1; }
	for target in $$(cargo fuzz list --fuzz-dir tests/fuzz); do \
		cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none "$$target" -- \
			-max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=20; \
	done
