"""Which test holds which hazard, as the sources say: a pytest marker, or a comment line above a Rust test.

    @pytest.mark.hazard("H-07", "H-12")        # Python, above the test function
    // Hazard: H-07, H-12                      // Rust, above `#[test]`
    /// # // Hazard: H-22                      // Rust, first line of a documentation test

A mark that stands anywhere else is an error, so that none is lost.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spinal.errors import SafetyCaseError
from spinal.safety.hazards import ID

RUST_MARK = re.compile(r"\s*// Hazard:(.*)")
DOCUMENTATION_MARK = re.compile(r"\s*//[/!] # // Hazard:(.*)")
FENCE = re.compile(r"\s*//[/!] ```")
RUST_FUNCTION = re.compile(r"\s*(?:pub )?fn (\w+)")
BETWEEN = re.compile(r"\s*(?:#\[|///)")

DOCUMENTED = "documentation test, line "

# The layer whose measure a test holds is that of the longest of these beginnings of its file's path.
LAYER_OF_PATH = {
    "crates/arm": "gate",
    "crates/gate": "gate",
    "crates/gate/tests/admission": "admission",
    "crates/gate/tests/semantics": "admission",
    "crates/gate/tests/wire": "admission",
    "crates/gate/tests/limits": "profile",
    "crates/reflex": "watchdog",
    "crates/reflex/tests/conformance": "admission",
    "crates/reflex/tests/conformance/numeric": "watchdog",
    "crates/reflex/tests/following": "gate",
    "crates/reflex/tests/monitor_catches": "monitor",
    "crates/reflex/tests/no_allocation": "gate",
    "crates/reflex/tests/pace": "gate",
    "crates/reflex/tests/shells": "journal",
    "crates/reflex/tests/tightening": "profile",
    "crates/reflex/tests/shell_no_allocation": "journal",
    "crates/monitor": "monitor",
    "crates/journal": "journal",
    "crates/link": "authority",
    "crates/link/tests/flag": "watchdog",
    "crates/plant": "watchdog",
    "tests/bench": "gate",
    "tests/cell": "profile",
    "tests/cell/test_geometry": "gate",
    "tests/limits": "profile",
    "tests/console": "operator",
    "tests/decide": "input",
    "tests/observe": "input",
    "tests/supervise": "supervisor",
    "tests/floor": "orders",
    "tests/floor/test_rest": "authority",
    "tests/examples": "orders",
    "tests/journal": "journal",
    "tests/record": "journal",
    "tests/link": "watchdog",
    "tests/link/test_channels": "authority",
    "tests/run/test_realtime": "watchdog",
    "tests/run/test_lockstep": "gate",
    "tests/run/test_contact": "gate",
    "tests/run/test_visitor": "gate",
    "tests/run/test_perceiving": "supervisor",
    "tests/run/test_evidence": "journal",
    "tests/run/test_bad_input": "profile",
    "tests/run/test_signed_limits": "profile",
    "tests/sim": "input",
    "tests/sim/test_shapes": "gate",
    "tests/sim/test_plant_process": "watchdog",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One test that says which hazards it holds."""

    path: str
    line: int
    name: str
    hazards: tuple[str, ...]
    layer: str

    @property
    def place(self) -> str:
        """Return file and line."""
        return f"{self.path}:{self.line}"

    @property
    def promise(self) -> str:
        """Return the test's name as people read it."""
        return self.name.removeprefix("test_").replace("_", " ")


def find_traces(root: Path) -> tuple[Trace, ...]:
    """Return every test below `crates` and `tests` of the source tree that names a hazard, by place."""
    if not (root / "crates").is_dir() and not (root / "tests").is_dir():
        raise SafetyCaseError(
            "no sources here: a source tree has a folder `crates` or `tests`",
            value=root,
            next_step="call this in the repository, or name it with --source",
        )
    found: list[Trace] = []
    for file in sorted((root / "crates").rglob("*.rs")):
        found += rust_traces(file.read_text(encoding="utf-8"), file.relative_to(root).as_posix())
    for file in sorted((root / "tests").rglob("*.py")):
        found += python_traces(file.read_text(encoding="utf-8"), file.relative_to(root).as_posix())
    return tuple(found)


def rust_traces(source: str, path: str) -> Iterator[Trace]:
    """Yield the marked tests of a Rust file."""
    lines = source.splitlines()
    for index, text in enumerate(lines):
        documentation = DOCUMENTATION_MARK.fullmatch(text)
        mark = documentation or RUST_MARK.fullmatch(text)
        if mark is None:
            continue
        hazards = _identifiers(mark[1], path, index + 1)
        if documentation:
            if index == 0 or not FENCE.match(lines[index - 1]):
                raise _lost(path, index + 1, "this is not the first line of a documentation test")
            yield _trace(path, index, f"{DOCUMENTED}{index}", hazards)
            continue
        below = index + 1
        while below < len(lines) and BETWEEN.match(lines[below]):
            below += 1
        function = RUST_FUNCTION.match(lines[below]) if below < len(lines) else None
        if function is None or not any(line.strip() == "#[test]" for line in lines[index + 1 : below]):
            raise _lost(path, index + 1, "no `#[test]` function stands directly below")
        yield _trace(path, below + 1, function[1], hazards)


def python_traces(source: str, path: str) -> Iterator[Trace]:
    """Yield the marked tests of a Python file."""
    marks = 0
    module = ast.parse(source)
    for node in module.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        hazards: list[str] = []
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.hazard":
                marks += 1
                words = [word.value for word in decorator.args if isinstance(word, ast.Constant)]
                if len(words) != len(decorator.args) or decorator.keywords:
                    raise _lost(path, decorator.lineno, "a hazard's id is written as a plain string")
                hazards += _identifiers(", ".join(map(str, words)), path, decorator.lineno)
        if hazards and not node.name.startswith("test_"):
            raise _lost(path, node.lineno, f"{node.name} is no test")
        if hazards:
            yield _trace(path, node.lineno, node.name, tuple(hazards))
    names = (ast.unparse(node) for node in ast.walk(module) if isinstance(node, ast.Attribute))
    if marks != sum(name == "pytest.mark.hazard" for name in names):
        raise _lost(path, 1, "a mark is not a decorator of a test function of the module")


def _trace(path: str, line: int, name: str, hazards: tuple[str, ...]) -> Trace:
    beginnings = [beginning for beginning in LAYER_OF_PATH if path.startswith(beginning)]
    layer = LAYER_OF_PATH[max(beginnings, key=len)] if beginnings else ""
    return Trace(path=path, line=line, name=name, hazards=hazards, layer=layer)


def _identifiers(text: str, path: str, line: int) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split(","))
    if not all(ID.fullmatch(word) for word in words) or len(set(words)) != len(words):
        raise _lost(path, line, f"{text.strip()!r} is no list of ids")
    return words


def _lost(path: str, line: int, why: str) -> SafetyCaseError:
    return SafetyCaseError(
        f"{path}:{line}: a hazard mark that holds nothing: {why}",
        allowed='`@pytest.mark.hazard("H-07")` above a test, `// Hazard: H-07` above `#[test]`',
        next_step="move or correct the mark",
    )
