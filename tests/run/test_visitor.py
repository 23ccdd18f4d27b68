"""Somebody visits the cell while it picks: the arm stops in time, waits and goes on, and the order is done.

How near the person comes to a moving arm is worked out by MuJoCo from the drawn shapes, not by the gate's capsules.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from visiting import pick

from spinal import _core
from spinal.cell import Cell, load_cell
from spinal.run.deciders import ExpertDecider
from spinal.run.fit import declared
from spinal.run.station import Station
from spinal.sim.scene import sample

CELL = Path(__file__).parents[2] / "cells" / "bin-picking"
SEEDS = (2, 5, 11)


@pytest.fixture(scope="module")
def cell() -> Cell:
    return load_cell(CELL)


@pytest.fixture(scope="module")
def station(cell: Cell) -> Iterator[Station]:
    station = Station(cell)
    yield station
    station.close()


@pytest.mark.hazard("H-06")
@pytest.mark.parametrize("seed", SEEDS)
def test_with_a_visitor_the_arm_stops_waits_and_goes_on_and_the_order_is_done(
    station: Station, seed: int, tmp_path: Path
) -> None:
    terms = station.cell.limits.people.separation
    assert terms is not None
    scene = sample(declared(station.cell, "lab", "person"), seed, 0, axis="person")
    outcome, watch = pick(station, ExpertDecider(station.cell, station), scene, tmp_path / "visit.journal")
    assert outcome == "placed"
    assert watch.waits >= 1
    assert watch.waited_s > 1.0
    kept_m = terms.intrusion_m + terms.robot_uncertainty_m
    assert watch.nearest_moving_m() >= kept_m
    assert _core.replay_journal(tmp_path / "visit.journal")["is_identical"]


def test_in_the_lab_nobody_keeps_the_arm_waiting(station: Station, tmp_path: Path) -> None:
    for seed in SEEDS:
        scene = sample(declared(station.cell, "lab"), seed, 0)
        journal = tmp_path / f"{seed}.journal"
        outcome, watch = pick(station, ExpertDecider(station.cell, station), scene, journal)
        assert (outcome, watch.waits) == ("placed", 0), seed
