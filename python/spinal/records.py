"""The records that cross the borders of System 2: frozen, slotted, keyword-only.

`Proposal`, `Verdict` and `Status` are made by the compiled core (`spinal._core`); here stands what only Python makes.
Instants are nanoseconds of the monotonic clock (or of the virtual clock in lockstep).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]
Image = npt.NDArray[np.uint8]


class Health(StrEnum):
    """What is known about one part of an observation."""

    OK = "ok"
    STALE = "stale"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One camera picture: RGB, shape (height, width, 3), uint8, taken at `at_ns`."""

    camera: str
    at_ns: int
    image: Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What the policy is asked to do: pick this SKU for this attempt."""

    order: str
    sku: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proprioception:
    """What the robot knows of itself at `at_ns`.

    `joints_commanded_rad` and `joints_measured_rad` have shape (dof,); `tool_commanded_m` and `tool_measured_m` are
    (3,) in the base frame; `inputs` are the robot port's plain inputs by the names that the cell file gives them.
    """

    at_ns: int
    joints_commanded_rad: Float
    joints_measured_rad: Float
    tool_commanded_m: Float
    tool_measured_m: Float
    gripper: float
    inputs: dict[str, float]
    played_ns: int
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What was sensed for one decision: each part with its own instant, age and health, plus the task."""

    at_ns: int
    frames: dict[str, Frame]
    health: dict[str, Health]
    ages_ns: dict[str, int]
    proprioception: Proprioception
    task: Task

    @property
    def oldest_ns(self) -> int:
        """Return the instant of the oldest reading in it."""
        return min([self.proprioception.at_ns, *(frame.at_ns for frame in self.frames.values())])

    @property
    def is_usable(self) -> bool:
        """Return whether every part is there and fresh."""
        return all(health is Health.OK for health in self.health.values())
