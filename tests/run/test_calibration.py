"""A calibration refuses what gives no promise, goes on after kill -9, and its alarm ends an attempt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import copy_cell, message, spinal
from moments import attempts
from showing_policy import PROPRIOCEPTION, add_showing_policy

from spinal.cell import load_cell
from spinal.errors import EvidenceError, PolicyError
from spinal.run.calibrated import bound_of, make_watcher
from spinal.run.calibration import Calibrating, calibrate, split
from spinal.run.deciders import PolicyDecider
from spinal.run.evaluate import scene_for
from spinal.run.fit import declared
from spinal.run.pick import run_pick
from spinal.run.station import Station
from spinal.watch import Attempt, Monitor, Promise, fit_monitor, write_calibration

KILLED = Path(__file__).parent / "calibration_process.py"


@pytest.fixture
def cell(tmp_path: Path) -> Path:
    folder = copy_cell(tmp_path / "cell")
    add_showing_policy(folder)
    return folder


def asked(cell: Path, runs: Path, **changes: object) -> Calibrating:
    pooled = Calibrating(cell=cell, episodes=48, workers=1, runs=runs, promise=Promise(mode="marginal"), is_pooled=True)
    return replace(pooled, **changes)  # type: ignore[arg-type]


def monitor_for(cell: Path) -> Monitor:
    """Return a monitor that takes any embedding but those near zero for an alarm."""

    def far(count: int, seed: int) -> list[Attempt]:
        return [
            replace(one, embeddings=(100.0 + one.embeddings[:, : len(PROPRIOCEPTION)]).astype(np.float32))
            for one in attempts(count, seed)
        ]

    given = split([replace(one, scene=number) for number, one in enumerate(far(300, 1))])
    skus = {one.sku for one in attempts(10, 1)}
    return fit_monitor(("wrist",), given, Promise(), dict.fromkeys(skus, "all"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--episodes", "100"], "at least 285: 19 that go well for each of 6 slices"),
        (["--episodes", "100", "--pooled", "--mode", "pac"], "at least 148: 59 that go well for each of 1 slice,"),
        (["--pooled", "--mode", "sometimes"], "marginal, pac"),
        (["--pooled", "--alpha", "1.5"], "0 < x < 1"),
        (["--pooled", "--seed", "3"], "3, in the pool 'development'"),
        (["--pooled", "--distribution", "nowhere"], "deployment, lab"),
    ],
)
def test_what_gives_no_promise_is_one_message_before_anything_runs(
    cell: Path, tmp_path: Path, words: list[str], told: str
) -> None:
    assert told in message_of(spinal("calibrate", cell, "--runs", tmp_path / "runs", *words))
    assert not (tmp_path / "runs").exists()


def message_of(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_policy_that_shows_nothing_is_refused_with_what_to_do(tmp_path: Path) -> None:
    cell = copy_cell(tmp_path / "cell")
    add_showing_policy(cell, shows=False)
    assert "spinal learn" in message(spinal("calibrate", cell, "--runs", tmp_path / "runs"))


def test_attempts_that_all_fail_give_no_threshold_and_a_killed_calibration_goes_on(cell: Path, tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, str(KILLED), str(cell), str(tmp_path / "runs")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert child.stdout is not None
    for _ in range(2):
        assert child.stdout.readline() == "False\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    kept = {file: file.read_bytes() for file in (tmp_path / "runs").rglob("*.npz")}
    assert len(kept) >= 2
    counts: list[int] = []
    made: list[bool] = []
    small = asked(cell, tmp_path / "runs", episodes=5, promise=Promise(mode="marginal", alpha=0.5))
    with pytest.raises(EvidenceError, match="too few calibration attempts that went well"):
        calibrate(small, lambda total, before: counts.extend((total, before)), made.append, pytest.fail)
    assert counts == [5, len(kept)]
    assert len(made) == 5 - len(kept)
    assert {file: file.read_bytes() for file in kept} == kept
    assert not (cell / "policy" / "monitor.json").exists()


def test_parts_of_a_calibration_share_no_scene_and_only_the_held_out_part_has_failures() -> None:
    given = split([replace(one, went_well=number % 7 != 0) for number, one in enumerate(attempts(200, 1))])
    scenes = [{one.scene for one in part} for part in (given.fit, given.rank, given.threshold, given.held_out)]
    assert sum(len(part) for part in scenes) == len(set.union(*scenes))
    assert all(one.went_well for part in (given.fit, given.rank, given.threshold) for one in part)
    assert not all(one.went_well for one in given.held_out)


def test_another_network_cell_or_profile_makes_the_calibration_refused(cell: Path, tmp_path: Path) -> None:
    assert make_watcher(load_cell(cell)) is None
    write_calibration(cell / "policy", monitor_for(cell), bound_of(load_cell(cell)), {})
    assert make_watcher(load_cell(cell)) is not None
    text = (cell / "cell.toml").read_text(encoding="utf-8")
    (cell / "cell.toml").write_text(text.replace("port = 8321", "port = 8322"), encoding="utf-8")
    assert make_watcher(load_cell(cell)) is not None
    (cell / "cell.toml").write_text(text.replace("lockstep_latency_ms = 60.0", "lockstep_latency_ms = 90.0"), "utf-8")
    with pytest.raises(PolicyError, match="another cell"):
        make_watcher(load_cell(cell))
    (cell / "cell.toml").write_text(text, encoding="utf-8")
    with (cell / "policy" / "model.onnx").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(PolicyError, match="another network"):
        make_watcher(load_cell(cell))


def test_an_alarm_ends_the_attempt_and_is_told(cell: Path) -> None:
    loaded = load_cell(cell)
    write_calibration(cell / "policy", monitor_for(cell), bound_of(loaded), {})
    station = Station(loaded)
    try:
        scene = scene_for(loaded, declared(loaded, "lab"), 1, 0)
        watched = run_pick(station, PolicyDecider(loaded, station, make_watcher(loaded)), scene)
        alone = run_pick(station, PolicyDecider(loaded, station), scene)
    finally:
        station.close()
    assert watched.alarm is not None
    assert watched.alarm.startswith(("distance", "support"))
    assert watched.outcome == "alarmed"
    assert watched.simulated_s < alone.simulated_s
    assert alone.alarm is None
    assert alone.outcome == "missed"
