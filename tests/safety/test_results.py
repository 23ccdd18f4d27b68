"""What the tests said is read as they said it: what is missing, unfinished or skipped has not passed."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from spinal.errors import SafetyCaseError
from spinal.safety.origin import Origin, begin, code_sha256, origin_of, read_origin
from spinal.safety.results import Outcome, Results, binary_sources, python_results, read_results, rust_results
from spinal.safety.traces import Trace

ROOT = Path(__file__).parents[2]
LOG = """\
    Finished `release` profile [optimized] target(s) in 0.48s
     Running unittests src/lib.rs (target/release/deps/spinal_gate-0748458507ef4fc4)

running 2 tests
test stop::tests::a_stop_is_ready ... ok
test stop::tests::never_run ... ignored, slow

test result: ok. 1 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.05s

     Running tests/wire.rs (/far/away/deps/wire-381d8f1979c8abf8)

running 3 tests
test a_cut_is_refused ... FAILED
test inner::a_cut_is_refused - should panic ... ok
test random_bytes ... ok

failures:
test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s

     Running tests/killed.rs (target/release/deps/killed-0000)

running 2 tests
test before_the_end ... ok
error: test failed, to rerun pass `--test killed`

     Running tests/suite/main.rs (target/release/deps/suite-0001)

running 2 tests
test time::a_stale_one_is_refused ... ok
test other::a_stale_one_is_refused ... FAILED

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s

   Doc-tests spinal_gate

