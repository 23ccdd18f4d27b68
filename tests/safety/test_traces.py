"""Which test holds which hazard is read from the sources, and no mark is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinal.errors import SafetyCaseError
from spinal.safety.hazards import LAYERS
from spinal.safety.traces import LAYER_OF_PATH, find_traces, python_traces, rust_traces

ROOT = Path(__file__).parents[2]

RUST = """\
/// ```compile_fail
/// # // Hazard: H-22
/// let command = Command {};
/// ```
struct Command;

// Hazard: H-01, H-02
#[test]
#[ignore = "slow"]
fn nothing_breaks() {}

proptest! {
    // Hazard: H-03
    #[test]
    fn whatever_comes(
        seed in any::<u64>(),
    ) {}
}
"""
PYTHON = '''\
import pytest

@pytest.mark.parametrize("n", [1])
@pytest.mark.hazard("H-01", "H-02")
def test_nothing_breaks(n):
    """pytest.mark.hazard in a text is no mark."""  # nor pytest.mark.hazard here

@pytest.mark.hazard("H-03")
async def test_whatever_comes():
    pass
'''


def test_marked_rust_tests_are_found_with_their_place() -> None:
    traces = rust_traces(RUST, "crates/gate/src/x.rs")
    found = [(trace.line, trace.name, trace.hazards, trace.layer) for trace in traces]
    assert found == [
        (1, "documentation test, line 1", ("H-22",), "gate"),
        (10, "nothing_breaks", ("H-01", "H-02"), "gate"),
        (15, "whatever_comes", ("H-03",), "gate"),
    ]


def test_marked_python_tests_are_found_with_their_place() -> None:
    traces = python_traces(PYTHON, "tests/cell/x.py")
    found = [(trace.line, trace.name, trace.hazards, trace.layer) for trace in traces]
    assert found == [
        (5, "test_nothing_breaks", ("H-01", "H-02"), "profile"),
        (9, "test_whatever_comes", ("H-03",), "profile"),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "// Hazard: H-01\nfn no_test() {}",
        "// Hazard: H-01\n\n#[test]\nfn far_away() {}",
        "// Hazard: H-1\n#[test]\nfn a() {}",
        "// Hazard: H-01 H-02\n#[test]\nfn a() {}",
        "// Hazard:\n#[test]\nfn a() {}",
        "// Hazard: H-01, H-01\n#[test]\nfn a() {}",
        "/// # // Hazard: H-01\nfn a() {}",
        "// Hazard: H-01",
    ],
)
def test_a_rust_mark_that_holds_nothing_is_an_error_with_its_line(source: str) -> None:
    with pytest.raises(SafetyCaseError, match=r"crates/x\.rs:1: a hazard mark that holds nothing"):
        list(rust_traces(source, "crates/x.rs"))


@pytest.mark.parametrize(
    "source",
    [
        '@pytest.mark.hazard("H-1")\ndef test_a(): pass',
        "@pytest.mark.hazard(NAME)\ndef test_a(): pass",
        "@pytest.mark.hazard()\ndef test_a(): pass",
        '@pytest.mark.hazard(id="H-01")\ndef test_a(): pass',
        '@pytest.mark.hazard("H-01")\ndef helper(): pass',
        'class TestA:\n    @pytest.mark.hazard("H-01")\n    def test_a(self): pass',
        'pytestmark = pytest.mark.hazard("H-01")',
        'cases = [pytest.param(1, marks=pytest.mark.hazard("H-01"))]',
    ],
)
def test_a_python_mark_that_holds_nothing_is_an_error(source: str) -> None:
    with pytest.raises(SafetyCaseError, match=r"tests/x\.py:\d+: a hazard mark that holds nothing"):
        list(python_traces(source, "tests/x.py"))


def test_every_mark_of_this_repository_is_found_and_has_a_layer() -> None:
    traces = find_traces(ROOT)
    assert len(traces) > 150
    assert [trace.place for trace in traces if trace.layer not in LAYERS] == []


def test_every_beginning_of_a_path_that_has_a_layer_exists() -> None:
    gone = [path for path in LAYER_OF_PATH if not list((ROOT / path).parent.glob(f"{Path(path).name}*"))]
    assert gone == [path for path in ("crates/monitor",) if not (ROOT / path).exists()]
    assert set(LAYER_OF_PATH.values()) <= set(LAYERS)


def test_a_folder_without_sources_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(SafetyCaseError, match="no sources here"):
        find_traces(tmp_path)
