"""The typed cell → the parts that act on what a network perceives: the scripted pick, the look at the destination."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spinal import _core
from spinal.cell import Cell
from spinal.decide import (
    CameraView,
    Insight,
    OnnxPolicy,
    SightSettings,
    SkillSettings,
    ToolPose,
    look,
    may_look,
)
from spinal.errors import CellError, PolicyError
from spinal.records import Float, Observation, Proprioception, Seen, Task
from spinal.run import parts

if TYPE_CHECKING:  # the worker of a real-time run has neither simulator nor OpenGL
    from spinal.run.station import Rollout

VACUUM = "vacuum"
LOOK_NS = 100 * parts.MILLISECOND_NS
"""How long after one look at the destination the next one may be: the cameras' period."""
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


class Looker:
    """The looks at the destination: whenever the empty hand is above it, ten times a second. Lockstep and real time."""

    def __init__(self, settings: SightSettings, arm: _core.Arm, perceive: Perceive) -> None:
        """Judge by what `perceive` says."""
        self._settings = settings
        self._arm = arm
        self._perceive = perceive
        self._next_ns = 0

    @classmethod
    def of_bundle(cls, folder: Path, cell: Cell, arm: _core.Arm) -> Looker:
        """Return the looker on what this bundle's network perceives; PolicyError or CellError for what is missing."""
        policy = OnnxPolicy(folder, parts.cell_inputs(cell))
        if not policy.shows_insight:
            raise PolicyError(
                f"the look at the destination needs what policy '{policy.manifest.name}' sees, and it does not show it",
                allowed="a network with the outputs embedding, products and target",
                next_step="make the bundle again with `spinal learn`, or leave the verifier out",
            )
        camera = next(iter(policy.manifest.cameras))
        return cls(make_sight_settings(cell, camera, policy.manifest.skus), arm, perceive_with(policy))

    def restart(self) -> None:
        """Forget the scene before."""
        self._next_ns = 0

    def is_due(self, robot: Proprioception, now_ns: int) -> bool:
        """Return whether now is the time to look."""
        return now_ns >= self._next_ns and may_look(self._settings, robot, robot.inputs[VACUUM])

    def look(self, observation: Observation, now_ns: int) -> Seen | None:
        """Return what lies in the destination by this observation; None when its picture is not fresh."""
        self._next_ns = now_ns + LOOK_NS
        insight = self._perceive(observation)
        if insight is None:
            return None
        position, rotation = self._arm.tool_pose(observation.proprioception.joints_measured_rad)
        tool = ToolPose(position_m=position, rotation=rotation)
        return look(self._settings, insight.products, tool, observation.oldest_ns)


def look_in(rollout: Rollout, looker: Looker, task: Task) -> Seen | None:
    """Return the look that is due in a rollout, if any."""
    if not looker.is_due(rollout.feel(task).proprioception, rollout.now_ns):
        return None
    return looker.look(rollout.observe(task), rollout.now_ns)
