"""The typed cell → the parts that act on what a network perceives: the scripted pick, the look at the destination."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from spinal.cell import Cell
from spinal.decide import (
    CameraView,
    Insight,
    OnnxPolicy,
    SightSettings,
    SkillSettings,
)
from spinal.errors import CellError
from spinal.records import Float, Observation

if TYPE_CHECKING:  # the worker of a real-time run has neither simulator nor OpenGL
    pass

LOOKS_M = ((0.0, 0.0, 0.0), (-0.08, 0.0, -0.06), (0.06, 0.07, -0.06), (0.06, -0.07, -0.06))
"""Where the skill looks from, beside home. Chosen by hand: other sides of what hides something."""
Perceive = Callable[[Observation], Insight | None]
"""What a network makes of an observation's pictures; None when they are not fresh."""


def make_view(cell: Cell, camera: str) -> CameraView:
    """Return a camera of the cell as it was calibrated; CellError when the cell does not say."""
    config = cell.config.cameras.get(camera)
    mount = None if config is None else config.mount
    if config is None or mount is None:
        raise CellError(
            f"the scripted pick looks through camera '{camera}', and the cell does not say how it is mounted",
            value=cell.folder,
            allowed=f"[cameras.{camera}.mount] with on, position_m, right, forward and fov_deg",
            next_step="add the table to cell.toml, or take the skill out of the ladder",
        )
    return CameraView.mounted(
        width=config.width,
        height=config.height,
        fov_rad=math.radians(mount.fov_deg),
        position_m=np.array(mount.position_m),
        right=np.array(mount.right),
        forward=np.array(mount.forward),
    )


def _no_skill(cell: Cell) -> CellError:
    return CellError(
        "the cell does not say where the scripted pick works",
        value=cell.folder,
        allowed="[skill] with source_zone_m, floor_z_m and rim_z_m",
        next_step="add the table to cell.toml, or take the skill out of the ladder",
    )


def make_skill_settings(cell: Cell, home_m: Float, camera: str, skus: tuple[str, ...]) -> SkillSettings:
    """Return the cell as the skill knows it; `skus` is the order of the network's products. CellError: what is missing.

    `home_m` (3,) is the tool at home, base frame.
    """
    config = cell.config
    if config.skill is None:
        raise _no_skill(cell)
    x_min, x_max, y_min, y_max = config.task.destination_zone_m
    x, y, z = (float(value) for value in home_m)
    return SkillSettings(
        view=make_view(cell, camera),
        skus=skus,
        sizes_m={name: sku.size_m for name, sku in config.skus.items() if sku.size_m is not None},
        source=config.skill.source_zone_m,
        floor_z_m=config.skill.floor_z_m,
        rim_z_m=config.skill.rim_z_m,
        drop_m=((x_min + x_max) / 2.0, (y_min + y_max) / 2.0),
        views_m=tuple((x + dx, y + dy, z + dz) for dx, dy, dz in LOOKS_M),
    )


def make_sight_settings(cell: Cell, camera: str, skus: tuple[str, ...]) -> SightSettings:
    """Return the destination as the camera can judge it; CellError for what the cell does not say."""
    if cell.config.skill is None:
        raise _no_skill(cell)
    return SightSettings(
        view=make_view(cell, camera),
        skus=skus,
        sizes_m={name: sku.size_m for name, sku in cell.config.skus.items() if sku.size_m is not None},
        zone=cell.config.task.destination_zone_m,
        floor_z_m=cell.config.skill.floor_z_m,
        rim_z_m=cell.config.skill.rim_z_m,
    )


def perceive_with(policy: OnnxPolicy) -> Perceive:
    """Return what gives a network's insight into an observation."""

    def perceive(observation: Observation) -> Insight | None:
        return policy.decide(policy.encode(observation)).insight if observation.is_usable else None

    return perceive
