"""What the last run of the tests said: pytest's JUnit files and what `cargo test` printed."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from spinal.errors import SafetyCaseError
from spinal.safety.origin import RESULTS, Origin, read_origin
from spinal.safety.traces import DOCUMENTED, Trace

BINARY = re.compile(r"\s*Running .*\((?:.*[/\\])?([\w.\-]+)\)\s*")
DOCUMENTATION = re.compile(r"\s*Doc-tests (\w+)\s*")
RUST_RESULT = re.compile(r"test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)\b.*")
FINISHED = re.compile(r"test result: .*finished in ([\d.]+)s\s*")
DOCUMENTATION_TEST = re.compile(r"(\S+\.rs) - .*\(line (\d+)\).*")


class Outcome(StrEnum):
    """What a test's last run said."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one test, with all its cases, did. `duration_s` is that of the whole file where the file alone is timed."""

    outcome: Outcome
    cases: int = 0
    duration_s: float | None = None
    is_of_file: bool = False
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The results of both suites, by (file, name). A Rust file is that of its test binary."""

    rust: dict[tuple[str, str], Result]
    python: dict[tuple[str, str], Result]
    origins: dict[str, Origin]

    def of(self, trace: Trace) -> Result:
        """Return a test's result; one that no suite tells of has not run."""
        if trace.path.endswith(".py"):
            return self.python.get((trace.path, trace.name), Result(outcome=Outcome.NOT_RUN))
        if trace.name.startswith(DOCUMENTED):
            return self.rust.get((trace.path, trace.name), Result(outcome=Outcome.NOT_RUN))
        file, prefix = _binary_of(trace.path)
        found = [
            result
            for (binary, name), result in self.rust.items()
            if binary == file and name.rpartition("::")[2] == trace.name and name.startswith(prefix)
        ]
        return found[0] if len(found) == 1 else Result(outcome=Outcome.NOT_RUN)


def read_results(folder: Path, root: Path) -> Results:
    """Return what the folder holds; a suite that has not run is empty, one that cannot be read is a SafetyCaseError."""
    origins = {suite: origin for suite in ("rust", "python") if (origin := read_origin(folder, suite))}
    rust: dict[tuple[str, str], Result] = {}
    python: dict[tuple[str, str], Result] = {}
    log, binaries = folder / "rust.log", folder / "rust-binaries.jsonl"
    reports = [folder / name for name in RESULTS["python"]]
    if "rust" in origins and log.is_file() and binaries.is_file():
        known = binary_sources(binaries.read_text(encoding="utf-8"), root)
        rust = dict(rust_results(log.read_text(encoding="utf-8", errors="replace"), known, origins["rust"]))
    # With one part missing the suite did not end, and nobody can tell which of its tests would have failed.
    if "python" in origins and all(report.is_file() for report in reports):
        python = python_results([_junit(report) for report in reports], origins["python"])
    return Results(rust=rust, python=python, origins=origins)


def binary_sources(messages: str, root: Path) -> dict[str, str]:
    """Return test binary → its first source file, from `cargo test --no-run --message-format json`."""
    sources = {}
    for line in messages.splitlines():
        try:
            message = json.loads(line)
        except json.JSONDecodeError:
            continue
        if message.get("reason") == "compiler-artifact" and message.get("executable"):
            source = Path(message["target"]["src_path"])
            if source.is_relative_to(root):
                sources[Path(message["executable"]).name] = source.relative_to(root).as_posix()
    return sources


def rust_results(log: str, sources: dict[str, str], origin: Origin | None) -> Iterator[tuple[tuple[str, str], Result]]:
    """Yield ((first source file of the binary, full name), result) of every line of `cargo test` that is a test."""
    file = ""
    waiting: list[tuple[tuple[str, str], Outcome]] = []
    for line in log.splitlines():
        binary, test, finished = BINARY.fullmatch(line), RUST_RESULT.fullmatch(line), FINISHED.fullmatch(line)
        if binary is not None or DOCUMENTATION.fullmatch(line):
            yield from _unfinished(waiting, origin)
            file, waiting = sources.get(binary[1], "") if binary is not None else "", []
        elif test is not None:
            outcome = {"ok": Outcome.PASSED, "FAILED": Outcome.FAILED, "ignored": Outcome.NOT_RUN}[test[2]]
            documentation = DOCUMENTATION_TEST.fullmatch(test[1])
            if documentation is not None:
                waiting.append(((documentation[1], f"{DOCUMENTED}{documentation[2]}"), outcome))
            elif file:
                waiting.append(((file, test[1].strip()), outcome))
        elif finished is not None:
            took_s = float(finished[1])
            for key, outcome in waiting:
                yield key, Result(outcome=outcome, cases=1, duration_s=took_s, is_of_file=True, origin=origin)
            waiting = []
    yield from _unfinished(waiting, origin)


def _unfinished(
    waiting: list[tuple[tuple[str, str], Outcome]], origin: Origin | None
) -> Iterator[tuple[tuple[str, str], Result]]:
    """Yield what a binary said that was killed and never told its end: what failed has failed, the rest has not run."""
    for key, outcome in waiting:
        yield key, Result(outcome=Outcome.FAILED if outcome is Outcome.FAILED else Outcome.NOT_RUN, origin=origin)


def _junit(report: Path) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(report.read_text(encoding="utf-8"))
    except ElementTree.ParseError as error:
        raise SafetyCaseError(
            f"{report} is no JUnit file", value=error, next_step="run `make python-test` again"
        ) from None


def python_results(reports: Iterable[ElementTree.Element], origin: Origin | None) -> dict[tuple[str, str], Result]:
    """Return (file, function) → the worst of its cases, from JUnit files with file names in them."""
    results: dict[tuple[str, str], Result] = {}
    for case in (case for report in reports for case in report.iter("testcase")):
        key = (case.get("file", ""), case.get("name", "").partition("[")[0])
        outcome = Outcome.PASSED
        if case.find("skipped") is not None:
            outcome = Outcome.NOT_RUN
        if case.find("failure") is not None or case.find("error") is not None:
            outcome = Outcome.FAILED
        before = results.get(key, Result(outcome=outcome, duration_s=0.0))
        results[key] = Result(
            outcome=max(before.outcome, outcome, key=_badness),
            cases=before.cases + 1,
            duration_s=(before.duration_s or 0.0) + float(case.get("time", "0")),
            origin=origin,
        )
    return results


def _badness(outcome: Outcome) -> int:
    return (Outcome.PASSED, Outcome.NOT_RUN, Outcome.FAILED).index(outcome)


def _binary_of(path: str) -> tuple[str, str]:
    """Return the first source file of the binary that a Rust test is in, and the path of the test's module in it."""
    crate, _, inside = path.partition("/src/")
    if inside:
        modules = [part for part in inside.removesuffix(".rs").split("/") if part not in ("lib", "main", "mod")]
        return f"{crate}/src/lib.rs", "::".join([*modules, ""])
    crate, _, inside = path.partition("/tests/")
    first, *modules = inside.removesuffix(".rs").split("/")
    if not modules:
        return path, ""
    return f"{crate}/tests/{first}/main.rs", "::".join([*(part for part in modules if part not in ("main", "mod")), ""])
