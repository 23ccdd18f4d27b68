"""Somebody visits the cell while it picks: the arm stops in time, waits and goes on, and the order is done.

How near the person comes to a moving arm is worked out by MuJoCo from the drawn shapes, not by the gate's capsules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import mujoco
import numpy as np
import pytest

from spinal import _core
from spinal.cell import Cell, load_cell
from spinal.run.deciders import ExpertDecider
from spinal.run.fit import declared
from spinal.run.pick import LockstepPick
from spinal.run.station import Rollout, Station
from spinal.sim.scene import Scene, sample

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


@dataclass
class Watch:
    """What was seen of a rollout."""

    nearest_moving_m: float = np.inf
    nearest_m: float = np.inf
    waits: int = 0
    waited_s: float = 0.0
    is_waiting: bool = field(default=False)


class Shapes:
    """The drawn shapes of arm and person in the simulation."""

    def __init__(self, station: Station) -> None:
        model = station.simulation.model
        self._model, self._data = model, station.simulation.data
        arm, person = model.body("shoulder_pan").id, model.body("person").id
        self._arm = [geom for geom in range(model.ngeom) if self._is_under(int(model.geom_bodyid[geom]), arm)]
        self._person = [geom for geom in range(model.ngeom) if model.geom_bodyid[geom] == person]

    def distance_m(self) -> float:
        """Return the distance between arm and person as they are drawn now; far away it is not worked out."""
        if np.hypot(*self._data.mocap_pos[0, :2]) > 3.5:
            return np.inf
        ends = np.zeros(6)
        return min(
            mujoco.mj_geomDistance(self._model, self._data, one, other, 5.0, ends)
            for one in self._arm
            for other in self._person
        )

    def _is_under(self, body: int, root: int) -> bool:
        while body and body != root:
            body = int(self._model.body_parentid[body])
        return body == root


def watched(rollout: Rollout, shapes: Shapes, watch: Watch) -> Rollout:
    """Return the rollout, with a look at the shapes each time that time has passed."""
    advance = rollout.advance

    def advance_and_look(duration_ns: int) -> _core.Status:
        status = advance(duration_ns)
        distance_m = shapes.distance_m()
        watch.nearest_m = min(watch.nearest_m, distance_m)
        if not status.is_at_rest:
            watch.nearest_moving_m = min(watch.nearest_moving_m, distance_m)
        is_waiting = status.trigger == "person_near"
        watch.waits += is_waiting and not watch.is_waiting
        watch.waited_s += is_waiting * duration_ns * 1e-9
        watch.is_waiting = is_waiting
        return status

    rollout.advance = advance_and_look  # type: ignore[method-assign]
    return rollout


def pick(station: Station, scene: Scene, journal: Path) -> tuple[str, Watch]:
    watch = Watch()
    rollout = watched(station.begin(scene, journal=journal, detail="full"), Shapes(station), watch)
    ended = LockstepPick(station, ExpertDecider(station.cell, station), scene, rollout, 1).run()
    rollout.finish()
    return ("" if ended is None else str(ended.result.outcome)), watch


@pytest.mark.hazard("H-06")
@pytest.mark.parametrize("seed", SEEDS)
def test_with_a_visitor_the_arm_stops_waits_and_goes_on_and_the_order_is_done(
    station: Station, seed: int, tmp_path: Path
) -> None:
    separation = station.cell.limits.people
    assert separation.separation is not None
    scene = sample(declared(station.cell, "lab", "person"), seed, 0, axis="person")
    outcome, watch = pick(station, scene, tmp_path / "visit.journal")
    assert outcome == "placed"
    assert watch.waits >= 1
    assert watch.waited_s > 1.0
    terms = separation.separation
    kept_m = terms.intrusion_m + terms.robot_uncertainty_m
    assert watch.nearest_moving_m >= kept_m, watch
    assert watch.nearest_m < watch.nearest_moving_m, "the visitor came nearer than that once the arm stood"
    assert _core.replay_journal(tmp_path / "visit.journal")["is_identical"]


def test_in_the_lab_nobody_keeps_the_arm_waiting(station: Station, tmp_path: Path) -> None:
    for seed in SEEDS:
        scene = sample(declared(station.cell, "lab"), seed, 0)
        outcome, watch = pick(station, scene, tmp_path / f"{seed}.journal")
        assert (outcome, watch.waits) == ("placed", 0), seed
