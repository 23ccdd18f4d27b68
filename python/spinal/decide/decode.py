"""An action chunk in tool space → joint targets that System 1 can judge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinal._core import Arm, UnreachableError
from spinal.records import Float, Plan, Proprioception


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """What a network lets others see of how it came to its answer. Never judged, never needed to move.

    `embedding` (E,) float32: the features of the picture and of the answer, for monitors. `products` (SKUs + 2, rows,
    columns) float32: for each square of the first camera's picture the probability of each SKU, of another object, of
    background. `target` (2,) float32: x and y, -1..1 of that picture, of what it would take.
    """

    embedding: npt.NDArray[np.float32]
    products: npt.NDArray[np.float32]
    target: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionChunk:
    """What a policy asks for, in tool space.

    `waypoints_m` (steps, 3) are displacements from the tool position that was commanded at the observation, base frame,
    to be reached (k + 1) periods after it; `gripper` (steps,) is 0 or 1. `insight` is None when the policy gives none.
    """

    waypoints_m: Float
    gripper: Float
    period_ns: int
    insight: Insight | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecodable:
    """A fault: the chunk has no joint targets, and why. Nothing is proposed; System 1 comes to rest by itself."""

    reason: str


def decode(chunk: ActionChunk, robot: Proprioception, arm: Arm, tool_rotation: Float) -> Plan | Undecodable:
    """Return joint targets for a chunk, near the commanded joints, with the tool held at `tool_rotation` (3, 3)."""
    try:
        targets = arm.solve_path(robot.tool_commanded_m + chunk.waypoints_m, tool_rotation, robot.joints_commanded_rad)
    except UnreachableError as error:
        return Undecodable(reason=str(error))
    return Plan(targets=targets, gripper=chunk.gripper, period_ns=chunk.period_ns)


def tool_rotation_at(arm: Arm, joints_rad: Float) -> Float:
    """Return the tool's rotation (3, 3) at these joints: a cell's tasks keep the rotation that home has."""
    return np.ascontiguousarray(arm.tool_pose(joints_rad)[1])
