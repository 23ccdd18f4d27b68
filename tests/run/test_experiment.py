"""The experiment runs every arm on the same scenes, goes on where it was, and tells what it found as it is."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import message, spinal
from moments import attempts

from spinal.run.calibrated import bound_of
from spinal.run.calibration import split
from spinal.run.fit import load_fitting_cell
from spinal.watch import Monitor, Promise, fit_monitor, write_calibration

SHIPPED = Path(__file__).parents[2] / "cells" / "bin-picking"
EMBEDDING = 48 + 256
"""Values in the shipped policy's embedding."""
ARMS = ["A0", "A1", "A1w", "A2", "A3", "A4", "A5", "Cr", "Co", "Cn"]


@pytest.fixture(scope="module")
def cell(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the shipped cell with a monitor that knows other pictures: it alarms in every try."""
    folder = tmp_path_factory.mktemp("cells") / "bin-picking"
    shutil.copytree(SHIPPED, folder)
    for file in (folder / "policy").glob("monitor.*"):
        file.unlink()
    loaded = load_fitting_cell(folder)
    write_calibration(folder / "policy", made_up_monitor(tuple(loaded.config.skus)), bound_of(loaded), {})
    return folder


def made_up_monitor(skus: tuple[str, ...]) -> Monitor:
    random = np.random.default_rng(1)
    made = [
        replace(
            one,
            scene=number,
            sku=skus[number % len(skus)],
            embeddings=random.normal(100.0, 1.0, (len(one.embeddings), EMBEDDING)).astype(np.float32),
        )
        for number, one in enumerate(attempts(150, 1))
    ]
    return fit_monitor(("wrist",), split(made), Promise(mode="marginal"), dict.fromkeys(skus, "all"))


def run_small(cell: Path, runs: Path) -> subprocess.CompletedProcess[str]:
    return spinal("experiment", "deployment-gap", cell, "--small", "--runs", runs, "--json")


def test_every_arm_runs_on_the_same_scenes_and_again_gives_the_same_table(cell: Path, tmp_path: Path) -> None:
    first = run_small(cell, tmp_path)
    assert first.returncode == 0, first.stderr
    said = json.loads(first.stdout)
    assert [row["name"] for row in said["arms"]] == ARMS
    assert {row["picks"] for row in said["arms"]} == {4}
    assert all(row["alarms"] == 4 for row in said["arms"] if row["name"] in ("A1w", "A3"))
    assert said["is_certified"] is False, "four picks certify nothing"
    chained = next(row for row in said["arms"] if row["name"] == "A5")
    assert said["links"]["interventions_per_1000"] == pytest.approx(chained["interventions_per_1000"])
    page = Path(said["report"]).read_text(encoding="utf-8")
    assert "NOT CERTIFIED" in page
    again = run_small(cell, tmp_path)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == said, "kept scenes are not run again"


def test_a_cell_without_a_monitor_is_told_what_to_do(cell: Path, tmp_path: Path) -> None:
    bare = tmp_path / "cell"
    shutil.copytree(cell, bare)
    (bare / "policy" / "monitor.json").unlink()
    done = spinal("experiment", "deployment-gap", bare, "--small", "--runs", tmp_path / "runs")
    assert "spinal calibrate" in message(done)
    assert not (tmp_path / "runs").exists()
