"""The real command line as a child process of a test, and cells for it to refuse."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from spinal.cell import load_cell

SHIPPED = Path(__file__).parents[2] / "cells" / "bin-picking"
PATIENCE_S = 120


def spinal(*words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with these environment variables too."""
    return subprocess.run(
        [sys.executable, "-c", "from spinal.cli import main; main()", *map(str, words)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        env={**os.environ, **variables},
    )


def message(done: subprocess.CompletedProcess[str], code: int = 2) -> str:
    """Return the one message of a command that was refused: no traceback, nothing before it, a next step in it."""
    told = done.stderr.strip()
    assert done.returncode == code, told
    assert "Traceback" not in told
    assert told.startswith("spinal: "), told
    assert told.count("\n  next:    ") == 1, told
    assert done.stdout == ""
    return told


def copy_cell(folder: Path) -> Path:
    """Return a copy of the shipped cell's text files and signature; it has no policy."""
    folder.mkdir()
    for file in (*SHIPPED.glob("*.toml"), SHIPPED / "limits.sig"):
        shutil.copy(file, folder)
    return folder


def add_policy(cell: Path, **changes: Any) -> None:
    """Give a cell a bundle that fits it, but for the changes. Its network cannot decide: nothing here goes so far."""
    config, model = load_cell(cell).config, b"a network"
    folder = cell / config.policy.bundle
    folder.mkdir()
    (folder / "model.onnx").write_bytes(model)
    manifest = {
        "format": 1,
        "name": "a-policy",
        "cameras": {"wrist": {"width": 96, "height": 96}},
        "proprioception": ["tool_x_m", "vacuum"],
        "skus": list(config.skus),
        "chunk": {"semantics": "tool_displacement", "steps": 8, "period_ms": 100, "gripper_threshold": 0.5},
        "decision_rate_hz": config.policy.rate_hz,
        "model_sha256": hashlib.sha256(model).hexdigest(),
        "lineage": {},
    }
    (folder / "policy.json").write_text(json.dumps(manifest | changes), encoding="utf-8")


def run_json(runs: Path) -> dict[str, Any]:
    """Return what the last run left in run.json."""
    record: dict[str, Any] = json.loads((runs / "latest" / "run.json").read_text(encoding="utf-8"))
    return record
