"""A point that glides towards goals, with bounded speed and acceleration, as the waypoints of an action chunk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from spinal.records import Float

SUBSTEP_S = 0.02
START_S = 0.06
"""The start of a chunk has passed before it can be played: an arm at rest stays at rest until then."""
AT_REST_M_S = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Where to (3,), how fast at most across and up or down, m/s, and the gripper meanwhile, 0 or 1."""

    goal_m: Float
    across_m_s: float
    vertical_m_s: float
    gripper: float


def glide(
    position_m: Float,
    velocity_m_s: Float,
    goal_at: Callable[[Float], Goal],
    *,
    steps: int,
    period_s: float,
    acceleration_m_s2: float,
) -> tuple[Float, Float]:
    """Return displacements (steps, 3) from `position_m` and the gripper (steps,); `goal_at` is asked at each substep.

    Across and vertical each brake in time for the goal: v = sqrt(2 a d).
    """
    position, velocity = position_m.copy(), velocity_m_s.copy()
    wait_s = START_S if float(np.linalg.norm(velocity)) < AT_REST_M_S else 0.0
    waypoints, gripper = np.zeros((steps, 3)), np.zeros(steps)
    for step in range(steps):
        for substep in range(round(period_s / SUBSTEP_S)):
            if step * period_s + substep * SUBSTEP_S < wait_s:
                continue
            goal = goal_at(position)
            left = goal.goal_m - position
            wanted = np.concatenate(
                [
                    _towards(left[:2], goal.across_m_s, acceleration_m_s2),
                    _towards(left[2:], goal.vertical_m_s, acceleration_m_s2),
                ]
            )
            change = wanted - velocity
            size, most = float(np.linalg.norm(change)), 1.5 * acceleration_m_s2 * SUBSTEP_S
            velocity = velocity + (change if size <= most else change * (most / size))
            position = position + velocity * SUBSTEP_S
        waypoints[step] = position - position_m
        gripper[step] = goal_at(position).gripper
    return waypoints, gripper


def _towards(left_m: Float, speed_m_s: float, acceleration_m_s2: float) -> Float:
    distance = float(np.linalg.norm(left_m))
    if distance < 1e-9:
        return np.zeros_like(left_m)
    speed = min(speed_m_s, float(np.sqrt(2.0 * acceleration_m_s2 * distance)), distance / SUBSTEP_S)
    return np.asarray(left_m * (speed / distance))
