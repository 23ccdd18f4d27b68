# Two commands do everything: `make demo` and `make test`.
.PHONY: demo test lint rust-test python-test

# What the tests said, for the safety case: with the code that they ran on, and when.
RESULTS := build/test-results
# A gate with bugs on purpose, which the monitor must catch.
BROKEN_GATE := -p spinal-reflex --features seeded-bugs --test monitor_catches --release

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
	@.venv/bin/python tools/begin-tests rust $(RESULTS)
	@cargo test --workspace --release --no-run -q --message-format json > $(RESULTS)/rust-binaries.jsonl
	@bash -o pipefail -c "cargo test --workspace --release --no-fail-fast 2>&1 | tee $(RESULTS)/rust.log | tools/only-failures"
	@cargo test $(BROKEN_GATE) --no-run -q --message-format json >> $(RESULTS)/rust-binaries.jsonl
	@bash -o pipefail -c "cargo test $(BROKEN_GATE) --no-fail-fast 2>&1 | tee -a $(RESULTS)/rust.log | tools/only-failures"

python-test:
	@.venv/bin/python tools/begin-tests python $(RESULTS)
	@# Two files at a time; then those that need the machine alone. Both are run whatever the first one says.
	@failed=0; \
	.venv/bin/pytest -n 2 --dist loadfile -m "not alone" --junitxml $(RESULTS)/python.xml || failed=1; \
	.venv/bin/pytest -m alone --junitxml $(RESULTS)/python-alone.xml || failed=1; \
	exit $$failed

safety-case:     ## from the last results: which hazard is held by which test; fails when one is not
	.venv/bin/spinal safety-case cells/bin-picking --results $(RESULTS) --out build/safety-case.html
