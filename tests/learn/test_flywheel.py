"""The flywheel turns from failures to a checked bundle, goes on after kill -9, and leaves sealed scenes alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from spinal.record.episodes import read_episodes

CELL = Path(__file__).parents[2] / "cells" / "bin-picking"
pytestmark = pytest.mark.timeout(900)
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def spinal(*words: str) -> list[str]:
    return [sys.executable, "-c", "from spinal.cli import main; main()", *words]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(spinal(*words), capture_output=True, text=True, check=False, timeout=280, env=ENVIRONMENT)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a course that taught next to nothing: its policy fails."""
    folder = tmp_path_factory.mktemp("course")
    done = run("learn", str(CELL), "--small", "--out", str(folder / "out"), "--work", str(folder / "work"))
    assert done.returncode == 0, done.stderr
    return folder


def turn(course: Path, folder: Path) -> list[str]:
    return [
        "flywheel", str(CELL), "--small", "--json", "--from", str(course / "work"), "--parent", str(course / "out"),
        "--work", str(folder / "work"), "--out", str(folder / "out"),
    ]  # fmt: skip


def test_a_turn_goes_on_after_kill_9_and_ends_with_a_verdict_on_the_same_scenes(course: Path, tmp_path: Path) -> None:
    words = turn(course, tmp_path)
    found = tmp_path / "work" / "found" / "000000.json"
    first = subprocess.Popen(
        spinal(*words), env=ENVIRONMENT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 250
    while not found.exists() and first.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    reported = found.read_bytes()
    made_ns = found.stat().st_mtime_ns
    kept = {episode.path.name for episode in read_episodes(tmp_path / "work" / "episodes")}
    assert kept, "the policy of a course this small fails"

    done = run(*words)
    assert done.returncode == 0, done.stderr
    assert (found.read_bytes(), found.stat().st_mtime_ns) == (reported, made_ns), "what was found is not done again"
    assert kept == {episode.path.name for episode in read_episodes(tmp_path / "work" / "episodes")}
    said = json.loads(done.stdout)
    verdict: dict[str, Any] = json.loads((tmp_path / "work" / "verdict.json").read_text(encoding="utf-8"))
    assert set(said["checks"]) == {"lab", "deployment"}
    assert verdict["selection"]["failures"] >= 1
    assert (said["bundle"] is None) == bool(verdict["is_worse_on"])
    candidate = json.loads((tmp_path / "work" / "candidate" / "policy.json").read_text(encoding="utf-8"))
    scenes = json.loads((tmp_path / "work" / "selection.json").read_text(encoding="utf-8"))["scenes"]
    assert candidate["lineage"]["scenes"] == scenes
    assert {seed for seed, _, _ in scenes} == {0}, "failures are of the development pool"
    parent = json.loads((course / "out" / "policy.json").read_text(encoding="utf-8"))
    assert candidate["lineage"]["parent"]["model_sha256"] == parent["model_sha256"]
    assert candidate["lineage"]["parent"]["data_sha256"] == parent["lineage"]["data"]["sha256"]
    if said["bundle"] is not None:
        taken = json.loads((tmp_path / "out" / "policy.json").read_text(encoding="utf-8"))
        assert taken["lineage"]["flywheel"]["checks"].keys() == {"lab", "deployment"}


def test_sealed_scenes_are_never_looked_at(course: Path, tmp_path: Path) -> None:
    done = run(*turn(course, tmp_path), "--seed", "20000")
    assert done.returncode == 2
    assert "in the pool 'final'" in done.stderr
    assert "--seed" in done.stderr
