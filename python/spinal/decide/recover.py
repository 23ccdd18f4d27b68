"""Scripted motions between two tries, so that the next one differs: to another view, or through the heap.

No learning, no camera. A source of its own: System 1 judges these proposals like all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from spinal._core import Arm
from spinal.decide.decode import ActionChunk, Undecodable, decode, tool_rotation_at
from spinal.records import Float, Plan, Proprioception

STEPS: Final = 8
PERIOD_NS: Final = 100_000_000
SPEED_M_S: Final = 0.25
"""Of the tool on its way. Chosen by hand: slower than the policy, because items may be in the way of a stir."""
ARRIVED_M: Final = 4e-3
Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverySettings:
    """Where the motions go. Lengths in m, base frame; `stir_zone_m` is x_min, x_max, y_min, y_max."""

    look_m: tuple[Point, ...]
    stir_zone_m: tuple[float, float, float, float]
    stir_z_m: float
    clearance_z_m: float

    def way(self, recovery: str, number: int, avoid_m: tuple[Point, ...]) -> tuple[Point, ...]:
        """Return the places to go to, one after the other; another way for each `number`.

        A stir goes across the zone through the place where the last grasp failed, or through its middle.
        """
        look_m = self.look_m[number % len(self.look_m)]
        if recovery != "stir":
            return (look_m,)
        x_min, x_max, y_min, y_max = self.stir_zone_m
        x_m, y_m = avoid_m[-1][:2] if avoid_m else ((x_min + x_max) / 2, (y_min + y_max) / 2)
        x_m, y_m = min(max(x_m, x_min), x_max), min(max(y_m, y_min), y_max)
        begin, end = ((x_min, y_m), (x_max, y_m)) if number % 2 == 0 else ((x_m, y_min), (x_m, y_max))
        return (
            (*begin, self.clearance_z_m),
            (*begin, self.stir_z_m),
            (*end, self.stir_z_m),
            (*end, self.clearance_z_m),
            look_m,
        )


class RecoverMotion:
    """Follows one way after the other with the gripper off, the tool as it is held at home."""

    def __init__(self, arm: Arm, settings: RecoverySettings) -> None:
        """Make the motion for this arm; nothing is to be done yet."""
        self._arm = arm
        self._settings = settings
        self._way: tuple[Point, ...] = ()

    def begin(self, recovery: str, number: int, avoid_m: tuple[Point, ...]) -> None:
        """Begin a motion: `recovery` is "new_view" or "stir", the others as in `RecoverySettings.way`."""
        self._way = self._settings.way(recovery, number, avoid_m)

    @property
    def is_done(self) -> bool:
        """Return whether the last place of the way was reached, as far as `plan` was told."""
        return not self._way

    def plan(self, robot: Proprioception) -> Plan | Undecodable:
        """Return the next chunk from where the robot is commanded to be; at the end it stays there."""
        tool_m = robot.tool_commanded_m
        while self._way and float(np.linalg.norm(np.array(self._way[0]) - tool_m)) < ARRIVED_M:
            self._way = self._way[1:]
        waypoints = np.zeros((STEPS, 3))
        position = np.asarray(tool_m, dtype=np.float64)
        # No chunk goes past the next place: the one after it is begun there, so that no corner is cut or come back to.
        goal = np.array(self._way[0]) if self._way else position
        for k in range(STEPS):
            position = _step_towards(position, goal, SPEED_M_S * PERIOD_NS * 1e-9)
            waypoints[k] = position - tool_m
        chunk = ActionChunk(waypoints_m=waypoints, gripper=np.zeros(STEPS), period_ns=PERIOD_NS)
        return decode(chunk, robot, self._arm, tool_rotation_at(self._arm, robot.joints_commanded_rad))


def _step_towards(position_m: Float, goal_m: Float, reach_m: float) -> Float:
    """Return the point (3,) at most `reach_m` further on the straight way to `goal_m`."""
    gap = goal_m - position_m
    distance = float(np.linalg.norm(gap))
    return np.asarray(goal_m if distance <= reach_m else position_m + gap * (reach_m / distance))
