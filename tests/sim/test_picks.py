"""The expert picks through System 1: what the suction cup does, and what the sensors say about it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from picking import ExpertPick

from spinal.sim.cell import Cell
from spinal.sim.distribution import Distribution
from spinal.sim.products import SKUS
from spinal.sim.scene import Scene, sample
from spinal.sim.truth import observe_truth

PICK_MAX_S = 8.0


@pytest.mark.parametrize("sku", SKUS)
def test_the_expert_delivers_every_sku(cell: Cell, lab: Distribution, sku: str) -> None:
    for index in range(3):
        pick = ExpertPick(cell, sample(lab, 21, index, sku=sku))
        moments = pick.run(PICK_MAX_S)
        assert moments[-1].truth.succeeded, (sku, index)
        assert pick.refused == 0
        assert moments[-1].at_s < 5.0


def test_the_sensors_tell_the_story_of_a_pick(cell: Cell, lab: Distribution) -> None:
    scene = replace(sample(lab, 22, 0), vacuum_noise=0.0, scale_noise_kg=0.0)
    pick = ExpertPick(cell, scene)
    moments = pick.run(PICK_MAX_S)
    assert moments[0].vacuum == 0.0
    held = [moment for moment in moments if moment.truth.held is not None]
    assert len(held) >= 5
    assert max(moment.vacuum for moment in held) > 0.7
    assert moments[-1].vacuum == 0.0
    mass = next(float(cell.model.body_mass[e.body]) for e in cell.bodies if e.name == moments[-1].truth.placed[0].body)
    settled = pick.core.advance(1000)
    assert settled.inputs[1] == pytest.approx(mass, abs=0.003)


def test_a_pick_is_the_same_to_the_last_bit_when_repeated(cell: Cell, deployment: Distribution) -> None:
    scene = sample(deployment, 23, 5)
    ends = []
    for _ in range(2):
        pick = ExpertPick(cell, scene)
        pick.run(PICK_MAX_S)
        ends.append((pick.status.to_bytes(), cell.data.qpos.tobytes()))
    assert ends[0] == ends[1]


def heavier(scene: Scene, factor: float) -> Scene:
    return replace(scene, placements=tuple(replace(p, mass_scale=factor) for p in scene.placements))


def lifted(cell: Cell, scene: Scene) -> bool:
    pick = ExpertPick(cell, scene)
    moments = pick.run(4.0)
    return any(moment.truth.held and moment.truth.ordered[0].position_m[2] > 0.12 for moment in moments)


def test_the_cup_lifts_no_more_than_its_vacuum_can(cell: Cell, lab: Distribution) -> None:
    scene = replace(sample(lab, 24, 0, sku="beans"), suction_force_n=24.0)
    assert lifted(cell, heavier(scene, 5.0)), "1.1 kg weigh 11 N"
    assert not lifted(cell, heavier(scene, 12.0)), "2.6 kg weigh 26 N, more than 24 N"


def test_a_surface_that_leaks_weakens_the_vacuum(cell: Cell, lab: Distribution) -> None:
    levels = []
    for porosity in (0.0, 0.1, 0.9):
        scene = sample(lab, 25, 0, sku="tuna")
        leaking = tuple(replace(p, porosity=porosity) for p in scene.placements)
        pick = ExpertPick(cell, replace(scene, placements=leaking, vacuum_noise=0.0))
        levels.append(max(moment.vacuum for moment in pick.run(2.0)))
    assert levels[0] > 0.95
    assert 0.3 < levels[1] < 0.7
    assert levels[2] < 0.2


@pytest.mark.hazard("H-25")
def test_a_robot_without_power_stands_and_keeps_what_it_holds(cell: Cell, lab: Distribution) -> None:
    pick = ExpertPick(cell, sample(lab, 26, 0, sku="soap"))
    pick.run(1.8)
    assert observe_truth(cell).held is not None
    pick.core.stop("sto")
    pick.core.advance(300)
    before = cell.data.qpos[:6].copy()
    pick.status = pick.core.advance(2000)
    assert not pick.status.is_powered
    assert abs(cell.data.qpos[:6] - before).max() < 1e-3
    assert observe_truth(cell).held is not None
