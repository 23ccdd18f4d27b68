"""What code a suite of tests ran on: written when it begins, compared with the code when its results are read."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from spinal.errors import SafetyCaseError

ROOTS = ("benchmarks", "cells", "crates", "examples", "python", "tests", "tools")
FILES = ("Cargo.lock", "Cargo.toml", "Makefile", "pyproject.toml")
MADE = {".so", ".pyc"}
MADE_FOLDERS = {"__pycache__", "target", "build"}
RESULTS = {"rust": ("rust.log", "rust-binaries.jsonl"), "python": ("python.xml", "python-alone.xml")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The code, the instant and the machine of a suite. `commit` is empty where git cannot tell it."""

    code_sha256: str
    commit: str
    is_committed: bool
    at: str
    machine: str


def origin_of(root: Path) -> Origin:
    """Return what stands in the source tree now."""
    commit = _git(root, "rev-parse", "HEAD")
    changes = _git(root, "status", "--porcelain", "--untracked-files=normal")
    return Origin(
        code_sha256=code_sha256(root),
        commit=commit or "",
        is_committed=bool(commit) and changes == "",
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=f"{platform.system()} {platform.release()} {platform.machine()}, Python {platform.python_version()}",
    )


def begin(root: Path, results: Path, suite: str) -> Origin:
    """Forget a suite's earlier results and write down on what code the next ones are made."""
    if suite not in RESULTS:
        raise SafetyCaseError("no such suite of tests", value=suite, allowed=", ".join(RESULTS))
    results.mkdir(parents=True, exist_ok=True)
    for name in RESULTS[suite]:
        (results / name).unlink(missing_ok=True)
    origin = origin_of(root)
    origin_file(results, suite).write_text(json.dumps(asdict(origin), indent=2) + "\n", encoding="utf-8")
    return origin


def read_origin(results: Path, suite: str) -> Origin | None:
    """Return what a suite ran on; None when it has not run."""
    path = origin_file(results, suite)
    if not path.is_file():
        return None
    try:
        return Origin(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise SafetyCaseError(
            f"{path} does not say what the tests ran on", value=error, next_step="run `make test` again"
        ) from None


def origin_file(results: Path, suite: str) -> Path:
    """Return where a suite's origin stands."""
    return results / f"{suite}-origin.json"


def code_sha256(root: Path) -> str:
    """Return one hash over names and bytes of everything that a test's result may depend on."""
    digest = hashlib.sha256()
    for file in sorted(_sources(root)):
        name = file.relative_to(root).as_posix().encode()
        content = hashlib.sha256(file.read_bytes()).digest()
        digest.update(len(name).to_bytes(4, "little") + name + content)
    return digest.hexdigest()


def _sources(root: Path) -> list[Path]:
    files = [root / name for name in FILES if (root / name).is_file()]
    for folder in ROOTS:
        for file in (root / folder).rglob("*"):
            parts = file.relative_to(root).parts
            is_made = file.suffix in MADE or any(
                part in MADE_FOLDERS or part.startswith(".") or part.endswith(".egg-info") for part in parts
            )
            if file.is_file() and not is_made:
                files.append(file)
    return files


def _git(root: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
