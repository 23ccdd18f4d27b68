"""The host hears of every decision once, gives the alarm to the attempt it is of, and counts first attempts durably."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from command_line import copy_cell
from moments import attempts
from showing_policy import PROPRIOCEPTION, add_showing_policy

from spinal.cell import Cell, load_cell
from spinal.errors import EvidenceError
from spinal.run.calibrated import bound_of
from spinal.run.vigil import UNWATCHED, Vigil, message_of
from spinal.watch import Alarm, Parts, Promise, Watched, fit_monitor, write_calibration


@pytest.fixture
def cell(tmp_path: Path) -> Cell:
    folder = copy_cell(tmp_path / "cell")
    add_showing_policy(folder)
    parts = Parts(
        **{
            name: [replace(one, embeddings=one.embeddings[:, : len(PROPRIOCEPTION)]) for one in attempts(80, seed)]
            for seed, name in enumerate(("fit", "rank", "threshold", "held_out"))
        }
    )
    monitor = fit_monitor(("wrist",), parts, Promise(), {"soap": "all", "tea": "all"})
    write_calibration(folder / "policy", monitor, bound_of(load_cell(folder)), {})
    return load_cell(folder)


def heartbeat(order: str, attempt: int, decision: int, *, worst: float = 1.0, alarm: bool = False) -> dict[str, Any]:
    found = Alarm(score="stall", value=9.0, surprise=worst, threshold=5.0, p_value=0.01, at_ns=1)
    watched = Watched(scores={"stall": worst}, surprise=worst + 3, p_value=0.5, alarm=found if alarm else None)
    return {"watched": message_of(order, attempt, decision, watched)}


def test_a_cell_without_a_calibration_is_unwatched_and_says_so(tmp_path: Path) -> None:
    folder = copy_cell(tmp_path / "cell")
    add_showing_policy(folder)
    vigil = Vigil(load_cell(folder), tmp_path / "runs")
    assert vigil.name == UNWATCHED
    assert "unwatched" in str(vigil.warning)
    assert vigil.take({"watched": None}) is None
    assert vigil.alarm("order", 1) == ""
    assert vigil.end_attempt("order", "soap", 1) is None
    assert not (tmp_path / "runs").exists()


def test_a_decision_is_told_once_and_its_alarm_is_for_its_own_attempt(cell: Cell, tmp_path: Path) -> None:
    vigil = Vigil(cell, tmp_path)
    assert vigil.take(None) is None
    beat = heartbeat("order", 1, 0, worst=7.0, alarm=True)
    told = vigil.take(beat)
    assert told is not None
    assert told["worst"] == 7.0
    assert vigil.take(beat) is None
    assert vigil.alarm("order", 1).startswith("stall is 9")
    assert vigil.alarm("order", 2) == vigil.alarm("other", 1) == ""
    vigil.close()


def test_first_attempts_are_counted_over_restarts_until_the_promise_is_void(cell: Cell, tmp_path: Path) -> None:
    vigil = Vigil(cell, tmp_path)
    vigil.take(heartbeat("early", 2, 0, worst=99.0))
    assert vigil.end_attempt("early", "soap", 2) is None
    assert vigil.warning is None
    voids = []
    for number in range(60):
        if number % 7 == 6:
            vigil.close()
            vigil = Vigil(cell, tmp_path)
        vigil.take(heartbeat(f"order-{number}", 1, 0, worst=99.0 + number))
        voids.append(vigil.end_attempt(f"order-{number}", "soap", 1))
    told = [state for state in voids if state is not None]
    assert len(told) == 1
    assert told[0].is_void
    assert "void" in str(vigil.warning)
    vigil.close()


def test_two_runs_of_a_cell_do_not_mix_their_attempts(cell: Cell, tmp_path: Path) -> None:
    vigil = Vigil(cell, tmp_path)
    with pytest.raises(EvidenceError, match="another process"):
        Vigil(cell, tmp_path)
    vigil.close()
