"""The scripted way home: up out of a tote, then straight in joint space. No learning, no camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spinal._core import Arm
from spinal.decide.decode import ActionChunk, Undecodable, decode, tool_rotation_at
from spinal.records import Float, Plan, Proprioception

STEPS = 8
PERIOD_NS = 100_000_000
RISE_M_S = 0.3
"""Chosen by hand."""
SPEED_SHARE = 0.5
"""Share of each joint's speed limit that the way home uses. Chosen by hand."""
APPROACH_SHARE = 0.35
"""Largest share of the way left that one step covers, so that the arm slows down before home. Chosen by hand."""
ARRIVED_RAD = 2e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeMotion:
    """Moves to `home_rad` (dof,) with the gripper held as it is told.

    Below `clearance_z_m` the tool first rises straight up, where it can. `velocity_max_rad_s` (dof,) are the profile's
    speed limits.
    """

    arm: Arm
    home_rad: Float
    velocity_max_rad_s: Float
    clearance_z_m: float

    def plan(self, robot: Proprioception, gripper: float) -> Plan | Undecodable:
        """Return the next chunk of the way home from where the robot is commanded to be."""
        rise_m = self.clearance_z_m - float(robot.tool_commanded_m[2])
        if rise_m > 0 and not self.has_arrived(robot):
            rise = self._rise(robot, rise_m, gripper)
            if not isinstance(rise, Undecodable):
                return rise
            # Straight up is out of the arm's reach here. Any way home is better than none: the gate keeps it clear.
        joints, targets = robot.joints_commanded_rad, np.empty((STEPS, self.home_rad.size))
        step_max = SPEED_SHARE * self.velocity_max_rad_s * (PERIOD_NS * 1e-9)
        for k in range(STEPS):
            left = self.home_rad - joints
            # All joints arrive together: the slowest one sets the share of the way that this step covers.
            share = float(np.min(np.divide(step_max, np.abs(left), out=np.ones_like(left), where=np.abs(left) > 1e-9)))
            close = float(np.max(np.abs(left))) < ARRIVED_RAD
            joints = self.home_rad if close else joints + left * min(share, APPROACH_SHARE)
            targets[k] = joints
        return Plan(targets=targets, gripper=np.full(STEPS, gripper), period_ns=PERIOD_NS)

    def has_arrived(self, robot: Proprioception) -> bool:
        """Return whether the commanded joints are home."""
        return bool(np.max(np.abs(self.home_rad - robot.joints_commanded_rad)) < ARRIVED_RAD)

    def _rise(self, robot: Proprioception, rise_m: float, gripper: float) -> Plan | Undecodable:
        heights = np.minimum(np.arange(1, STEPS + 1) * RISE_M_S * PERIOD_NS * 1e-9, rise_m + 0.01)
        chunk = ActionChunk(
            waypoints_m=np.stack([np.zeros(STEPS), np.zeros(STEPS), heights], axis=1),
            gripper=np.full(STEPS, gripper),
            period_ns=PERIOD_NS,
        )
        return decode(chunk, robot, self.arm, tool_rotation_at(self.arm, robot.joints_commanded_rad))
