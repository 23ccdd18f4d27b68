"""Where a suction cup would seal on an object, by looking at the true shapes. Privileged."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from spinal.records import Float
from spinal.sim import layout
from spinal.sim.cell import Cell
from spinal.sim.truth import Thing, Truth

_LOOK_FROM_Z_M = 0.40
_RING = 8
_FLAT_M = 0.004
"""A ring point further than this from the plane through the ring leaks. Chosen by hand, after the seal's own limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grasp:
    """A point to press the cup on: where (world, m), how steep it is there, and how well it should seal, 0 to 1."""

    thing: Thing
    point_m: Float
    slope: float
    quality: float


def best_grasp(cell: Cell, truth: Truth, near_m: Float, avoid: tuple[Float, ...] = ()) -> Grasp | None:
    """Return the best point on any object of the ordered SKU, nearer ones first among equals; None when there is none.

    `near_m` (3,) is the tool; points within 8 mm of one in `avoid` count as bad (they were tried).
    """
    found: list[tuple[float, Grasp]] = []
    for thing in truth.ordered:
        if not _is_reachable(thing):
            continue
        for point in _candidates(thing):
            grasp = _judge(cell, thing, point)
            if grasp is None:
                continue
            offset = float(np.hypot(*(point - thing.position_m[:2])))
            away = float(np.hypot(*(point - near_m[:2])))
            tried = any(float(np.hypot(*(point - other[:2]))) < 0.008 for other in avoid)
            found.append((grasp.quality - 4.0 * offset - 0.5 * away - tried, grasp))
    return max(found, key=lambda entry: entry[0])[1] if found else None


def _is_reachable(thing: Thing) -> bool:
    x, y, z = thing.position_m
    return bool(0.25 <= x <= 0.75 and -0.45 <= y <= 0.45 and -0.03 <= z <= 0.3)


def _candidates(thing: Thing) -> list[Float]:
    """Points (2,) in the world's x and y: the middle, and some around it inside the object's outline."""
    centre = thing.position_m[:2]
    half = thing.product.half_m
    if thing.product.shape == "box":
        sides = np.abs(thing.rotation) @ np.array(half)
        axes = [thing.rotation[:2, k] * half[k] for k in range(3)]
    else:
        radius = half[0]
        long = half[-1] if thing.product.shape != "sphere" else radius
        sides = np.array([radius, radius, long])
        axis = thing.rotation[:2, 2] * long
        axes = [axis, np.array([radius, 0.0]), np.array([0.0, radius])]
    del sides
    points = [centre]
    for share in (0.35, 0.6):
        for axis in axes:
            if np.hypot(*axis) > 0.012:
                points += [centre + share * axis, centre - share * axis]
    return points


def _judge(cell: Cell, thing: Thing, point: Float) -> Grasp | None:
    """The seal that a ring of rays from above predicts; None when the middle is covered or the place is too tight."""
    if not _is_clear_of_walls(point):
        return None
    middle = _height(cell, thing, point)
    if middle is None:
        return None
    angles = np.arange(_RING) * (2.0 * np.pi / _RING)
    ring = point + layout.LIP_RADIUS_M * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    heights = [_height(cell, thing, spot) for spot in ring]
    hit = [k for k, height in enumerate(heights) if height is not None]
    if len(hit) < 4:
        return None
    z = np.array([heights[k] for k in hit], dtype=float)
    design = np.column_stack([ring[hit] - point, np.ones(len(hit))])
    plane, *_ = np.linalg.lstsq(design, z, rcond=None)
    flat = np.abs(design @ plane - z) < _FLAT_M
    slope = float(np.hypot(plane[0], plane[1]))
    quality = float(flat.sum()) / _RING - 1.5 * max(0.0, slope - 0.25)
    return Grasp(thing=thing, point_m=np.array([point[0], point[1], float(plane[2])]), slope=slope, quality=quality)


def _height(cell: Cell, thing: Thing, point: Float) -> float | None:
    """Height of the object's surface at a point, when it is the first thing seen from above."""
    geom = np.zeros(1, np.int32)
    start = np.array([point[0], point[1], _LOOK_FROM_Z_M])
    distance = mujoco.mj_ray(cell.model, cell.data, start, _DOWN, _OBJECTS, True, -1, geom)
    return _LOOK_FROM_Z_M - distance if distance >= 0.0 and geom[0] == thing.geom else None


_DOWN = np.array([0.0, 0.0, -1.0])
_OBJECTS = np.array([0, 0, 1, 0, 0, 0], np.uint8)


def _is_clear_of_walls(point: Float) -> bool:
    """Whether the cup fits between the walls of whichever tote the point is in."""
    margin = layout.LIP_RADIUS_M + layout.LIP_BEAD_M + 0.002
    for tote in (layout.SOURCE_M, layout.DESTINATION_M):
        outside = np.abs(point - np.array(tote)) - np.array(layout.TOTE_HALF_M)
        if np.all(outside < 0.03):
            return bool(np.all(outside < -margin))
    return True
