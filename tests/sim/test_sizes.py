"""An object in other proportions is, to MuJoCo and to the cup, what it would be if it had been compiled so."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from picking import ExpertPick

from spinal.records import Float
from spinal.sim.cell import Cell
from spinal.sim.distribution import Distribution
from spinal.sim.mjcf import object_mjcf
from spinal.sim.products import SKUS, Product, bodies
from spinal.sim.scene import sample
from spinal.sim.truth import observe_truth

OBJECTS = np.array([0, 0, 1, 0, 0, 0], np.uint8)
RESIZED = (0.8, 1.25, 0.9)


def compiled(product: Product) -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_string(object_mjcf("alone", product))


def inertia(model: mujoco.MjModel, body: int) -> Float:
    """The inertia (3, 3) in the body's own frame."""
    turn = np.zeros(9)
    mujoco.mju_quat2Mat(turn, model.body_iquat[body])
    matrix = turn.reshape(3, 3)
    found: Float = matrix @ np.diag(model.body_inertia[body]) @ matrix.T
    return found


@pytest.mark.parametrize("name", sorted({product.name for _, product in bodies()}))
@pytest.mark.parametrize("proportions", [RESIZED, (1.25, 0.8, 1.2), (1.0, 1.0, 1.3)])
def test_a_resized_object_is_the_one_that_mujoco_would_compile(
    cell: Cell, name: str, proportions: tuple[float, float, float]
) -> None:
    model = cell.model
    entry = next(entry for entry in cell.bodies if entry.product.name == name)
    product = entry.product.resized(proportions)
    alone = compiled(product)
    try:
        model.body_inertia[entry.body] = entry.sizes.take(model, product)
        geoms = slice(entry.geom, entry.geom + 1 + len(entry.bands))
        assert np.array_equal(model.geom_size[geoms], alone.geom_size)
        assert np.array_equal(model.geom_rbound[geoms], alone.geom_rbound)
        assert inertia(model, entry.body) == pytest.approx(inertia(alone, 1), rel=1e-6, abs=1e-12)
        assert np.all(model.body_inertia[entry.body] > 0.0)
    finally:
        model.body_inertia[entry.body] = entry.sizes.take(model, entry.product)


def test_an_object_that_is_listed_again_is_as_it_was_compiled(cell: Cell) -> None:
    model = cell.model
    kept = [array.copy() for array in (model.geom_size, model.geom_rbound, model.geom_aabb, model.bvh_aabb)]
    for entry in cell.bodies:
        entry.sizes.take(model, entry.product.resized(RESIZED))
        entry.sizes.take(model, entry.product)
    for before, after in zip(kept, (model.geom_size, model.geom_rbound, model.geom_aabb, model.bvh_aabb), strict=True):
        assert np.array_equal(before, after)


def test_a_ray_from_above_ends_on_the_new_surface(cell: Cell, deployment: Distribution) -> None:
    cell.load(sample(deployment, 31, 0, "novel-shapes"))
    seen = 0
    for thing in observe_truth(cell).things:
        if thing.product.shape != "box" or abs(thing.rotation[2, 2]) < 0.9999:
            continue
        hit = np.zeros(1, np.int32)
        start = np.array([*thing.position_m[:2], 0.4])
        distance = mujoco.mj_ray(cell.model, cell.data, start, np.array([0.0, 0.0, -1.0]), OBJECTS, True, -1, hit)
        if hit[0] == thing.geom:
            seen += 1
            assert 0.4 - distance == pytest.approx(thing.position_m[2] + thing.product.half_m[2], abs=1e-3)
    assert seen >= 2


def test_new_shapes_rest_in_the_tote_and_do_not_sink_into_its_floor(cell: Cell, deployment: Distribution) -> None:
    for index in range(8):
        cell.load(sample(deployment, 32, index, "novel-shapes"))
        for thing in observe_truth(cell).things:
            lowest = min(thing.product.half_m)
            assert thing.position_m[2] > 0.9 * lowest, (index, thing.body)
            assert thing.is_inside((0.50, -0.22)), (index, thing.body)


@pytest.mark.parametrize("sku", SKUS)
def test_the_expert_delivers_an_sku_of_another_shape(cell: Cell, deployment: Distribution, sku: str) -> None:
    pick = ExpertPick(cell, sample(deployment, 33, 1, "novel-shapes", sku=sku))
    assert pick.run(8.0)[-1].truth.succeeded


def test_a_worn_cup_is_a_weaker_one_on_whatever_it_sits(
    cell: Cell, lab: Distribution, deployment: Distribution
) -> None:
    levels = {}
    for distribution, axis in ((lab, None), (deployment, "gripper-wear")):
        moments = ExpertPick(cell, sample(distribution, 34, 0, axis, sku="tuna")).run(2.5)
        levels[axis] = max(moment.vacuum for moment in moments)
    assert levels[None] > 0.9
    assert 0.3 < levels["gripper-wear"] < 0.6
