"""The capsules and boxes that are generated contain what they stand for, at every posture."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest
from scipy.spatial import cKDTree

from spinal import _core
from spinal.records import Float
from spinal.sim.enclose import Balls, box, capsule, cylinder, enclose
from spinal.sim.robot import JOINT_NAMES, arm_description
from spinal.sim.shapes import cell_model, cell_solids, link_of, robot_bodies, robot_capsules

KINDS = mujoco.mjtGeom


def surface(model: mujoco.MjModel, data: mujoco.MjData, geom: int, n: int, generator: np.random.Generator) -> Float:
    """Return points (n, 3) on a geom's surface, in the world: its corners or rims among them."""
    size, kind = model.geom_size[geom], model.geom_type[geom]
    direction = generator.normal(size=(n, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    if kind == KINDS.mjGEOM_BOX:
        points = np.sign(direction) * size
        points[n // 8 :] = np.clip(direction * 10.0, -1.0, 1.0)[n // 8 :] * size
    elif kind == KINDS.mjGEOM_CYLINDER:
        angle = generator.uniform(0.0, 2.0 * np.pi, n)
        end = np.where(np.arange(n) % 2 == 0, size[1], -size[1])
        points = np.stack([size[0] * np.cos(angle), size[0] * np.sin(angle), end], axis=1)
        points[n // 4 : n // 2, :2] *= np.sqrt(generator.uniform(size=(n // 2 - n // 4, 1)))
        points[n // 2 :, 2] *= generator.uniform(-1.0, 1.0, n - n // 2)
    elif kind == KINDS.mjGEOM_CAPSULE:
        points = direction * size[0] + np.sign(direction[:, 2:]) * [0.0, 0.0, size[1]]
        flat = direction[n // 2 :, :2] / np.linalg.norm(direction[n // 2 :, :2], axis=1, keepdims=True) * size[0]
        points[n // 2 :] = np.column_stack([flat, generator.uniform(-size[1], size[1], n - n // 2)])
    elif kind == KINDS.mjGEOM_SPHERE:
        points = direction * size[0]
    else:
        raise AssertionError(f"geom {geom} is of kind {kind}")
    found: Float = data.geom_xpos[geom] + points @ data.geom_xmat[geom].reshape(3, 3).T
    return found


def to_segment(points: Float, a: Float, b: Float) -> Float:
    """Return the distances (n,) of points to a segment."""
    way = b - a
    t = np.clip((points - a) @ way / max(float(way @ way), 1e-12), 0.0, 1.0)
    found: Float = np.linalg.norm(points - a - t[:, None] * way, axis=1)
    return found


@pytest.mark.hazard("H-08", "H-09")
def test_every_geom_of_the_robot_is_inside_the_capsules_of_its_link_at_every_posture() -> None:
    model, arm = cell_model(), _core.Arm.from_dh(**arm_description())
    fits = robot_capsules(model, arm)
    data, generator = mujoco.MjData(model), np.random.Generator(np.random.Philox(3))
    robot = robot_bodies(model)
    geoms = [geom for geom in range(model.ngeom) if model.geom_bodyid[geom] in robot]
    assert len(geoms) > 30
    for _ in range(20):
        q = generator.uniform(-3.0, 3.0, len(JOINT_NAMES))
        data.qpos[: len(q)] = q
        mujoco.mj_kinematics(model, data)
        origins, rotations = arm.link_poses(q)
        for geom in geoms:
            body = int(model.geom_bodyid[geom])
            link = link_of(model, body)
            points = surface(model, data, geom, 200, generator)
            local = points if link == 0 else (points - origins[link - 1]) @ rotations[link - 1]
            own = [fit.fitted for fit in fits if fit.link == link]
            outside = [to_segment(local, fit.a_m, fit.b_m) - fit.radius_m for fit in own]
            assert np.max(np.min(outside, axis=0)) <= 1e-9, f"{model.body(body).name}, geom {geom}"


def test_the_capsules_hug_their_links() -> None:
    model, arm = cell_model(), _core.Arm.from_dh(**arm_description())
    fits = robot_capsules(model, arm)
    assert len(fits) <= 24
    data, generator = mujoco.MjData(model), np.random.Generator(np.random.Philox(4))
    mujoco.mj_kinematics(model, data)
    origins, rotations = arm.link_poses(np.zeros(len(JOINT_NAMES)))
    for fit in fits:
        bodies = [body for body in robot_bodies(model) if model.body(body).name == fit.body]
        geoms = [geom for geom in range(model.ngeom) if model.geom_bodyid[geom] in bodies]
        points = np.concatenate([surface(model, data, geom, 4000, generator) for geom in geoms])
        local = points if fit.link == 0 else (points - origins[fit.link - 1]) @ rotations[fit.link - 1]
        direction = generator.normal(size=(500, 3))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        along = generator.uniform(size=(500, 1))
        way = fit.fitted.b_m - fit.fitted.a_m
        around = fit.fitted.a_m + along * way + direction * 2.0 * fit.fitted.radius_m
        t = np.clip((around - fit.fitted.a_m) @ way / max(float(way @ way), 1e-12), 0.0, 1.0)
        nearest = fit.fitted.a_m + t[:, None] * way
        outwards = (around - nearest) / np.linalg.norm(around - nearest, axis=1, keepdims=True)
        skin = nearest + outwards * fit.fitted.radius_m
        stands_out = cKDTree(local).query(skin)[0]
        assert float(np.max(stands_out)) < (0.045 if fit.link else 0.055), fit.name
        assert float(np.mean(stands_out)) < 0.02, fit.name


@pytest.mark.hazard("H-08")
def test_what_stands_in_the_cell_is_inside_its_boxes_and_planes() -> None:
    model = cell_model()
    boxes, planes = cell_solids(model)
    data, generator = mujoco.MjData(model), np.random.Generator(np.random.Philox(5))
    mujoco.mj_kinematics(model, data)
    robot, looked_at = set(robot_bodies(model)), 0
    for geom in range(model.ngeom):
        body = int(model.geom_bodyid[geom])
        is_item = any(
            model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE for joint in np.flatnonzero(model.jnt_bodyid == body)
        )
        is_person = model.body_mocapid[model.body_rootid[body]] >= 0
        if body in robot or is_item or is_person or model.geom_type[geom] == KINDS.mjGEOM_PLANE:
            continue
        looked_at += 1
        points = surface(model, data, geom, 200, generator)
        inside = [
            np.all(np.abs((points - entry.middle_m) @ entry.rotation) <= entry.half_m + 2e-4, axis=1) for entry in boxes
        ]
        behind = [(points - plane.point_m) @ plane.normal <= 2e-4 for plane in planes]
        assert np.all(np.any([*inside, *behind], axis=0)), f"{model.body(body).name}, geom {geom}"
    assert looked_at > 25
    assert {"source-floor", "source-wall-near", "destination-wall-far"} <= {entry.name for entry in boxes}


@pytest.mark.parametrize("seed", range(30))
def test_random_shapes_are_inside_what_is_fitted_around_them(seed: int) -> None:
    generator = np.random.Generator(np.random.Philox(seed))
    shapes: list[Balls] = []
    for k in range(4):
        q, _ = np.linalg.qr(generator.normal(size=(3, 3)))
        turn = q * np.sign(np.linalg.det(q))
        at, size = generator.uniform(-0.2, 0.2, 3), generator.uniform(0.01, 0.1, 3)
        makers = (cylinder(at, turn, size[0], size[1]), capsule(at, turn, size[0], size[1]), box(at, turn, size))
        shapes.append(makers[(seed + k) % 3])
    fits = enclose(shapes)
    for shape in shapes:
        outside = [np.max(to_segment(shape.centres_m, fit.a_m, fit.b_m) + shape.radii_m - fit.radius_m) for fit in fits]
        assert min(outside) <= 1e-9


def test_shapes_of_one_axis_become_one_capsule() -> None:
    first = cylinder(np.zeros(3), np.eye(3), 0.05, 0.1)
    second = cylinder(np.array([0.0, 0.0, 0.12]), np.eye(3), 0.045, 0.02)
    (fit,) = enclose([first, second])
    assert fit.radius_m == pytest.approx(0.055, abs=0.006)
    far = cylinder(np.array([0.5, 0.0, 0.0]), np.eye(3), 0.05, 0.1)
    assert len(enclose([first, far])) == 2
