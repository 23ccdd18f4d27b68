"""What can be seen in a picture, and where. Privileged: labels for training, never an input of a policy."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from spinal.sim.cell import Cell
from spinal.sim.truth import Thing, Truth

_DRAWN = np.array([0, 1, 1, 0, 0, 0], np.uint8)
_TOP_SHARE = 0.9
"""Visibility is judged at this share of the half height above the middle, so that an object does not hide itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One object as it stands in a picture: `x` and `y` in -1..1 (x right, y down) of its middle."""

    product: str
    x: float
    y: float


def sights(cell: Cell, truth: Truth, camera: str) -> tuple[Sight, ...]:
    """Return the objects whose middle a camera sees: inside the picture and not hidden by anything."""
    found = []
    for thing in truth.things:
        pixel = cell.pixel(camera, thing.position_m)
        if pixel is not None and _is_seen(cell, thing, camera):
            found.append(Sight(product=thing.product.name, x=pixel[0], y=pixel[1]))
    return tuple(found)


def _is_seen(cell: Cell, thing: Thing, camera: str) -> bool:
    eye = cell.data.cam_xpos[cell.cameras[camera]]
    towards = thing.position_m + np.array([0.0, 0.0, _TOP_SHARE * thing.product.half_height_m]) - eye
    distance, hit = float(np.linalg.norm(towards)), np.zeros(1, np.int32)
    first = mujoco.mj_ray(cell.model, cell.data, eye, towards / distance, _DRAWN, True, -1, hit)
    body = cell.model.geom_bodyid
    return first < 0.0 or first > distance or bool(body[hit[0]] == body[thing.geom])
