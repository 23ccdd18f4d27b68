"""What robot and cell look like, as shapes: read from the model as MuJoCo compiled it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import mujoco
import numpy as np

from spinal import _core
from spinal.errors import CellError
from spinal.records import Float
from spinal.sim.enclose import Balls, Fitted, box, capsule, cylinder, enclose
from spinal.sim.mjcf import cell_mjcf
from spinal.sim.robot import JOINT_NAMES

TOUCH_M = 1e-4
"""A solid that is inside another one but for this is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFit:
    """One capsule of the robot in the frame of its link (0 = the base)."""

    name: str
    body: str
    link: int
    part: Literal["arm", "tool"]
    fitted: Fitted


@dataclass(frozen=True, slots=True, kw_only=True)
class CellBox:
    """A box of the cell in the base frame: middle (3,), rotation (3, 3), half sides (3,)."""

    name: str
    middle_m: Float
    rotation: Float
    half_m: Float


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPlane:
    """A half space of the cell; the normal (3,) points to its free side."""

    name: str
    point_m: Float
    normal: Float


def cell_model() -> mujoco.MjModel:
    """Return the simulated cell as MuJoCo compiles it."""
    return mujoco.MjModel.from_xml_string(cell_mjcf())


def model_shapes(model: mujoco.MjModel, body: int) -> list[tuple[int, Balls]]:
    """Return the geoms of a body, each with its shape in the world, at the joint positions of a fresh data."""
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    found = []
    for geom in np.flatnonzero(model.geom_bodyid == body):
        at, turn = data.geom_xpos[geom].copy(), data.geom_xmat[geom].reshape(3, 3).copy()
        found.append((int(geom), _balls(model, int(geom), at, turn)))
    return found


def robot_capsules(model: mujoco.MjModel, arm: _core.Arm) -> list[LinkFit]:
    """Return capsules that contain every geom of the robot, the gripper included, each in the frame of its link."""
    origins, rotations = arm.link_poses(np.zeros(arm.dof))
    found = []
    for body in robot_bodies(model):
        link = link_of(model, body)
        origin, rotation = (np.zeros(3), np.eye(3)) if link == 0 else (origins[link - 1], rotations[link - 1])
        name = model.body(body).name
        shapes = [shape for _, shape in model_shapes(model, body)]
        part: Literal["arm", "tool"] = "tool" if link == len(JOINT_NAMES) and name not in JOINT_NAMES else "arm"
        fits = sorted(enclose(shapes), key=lambda fit: -fit.volume_m3) if shapes else []
        for k, fit in enumerate(fits, 1):
            local = Fitted((fit.a_m - origin) @ rotation, (fit.b_m - origin) @ rotation, fit.radius_m)
            plain = name.replace("_", "-")
            found.append(LinkFit(name=f"{plain}-{k}", body=name, link=link, part=part, fitted=local))
    return found


def cell_solids(model: mujoco.MjModel) -> tuple[list[CellBox], list[CellPlane]]:
    """Return what stands in the cell as boxes and planes: all that is neither robot nor item nor person.

    A cylinder becomes the box around it; what lies inside another box or behind a plane is left out.
    """
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    robot = set(robot_bodies(model))
    boxes: list[CellBox] = []
    planes: list[CellPlane] = []
    for geom in range(model.ngeom):
        body = int(model.geom_bodyid[geom])
        if body in robot or _is_free(model, body):
            continue
        at, turn = data.geom_xpos[geom].copy(), data.geom_xmat[geom].reshape(3, 3).copy()
        name = model.geom(geom).name or f"{model.body(body).name}-{geom}"
        size, kind = model.geom_size[geom].copy(), int(model.geom_type[geom])
        if kind == mujoco.mjtGeom.mjGEOM_PLANE:
            planes.append(CellPlane(name=name, point_m=at, normal=turn[:, 2]))
        elif kind == mujoco.mjtGeom.mjGEOM_BOX:
            boxes.append(CellBox(name=name, middle_m=at, rotation=turn, half_m=size))
        elif kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
            half = np.array([size[0], size[0], size[1]])
            boxes.append(CellBox(name=name, middle_m=at, rotation=turn, half_m=half))
        else:
            raise _unknown(model, geom)
    kept: list[CellBox] = []
    for found in sorted(boxes, key=lambda entry: -float(np.prod(entry.half_m))):
        corners = box(found.middle_m, found.rotation, found.half_m).centres_m
        behind = any(np.all((corners - plane.point_m) @ plane.normal <= TOUCH_M) for plane in planes)
        if not behind and not any(_contains(other, corners) for other in kept):
            kept.append(found)
    return sorted(kept, key=lambda entry: entry.name), planes


def robot_bodies(model: mujoco.MjModel) -> list[int]:
    """Return the bodies of the robot from the base outwards: what its joints move, and what carries the first one."""
    first = int(model.body(JOINT_NAMES[0]).id)
    carriers = []
    body = int(model.body_parentid[first])
    while body != 0:
        carriers.append(body)
        body = int(model.body_parentid[body])
    moved = [k for k in range(model.nbody) if _is_below(model, k, first)]
    return [*reversed(carriers), *moved]


def link_of(model: mujoco.MjModel, body: int) -> int:
    """Return which of the arm's joints is the last before a body of the robot, counted from 1; 0 = none."""
    while body != 0:
        name = model.body(body).name
        if name in JOINT_NAMES:
            return JOINT_NAMES.index(name) + 1
        body = int(model.body_parentid[body])
    return 0


def _is_below(model: mujoco.MjModel, body: int, ancestor: int) -> bool:
    while body != 0:
        if body == ancestor:
            return True
        body = int(model.body_parentid[body])
    return False


def _is_free(model: mujoco.MjModel, body: int) -> bool:
    """Whether a body goes where it likes: an item, or a person, who is kept away from in another way."""
    if model.body_mocapid[model.body_rootid[body]] >= 0:
        return True
    joints = range(int(model.body_jntadr[body]), int(model.body_jntadr[body]) + int(model.body_jntnum[body]))
    return any(model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_FREE for joint in joints)


def _contains(outer: CellBox, points: Float) -> bool:
    local = (points - outer.middle_m) @ outer.rotation
    return bool(np.all(np.abs(local) <= outer.half_m + TOUCH_M))


def _balls(model: mujoco.MjModel, geom: int, at: Float, turn: Float) -> Balls:
    size, kind = model.geom_size[geom], int(model.geom_type[geom])
    if kind == mujoco.mjtGeom.mjGEOM_CYLINDER:
        return cylinder(at, turn, float(size[0]), float(size[1]))
    if kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
        return capsule(at, turn, float(size[0]), float(size[1]))
    if kind == mujoco.mjtGeom.mjGEOM_SPHERE:
        return capsule(at, turn, float(size[0]), 0.0)
    if kind == mujoco.mjtGeom.mjGEOM_BOX:
        return box(at, turn, size.copy())
    raise _unknown(model, geom)


def _unknown(model: mujoco.MjModel, geom: int) -> CellError:
    kind = mujoco.mjtGeom(int(model.geom_type[geom])).name
    return CellError(
        "a shape of the model has no capsule or box that is known to contain it",
        value=f"geom {geom} ({model.geom(geom).name or 'without a name'}) is a {kind}",
        allowed="boxes, cylinders, capsules, spheres; planes in the cell",
        next_step="draw it with these, or add its fit to spinal.sim.shapes",
    )
