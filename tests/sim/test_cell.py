"""One compiled model takes any scene, and keeps nothing of the one before."""

from __future__ import annotations

from dataclasses import replace

import mujoco
import numpy as np
import pytest

from spinal.sim import layout
from spinal.sim.cell import Cell
from spinal.sim.distribution import Distribution
from spinal.sim.products import SKUS
from spinal.sim.scene import Scene, sample
from spinal.sim.truth import observe_truth


def state(cell: Cell) -> bytes:
    model, data = cell.model, cell.data
    numbers = (data.qpos, data.qvel, data.ctrl, model.body_mass, model.geom_friction, model.geom_rgba, model.cam_pos)
    numbers += (model.geom_size, model.geom_rbound, model.geom_aabb, model.bvh_aabb, model.body_inertia)
    return b"".join(array.tobytes() for array in numbers)


def test_a_scene_is_the_same_whatever_was_loaded_before(
    cell: Cell, lab: Distribution, deployment: Distribution
) -> None:
    states = []
    for index in (4, 9, 2):
        cell.load(sample(deployment, 1, index, "heavy"))
        cell.load(sample(deployment, 1, index, "novel-shapes"))
        cell.load(sample(lab, 1, 0))
        cell.plant.read(0)
        cell.plant.read(400_000_000)
        states.append(state(cell))
    assert states[0] == states[1] == states[2]


def test_two_cells_of_one_process_agree_to_the_last_bit(cell: Cell, deployment: Distribution) -> None:
    other = Cell()
    for index in range(3):
        scene = sample(deployment, 2, index)
        cell.load(scene)
        other.load(scene)
        assert state(cell) == state(other)


@pytest.mark.parametrize("index", range(12))
def test_objects_come_to_rest_in_the_source_tote(cell: Cell, lab: Distribution, index: int) -> None:
    scene = sample(lab, 3, index)
    cell.load(scene)
    truth = observe_truth(cell)
    assert {thing.body for thing in truth.things} == {placement.body for placement in scene.placements}
    assert all(thing.is_inside(layout.SOURCE_M) for thing in truth.things)
    assert all(thing.speed_m_s < 0.1 for thing in truth.things)
    assert truth.placed == ()
    assert not truth.succeeded
    assert truth.held is None


def test_nothing_diverges_in_any_scene(cell: Cell, deployment: Distribution) -> None:
    for axis in ("clutter", "heavy", "slippery", "novel-shapes"):
        for index in range(6):
            cell.load(sample(deployment, 4, index, axis))
            for warning in (mujoco.mjtWarning.mjWARN_BADQPOS, mujoco.mjtWarning.mjWARN_BADQACC):
                assert cell.data.warning[warning].number == 0
            assert cell.data.warning[mujoco.mjtWarning.mjWARN_CONTACTFULL].number == 0


def test_a_mass_scale_scales_what_the_scale_would_show(cell: Cell, deployment: Distribution) -> None:
    scene = sample(deployment, 5, 0, "heavy")
    cell.load(scene)
    for placement in scene.placements:
        entry = next(entry for entry in cell.bodies if entry.name == placement.body)
        assert cell.model.body_mass[entry.body] == pytest.approx(entry.product.mass_kg * placement.mass_scale)


def read_scale(cell: Cell, seconds: float) -> float:
    start = 0
    cell.plant.read(start)
    for at in range(100, round(seconds * 1000) + 1, 100):
        inputs = cell.plant.read(start + at * 1_000_000)[4]
    return float(inputs[1])


def with_some_in_the_destination(scene: Scene, count: int) -> Scene:
    """The scene without sensor noise, and its first objects in the destination tote instead."""
    moved = []
    for k, placement in enumerate(scene.placements):
        x, y = layout.DESTINATION_M
        at = (x - 0.08 + 0.16 * k, y, placement.position_m[2]) if k < count else placement.position_m
        moved.append(replace(placement, position_m=at))
    return replace(scene, placements=tuple(moved), scale_noise_kg=0.0, vacuum_noise=0.0)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_the_scale_reads_what_lies_in_its_tote(cell: Cell, lab: Distribution, count: int) -> None:
    scene = with_some_in_the_destination(sample(lab, 6, 1), count)
    cell.load(scene)
    names = [placement.body for placement in scene.placements[:count]]
    expected = sum(float(cell.model.body_mass[cell.model.body(name).id]) for name in names)
    assert {thing.body for thing in observe_truth(cell).placed} == set(names)
    assert read_scale(cell, 1.0) == pytest.approx(expected, abs=0.002)
    assert read_scale(cell, 3.0) == pytest.approx(expected, abs=0.002), "long after everything has come to rest"


def test_one_ordered_object_and_nothing_else_is_a_success(cell: Cell, lab: Distribution) -> None:
    scene = sample(lab, 6, 1)
    outcomes = []
    for count in (0, 1, 2):
        cell.load(with_some_in_the_destination(scene, count))
        outcomes.append(observe_truth(cell).succeeded)
    assert outcomes == [False, True, False], "in a lab scene the ordered object comes first"


def test_another_object_than_the_ordered_is_no_success(cell: Cell, lab: Distribution) -> None:
    scene = sample(lab, 6, 1)
    other = next(sku for sku in SKUS if sku != scene.sku)
    cell.load(replace(with_some_in_the_destination(scene, 1), sku=other))
    assert not observe_truth(cell).succeeded


def test_a_point_on_the_cameras_axis_is_in_the_middle_of_its_picture(cell: Cell, lab: Distribution) -> None:
    cell.load(sample(lab, 7, 0))
    for camera in ("wrist", "top"):
        view = cell.data.camera(camera)
        ahead = view.xpos - 0.4 * view.xmat.reshape(3, 3)[:, 2]
        assert cell.pixel(camera, ahead) == pytest.approx((0.0, 0.0), abs=1e-9)
        assert cell.pixel(camera, view.xpos + 0.4 * view.xmat.reshape(3, 3)[:, 2]) is None
        assert cell.pixel(camera, ahead + 2.0 * view.xmat.reshape(3, 3)[:, 0]) is None
    assert np.isfinite(cell.data.qpos).all()
