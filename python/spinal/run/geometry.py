"""`geometry.toml` of a simulated cell, made from its model: what a person then reviews and signs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from spinal import _core
from spinal.cell import (
    GEOMETRY_FILE,
    BoxShape,
    CellConfig,
    ClearanceLimits,
    GeometryFile,
    Limits,
    LinkCapsule,
    PlaneShape,
    Unchecked,
    read_config,
    read_limits,
)
from spinal.records import Float
from spinal.run import parts
from spinal.sim.shapes import cell_model, cell_solids, robot_capsules

POSTURES = 5_000
"""How many random postures tell which pairs always overlap."""
SEED = 1
GROW_M = 2e-5
"""Radii and half sides are rounded up by this much more than the figures are rounded."""
SPARE_M = 2e-3
"""What is nearer than this to the least distance counts as too near here: postures are many, but not all."""
COMPLIANT_BODY = "cup"
"""The part of the gripper that is made to touch things: it gives way."""


def generate(folder: Path) -> Path:
    """Write the cell's `geometry.toml` from its simulated model and return its path."""
    config, limits = read_config(folder), read_limits(folder)
    geometry = fit_geometry(config, limits)
    path = folder / GEOMETRY_FILE
    path.write_text(as_toml(geometry), encoding="utf-8")
    return path


def fit_geometry(config: CellConfig, limits: Limits) -> GeometryFile:
    """Return shapes that contain robot and cell as the simulator has them, with the pairs that cannot be checked."""
    model, arm = cell_model(), parts.make_arm()
    fits = robot_capsules(model, arm)
    links = tuple(
        LinkCapsule(
            name=fit.name,
            link=fit.link,
            part=fit.part,
            a_m=_point(fit.fitted.a_m),
            b_m=_point(fit.fitted.b_m),
            radius_m=_up(fit.fitted.radius_m),
        )
        for fit in fits
    )
    solids, half_spaces = cell_solids(model)
    boxes = tuple(
        BoxShape(
            name=solid.name,
            middle_m=_point(solid.middle_m),
            rotation=(_exact(solid.rotation[0]), _exact(solid.rotation[1]), _exact(solid.rotation[2])),
            half_m=(_up(solid.half_m[0]), _up(solid.half_m[1]), _up(solid.half_m[2])),
        )
        for solid in solids
    )
    planes = tuple(
        PlaneShape(name=plane.name, point_m=_point(plane.point_m), normal=_exact(plane.normal)) for plane in half_spaces
    )
    places = (*(box.name for box in boxes), *(plane.name for plane in planes))
    compliant = tuple(fit.name for fit in fits if fit.body == COMPLIANT_BODY)
    excepted = []
    if compliant and places:
        reason = "made to touch: the cup gives way by 12 mm and tilts; it enters totes and may meet their floors"
        excepted.append(Unchecked(shapes=compliant, against=places, reason=reason))
    found = GeometryFile(links=links, boxes=boxes, capsules=(), planes=planes, unchecked=tuple(excepted))
    return found.model_copy(update={"unchecked": (*excepted, *_always_near(found, config, limits, arm))})


def _always_near(found: GeometryFile, config: CellConfig, limits: Limits, arm: _core.Arm) -> Iterable[Unchecked]:
    """Pairs that are too near at every one of many random postures: they are so by design, and say nothing."""
    least_m = 0.0 if limits.clearance is None else limits.clearance.clearance_min_m
    core = found.to_core(ClearanceLimits(clearance_min_m=least_m, boxes=(), planes=()), arm.dof)
    clearance = _core.Clearance(core, arm)
    low = np.array([limits.joints[name].position_min_rad for name in config.robot.joints])
    high = np.array([limits.joints[name].position_max_rad for name in config.robot.joints])
    generator = np.random.Generator(np.random.Philox(SEED))
    distances = np.array([clearance.distances_m(q) for q in generator.uniform(low, high, (POSTURES, arm.dof))])
    for (first, second, _), farthest in zip(clearance.pairs(), distances.max(axis=0), strict=True):
        if not farthest >= least_m + SPARE_M:
            reason = f"by design: never farther apart than {farthest * 1e3:.1f} mm in {POSTURES} random postures"
            yield Unchecked(shapes=(core.names[first],), against=(core.names[second],), reason=reason)


def as_toml(geometry: GeometryFile) -> str:
    """Return the file's text, one shape a line group, so that a person can compare two of them."""
    lines = [
        "# Capsules of the robot and solids of the cell, in m. Made by `spinal geometry generate` from the model;",
        "# look at them with `spinal geometry draw`. Every pair of shapes that can move against each other is checked,",
        "# except those under [[unchecked]]. Capsules stand in the frame of their link: its origin is the joint's, z",
        "# is the joint's axis; link 0 is the base. Boxes and planes stand in the base frame.",
    ]
    if not geometry.capsules:
        lines += ["", "capsules = []"]
    for table, shapes in (
        ("links", geometry.links),
        ("boxes", geometry.boxes),
        ("capsules", geometry.capsules),
        ("planes", geometry.planes),
        ("unchecked", geometry.unchecked),
    ):
        for shape in shapes:
            lines += ["", f"[[{table}]]"]
            lines += [f"{key} = {_value(value)}" for key, value in shape.model_dump(mode="json").items()]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_value(entry) for entry in value) + "]"
    if isinstance(value, str):
        return f'"{value}"'
    return repr(value)


def _point(point: Float) -> tuple[float, float, float]:
    x, y, z = (round(float(value), 6) + 0.0 for value in point)
    return x, y, z


def _exact(vector: Float) -> tuple[float, float, float]:
    x, y, z = (round(float(value), 15) + 0.0 for value in vector)
    return x, y, z


def _up(length_m: float) -> float:
    return math.ceil((float(length_m) + GROW_M) * 1e5) / 1e5
