"""The way home is found from anywhere the arm can be, straight up or not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spinal._core import UnreachableError
from spinal.cell import load_cell
from spinal.decide import tool_rotation_at
from spinal.records import Float, Plan, Proprioception
from spinal.run import parts

CELL = load_cell(Path(__file__).parents[2] / "cells" / "bin-picking")
ARM = parts.make_arm()
HOME_RAD = np.array(CELL.config.robot.home_rad)


def robot(joints: Float) -> Proprioception:
    """Return the robot at rest with these joints."""
    tool_m = ARM.tool_pose(joints)[0]
    return Proprioception(
        at_ns=0,
        joints_commanded_rad=joints,
        joints_measured_rad=joints,
        tool_commanded_m=tool_m,
        tool_measured_m=tool_m,
        tool_velocity_commanded_m_s=np.zeros(3),
        gripper=0.0,
        inputs={},
        played_ns=0,
        mode="track",
    )


def furthest_joints() -> Float:
    """Return joints with the tool low and as far out as the arm can hold it upright."""
    joints, rotation = HOME_RAD, tool_rotation_at(ARM, HOME_RAD)
    for x_m in np.arange(0.5, 1.2, 0.002):
        try:
            joints = ARM.solve_path(np.array([[x_m, -0.22, 0.02]]), rotation, joints)[0]
        except UnreachableError:
            return joints
    raise AssertionError("the arm's reach has no end")


@pytest.mark.hazard("H-25")
def test_home_is_reached_from_where_the_arm_cannot_rise_straight_up() -> None:
    home, joints = parts.make_home(CELL, ARM), furthest_joints()
    tool_m = ARM.tool_pose(joints)[0]
    with pytest.raises(UnreachableError):
        ARM.solve_path(tool_m + np.array([[0.0, 0.0, 0.18]]), tool_rotation_at(ARM, joints), joints)
    for _ in range(100):
        plan = home.plan(robot(joints), 1.0)
        assert isinstance(plan, Plan)
        joints = plan.targets[1]
    assert home.has_arrived(robot(joints))
