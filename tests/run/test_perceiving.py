"""The scripted pick and the look at the destination in lockstep, with the simulator's own map for a network's.

The map is what a perfect network would say: what is tested is geometry, motion and touch, not perception.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from spinal.cell import load_cell
from spinal.decide import Insight, PickSkill, ToolPose, Undecodable
from spinal.errors import CellError
from spinal.records import Observation, Plan, Seen
from spinal.run.chain import Chain
from spinal.run.channels import seen_from
from spinal.run.deciders import ExpertDecider
from spinal.run.evaluate import scene_for
from spinal.run.fit import declared
from spinal.run.looking import Looker, make_looker
from spinal.run.perceiving import (
    Perceive,
    make_sight_settings,
    make_skill_settings,
    make_view,
)
from spinal.run.pick import run_pick
from spinal.run.station import Rollout, Station
from spinal.sim.labels import ProductPainter

CELL = load_cell(Path(__file__).parents[2] / "cells" / "bin-picking")
SKUS = tuple(CELL.config.skus)
HOME_RAD = np.array(CELL.config.robot.home_rad)


def test_the_cells_calibration_is_the_simulated_cameras_place() -> None:
    station, view = Station(CELL), make_view(CELL, "wrist")
    station.simulation.load(scene_for(CELL, declared(CELL, "lab"), 1, 0))
    position, rotation = station.arm.tool_pose(HOME_RAD)
    tool = ToolPose(position_m=position, rotation=rotation)
    for point in np.array([[0.5, -0.22, 0.0], [0.6, -0.3, 0.05], [0.4, -0.12, 0.02]]):
        pixel, true = view.project(point, tool), station.simulation.pixel("wrist", point)
        assert pixel is not None
        assert true is not None
        # The lab's cameras are up to 1 mm and 0.25 degrees off: half a pixel.
        np.testing.assert_allclose(pixel, (np.array(true) + 1.0) * 48.0, atol=0.6)
    station.close()


class SkillDecider:
    """The scripted pick in the policy's place."""

    sees_pictures = True
    watched = None

    def __init__(self, skill: PickSkill, perceive: Perceive) -> None:
        """Decide with this skill on what `perceive` says."""
        self._skill = skill
        self._perceive = perceive

    def restart(self) -> None:
        """Forget the attempt before."""
        self._skill.restart()

    def decide(self, rollout: Rollout, observation: Observation) -> Plan | Undecodable:
        """Return the skill's next chunk as joint targets."""
        del rollout
        return self._skill.plan(observation, self._perceive(observation))


def perfect(station: Station) -> Perceive:
    painter = ProductPainter(station.simulation, SKUS)

    def perceive(observation: Observation) -> Insight:
        seen = np.eye(len(SKUS) + 2, dtype=np.float32)[painter.products("wrist")].transpose(2, 0, 1)
        return Insight(embedding=np.zeros(1, np.float32), products=seen, target=np.zeros(2, np.float32))

    return perceive


@pytest.mark.hazard("H-20")
def test_a_unit_that_weighs_too_much_is_placed_when_the_camera_sees_it_and_a_persons_matter_when_not() -> None:
    station = Station(CELL)
    looker = Looker(make_sight_settings(CELL, "wrist", SKUS), station.arm, perfect(station))
    scene = scene_for(CELL, declared(CELL, "deployment"), 900, 0, "heavy")
    alone = run_pick(station, ExpertDecider(CELL, station), scene)
    fused = run_pick(station, ExpertDecider(CELL, station), scene, looker=looker)
    assert (alone.succeeded, alone.outcome) == (True, "unclear")
    assert (fused.succeeded, fused.outcome) == (True, "placed")
    assert any(reason.startswith("master data: one tuna seems to weigh 0.") for reason in fused.reasons)
    station.close()


def test_the_shipped_network_sees_a_unit_that_weighs_too_much() -> None:
    station = Station(CELL)
    looker = make_looker(CELL, station.arm, Chain(verifier=True))
    scene = scene_for(CELL, declared(CELL, "deployment"), 900, 0, "heavy")
    assert run_pick(station, ExpertDecider(CELL, station), scene, looker=looker).outcome == "placed"
    assert make_looker(CELL, station.arm, Chain()) is None
    station.close()


def test_a_look_is_the_same_after_its_way_to_the_host() -> None:
    seen = Seen(at_ns=7, counts={"soap": 1}, others=1, is_empty=False, doubts=("a part of tea",))
    assert seen_from(json.loads(json.dumps(asdict(seen)))) == seen
    assert seen_from(None) is None


def test_nine_of_ten_lab_picks_succeed_on_a_perfect_map() -> None:
    station = Station(CELL)
    skill = PickSkill(make_skill_settings(CELL, station.arm.tool_pose(HOME_RAD)[0], "wrist", SKUS), station.arm)

    decider, lab = SkillDecider(skill, perfect(station)), declared(CELL, "lab")
    results = [run_pick(station, decider, scene_for(CELL, lab, 500, index)) for index in range(10)]
    failed = [(result.index, result.sku, result.reasons) for result in results if not result.succeeded]
    assert len(failed) <= 1, failed
    assert [result.refused for result in results] == [0] * 10
    station.close()


def test_a_cell_without_calibration_is_told_what_the_skill_needs() -> None:
    cameras = CELL.config.cameras | {"wrist": CELL.config.cameras["wrist"].model_copy(update={"mount": None})}
    blind = CELL.config.model_copy(update={"cameras": cameras})
    nowhere = CELL.config.model_copy(update={"skill": None})
    for config, table in ((blind, r"cameras\.wrist\.mount"), (nowhere, r"\[skill\]")):
        cell = type(CELL)(**{name: getattr(CELL, name) for name in CELL.__slots__} | {"config": config})
        with pytest.raises(CellError) as caught:
            make_skill_settings(cell, np.zeros(3), "wrist", SKUS)
        assert table.replace("\\", "") in str(caught.value.allowed)
