# Two commands do everything: `make demo` and `make test`.
.PHONY: demo test lint rust-test python-test

demo:            ## set up, then run the bin-picking cell: 20 orders at real-time pace, then the report
	@tools/setup run
	@.venv/bin/spinal run cells/bin-picking --orders 20

test:            ## set up, then lint, type-check and test everything
	@tools/setup dev
	@$(MAKE) --no-print-directory lint rust-test python-test

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -q -- -D warnings
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/python -m mypy.stubtest spinal._core --ignore-disjoint-bases

rust-test:
	cargo test --workspace --release -q

python-test:
	.venv/bin/pytest
