"""The records that cross the borders of System 2: frozen, slotted, keyword-only.

`Proposal`, `Verdict` and `Status` are made by the compiled core (`spinal._core`); here stands what only Python makes.
Instants are nanoseconds of the monotonic clock (or of the virtual clock in lockstep).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

from spinal.errors import PolicyError

FRAME_HEAD = struct.Struct("<qII")
STEPS_MAX = 64
WIDTH_MAX = 32
Float = npt.NDArray[np.float64]
Image = npt.NDArray[np.uint8]


class Health(StrEnum):
    """What is known about one part of an observation."""

    OK = "ok"
    STALE = "stale"
    MISSING = "missing"


Semantics = Literal["joint_position", "joint_delta", "joint_velocity", "tool_pose", "tool_delta", "tool_twist"]
ToolFrame = Literal["base", "tool"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a source asks for, before it is a proposal: an action chunk with the meaning of its numbers.

    `targets` (steps, width) float64; width, units and reference by `semantics` and `frame`: docs/proposals.md. Step k
    is to be reached (k + 1) periods after the observation. `gripper` (steps,) float64, 0 = open or vacuum off, 1 =
    closed or on. Values are not judged here: that is the gate's.
    """

    targets: Float
    gripper: Float
    period_ns: int
    semantics: Semantics = "joint_position"
    frame: ToolFrame | None = None

    def __post_init__(self) -> None:
        """Raise a PolicyError for arrays of another dtype or shape."""
        steps = check_array("targets", self.targets, np.float64, (STEPS_MAX, WIDTH_MAX))[0]
        if check_array("gripper", self.gripper, np.float64, (STEPS_MAX,))[0] != steps:
            raise PolicyError(
                "gripper and targets have another number of steps", value=len(self.gripper), allowed=f"{steps} steps"
            )


def check_array(
    name: str, array: npt.NDArray[np.generic], dtype: type[np.generic], most: tuple[int, ...]
) -> tuple[int, ...]:
    """Return the array's shape; PolicyError when it is none, of another dtype, or has more entries than `most`."""
    dimensions = "x".join(f"1..{size}" for size in most)
    found = f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
    is_right = isinstance(array, np.ndarray) and array.dtype == dtype and array.ndim == len(most)
    if not is_right or not all(1 <= size <= limit for size, limit in zip(array.shape, most, strict=True)):
        raise PolicyError(
            f"{name} is another array than expected",
            value=found,
            allowed=f"{dtype.__name__} {dimensions}",
            next_step=f"convert it with numpy.asarray({name}, dtype=numpy.{dtype.__name__}) and look at its shape",
        )
    return array.shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One camera picture: RGB, shape (height, width, 3), uint8, taken at `at_ns`."""

    camera: str
    at_ns: int
    image: Image

    def to_bytes(self) -> bytes:
        """Return it as a message of its `frame-<camera>` channel: at_ns (i64), width, height (u32), then the rows."""
        height, width, _ = self.image.shape
        return FRAME_HEAD.pack(self.at_ns, width, height) + np.ascontiguousarray(self.image).tobytes()

    @classmethod
    def from_bytes(cls, camera: str, data: bytes) -> Frame:
        """Return the frame in a channel message; ValueError when its size does not fit its head."""
        at_ns, width, height = FRAME_HEAD.unpack_from(data)
        pixels = np.frombuffer(data, np.uint8, offset=FRAME_HEAD.size)
        return cls(camera=camera, at_ns=at_ns, image=pixels.reshape(height, width, 3))


def frame_bytes(width: int, height: int) -> int:
    """Return how many bytes the message of a frame of that size has."""
    return FRAME_HEAD.size + width * height * 3


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
    (3,) in the base frame, `tool_velocity_commanded_m_s` (3,) likewise; `inputs` are the robot port's
    plain inputs by the names that the cell file gives them.
    """

    at_ns: int
    joints_commanded_rad: Float
    joints_measured_rad: Float
    tool_commanded_m: Float
    tool_measured_m: Float
    tool_velocity_commanded_m_s: Float
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a camera saw in the destination at `at_ns`, with nothing on the cup.

    `counts` are units of each SKU, `others` things that are no SKU; `is_empty`: nothing at all, for sure. `doubts` say
    why the rest is not all there is.
    """

    at_ns: int
    counts: Mapping[str, int]
    others: int
    is_empty: bool
    doubts: tuple[str, ...] = ()