running 1 test
test crates/gate/src/command.rs - command::Command (line 33) - compile fail ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.22s
"""
SOURCES = {
    "spinal_gate-0748458507ef4fc4": "crates/gate/src/lib.rs",
    "wire-381d8f1979c8abf8": "crates/gate/tests/wire.rs",
    "killed-0000": "crates/gate/tests/killed.rs",
    "suite-0001": "crates/gate/tests/suite/main.rs",
}
REPORT = """\
<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite>
<testcase classname="tests.a" file="tests/a.py" line="3" name="test_good[1]" time="0.25"/>
<testcase classname="tests.a" file="tests/a.py" line="3" name="test_good[2]" time="0.25"/>
<testcase classname="tests.a" file="tests/a.py" line="9" name="test_bad[1]" time="1"/>
<testcase classname="tests.a" file="tests/a.py" line="9" name="test_bad[2]" time="1"><failure message="no"/></testcase>
<testcase classname="tests.a" file="tests/a.py" line="9" name="test_error" time="1"><error message="no"/></testcase>
<testcase classname="tests.a" file="tests/a.py" line="9" name="test_left[1]" time="1"><skipped/></testcase>
<testcase classname="tests.a" file="tests/a.py" line="9" name="test_left[2]" time="1"/>
</testsuite></testsuites>
"""


def rust(path: str, name: str) -> tuple[Outcome, float | None]:
    results = Results(rust=dict(rust_results(LOG, SOURCES, None)), python={}, origins={})
    trace = Trace(path=path, line=1, name=name, hazards=("H-01",), layer="gate")
    found = results.of(trace)
    return found.outcome, found.duration_s


def test_each_line_of_cargo_counts_for_the_file_that_it_is_about() -> None:
    assert rust("crates/gate/src/stop/tests.rs", "a_stop_is_ready") == (Outcome.PASSED, 0.05)
    assert rust("crates/gate/tests/wire.rs", "random_bytes") == (Outcome.PASSED, 1.5)
    assert rust("crates/gate/tests/wire.rs", "a_stop_is_ready") == (Outcome.NOT_RUN, None)
    assert rust("crates/gate/src/other.rs", "a_stop_is_ready") == (Outcome.NOT_RUN, None)
    assert rust("crates/link/tests/wire.rs", "random_bytes") == (Outcome.NOT_RUN, None)


def test_a_suite_of_several_files_is_told_apart() -> None:
    assert rust("crates/gate/tests/suite/time.rs", "a_stale_one_is_refused")[0] is Outcome.PASSED
    assert rust("crates/gate/tests/suite/other.rs", "a_stale_one_is_refused")[0] is Outcome.FAILED
    assert rust("crates/gate/tests/suite/gone.rs", "a_stale_one_is_refused")[0] is Outcome.NOT_RUN


def test_what_was_ignored_or_never_finished_has_not_passed() -> None:
    assert rust("crates/gate/src/stop/tests.rs", "never_run") == (Outcome.NOT_RUN, 0.05)
    assert rust("crates/gate/tests/killed.rs", "before_the_end")[0] is Outcome.NOT_RUN


def test_two_tests_of_one_name_in_one_file_count_as_neither() -> None:
    assert rust("crates/gate/tests/wire.rs", "a_cut_is_refused")[0] is Outcome.NOT_RUN


def test_a_documentation_test_is_found_by_its_line() -> None:
    assert rust("crates/gate/src/command.rs", "documentation test, line 33")[0] is Outcome.PASSED
    assert rust("crates/gate/src/command.rs", "documentation test, line 34")[0] is Outcome.NOT_RUN


def test_a_binary_is_known_by_what_cargo_says_of_it(tmp_path: Path) -> None:
    message = {"reason": "compiler-artifact", "target": {"src_path": str(tmp_path / "crates/gate/tests/wire.rs")}}
    lines = [json.dumps(message | {"executable": "/x/wire-1"}), json.dumps(message | {"executable": None}), "no json"]
    assert binary_sources("\n".join(lines), tmp_path) == {"wire-1": "crates/gate/tests/wire.rs"}


def test_a_python_test_is_as_good_as_the_worst_of_its_cases() -> None:
    results = python_results([ElementTree.fromstring(REPORT)], None)
    told = {name: (found.outcome, found.cases) for (_, name), found in results.items()}
    assert told == {
        "test_good": (Outcome.PASSED, 2),
        "test_bad": (Outcome.FAILED, 2),
        "test_error": (Outcome.FAILED, 1),
        "test_left": (Outcome.NOT_RUN, 2),
    }
    assert results["tests/a.py", "test_good"].duration_s == 0.5


def test_beginning_a_suite_forgets_what_it_said_before(tmp_path: Path) -> None:
    (tmp_path / "python.xml").write_text(REPORT)
    (tmp_path / "rust.log").write_text(LOG)
    origin = begin(ROOT, tmp_path, "python")
    assert not (tmp_path / "python.xml").exists()
    assert (tmp_path / "rust.log").exists()
    assert read_origin(tmp_path, "python") == origin
    assert read_results(tmp_path, ROOT) == Results(rust={}, python={}, origins={"python": origin})
    with pytest.raises(SafetyCaseError, match="no such suite"):
        begin(ROOT, tmp_path, "go")


@pytest.mark.parametrize("missing", ["python.xml", "python-alone.xml"])
def test_of_a_suite_that_lacks_one_of_its_parts_no_test_has_passed(tmp_path: Path, missing: str) -> None:
    begin(ROOT, tmp_path, "python")
    for name in ("python.xml", "python-alone.xml"):
        (tmp_path / name).write_text(REPORT)
    good = Trace(path="tests/a.py", line=1, name="test_good", hazards=("H-01",), layer="gate")
    assert read_results(tmp_path, ROOT).of(good).outcome is Outcome.PASSED
    (tmp_path / missing).unlink()
    assert read_results(tmp_path, ROOT).of(good).outcome is Outcome.NOT_RUN


def test_a_test_that_failed_in_either_part_has_failed() -> None:
    alone = '<testsuite><testcase file="tests/a.py" name="test_good[3]" time="1"><failure/></testcase></testsuite>'
    parts = [ElementTree.fromstring(alone), ElementTree.fromstring(REPORT)]
    for order in (parts, parts[::-1]):
        assert python_results(order, None)["tests/a.py", "test_good"].outcome is Outcome.FAILED


def test_files_that_cannot_be_read_are_one_message(tmp_path: Path) -> None:
    begin(ROOT, tmp_path, "python")
    (tmp_path / "python.xml").write_text("<cut")
    (tmp_path / "python-alone.xml").write_text(REPORT)
    with pytest.raises(SafetyCaseError, match="no JUnit file"):
        read_results(tmp_path, ROOT)
    (tmp_path / "python-origin.json").write_text('{"commit": "x"}')
    with pytest.raises(SafetyCaseError, match="does not say what the tests ran on"):
        read_results(tmp_path, ROOT)


def test_every_change_of_a_source_changes_the_hash_and_what_is_made_does_not(tmp_path: Path) -> None:
    (tmp_path / "crates" / "gate").mkdir(parents=True)
    file = tmp_path / "crates" / "gate" / "gate.rs"
    file.write_text("one")
    before = code_sha256(tmp_path)
    (tmp_path / "crates" / "target").mkdir()
    (tmp_path / "crates" / "target" / "made").write_text("made")
    (tmp_path / "README.md").write_text("words")
    assert code_sha256(tmp_path) == before
    file.write_text("two")
    changed = code_sha256(tmp_path)
    file.rename(file.with_name("other.rs"))
    moved = code_sha256(tmp_path)
    (tmp_path / "Cargo.lock").write_text("")
    assert len({before, changed, moved, code_sha256(tmp_path)}) == 4


def test_without_git_the_code_is_not_committed(tmp_path: Path) -> None:
    (tmp_path / "crates").mkdir()
    origin = origin_of(tmp_path)
    assert isinstance(origin, Origin)
    assert (origin.commit, origin.is_committed) == ("", False)
