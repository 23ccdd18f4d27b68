"""The scripted way home arrives, inside the speed limits, out of a tote first, with the gripper as it is told."""

from __future__ import annotations

import numpy as np
import pytest
from bundles import ARM, HOME_RAD, robot_at
from hypothesis import given
from hypothesis import strategies as st

from spinal.decide import HomeMotion, decode, tool_rotation_at
from spinal.decide.decode import ActionChunk
from spinal.records import Plan

SPEED = np.full(6, 3.14)
HOME = HomeMotion(arm=ARM, home_rad=HOME_RAD, velocity_max_rad_s=SPEED, clearance_z_m=0.2)


def joints_at(offset_m: tuple[float, float, float]) -> np.ndarray:
    chunk = ActionChunk(waypoints_m=np.array([offset_m]), gripper=np.zeros(1), period_ns=1)
    plan = decode(chunk, robot_at(HOME_RAD), ARM, tool_rotation_at(ARM, HOME_RAD))
    assert isinstance(plan, Plan)
    return plan.targets[0]


@given(st.tuples(st.floats(-0.15, 0.15), st.floats(-0.1, 0.5), st.floats(-0.25, 0.05)))
def test_it_arrives_within_the_speed_limits(offset_m: tuple[float, float, float]) -> None:
    joints = joints_at(offset_m)
    for _ in range(60):
        plan = HOME.plan(robot_at(joints), 0.0)
        assert isinstance(plan, Plan)
        path = np.vstack([joints, plan.targets])
        assert np.all(np.abs(np.diff(path, axis=0)) <= SPEED * plan.period_ns * 1e-9 + 1e-9)
        if HOME.has_arrived(robot_at(joints)):
            np.testing.assert_array_equal(plan.targets[-1], HOME_RAD)
            return
        joints = plan.targets[1]  # the next decision comes after two steps
    raise AssertionError("not home after 12 s")


def test_it_rises_straight_up_before_it_goes_across() -> None:
    inside = joints_at((0.05, 0.44, -0.22))
    plan = HOME.plan(robot_at(inside), 1.0)
    assert isinstance(plan, Plan)
    start, end = ARM.tool_pose(inside)[0], ARM.tool_pose(plan.targets[-1])[0]
    np.testing.assert_allclose(end[:2], start[:2], atol=1e-5)
    assert end[2] > 0.2


@pytest.mark.parametrize("gripper", [0.0, 1.0])
@pytest.mark.parametrize("offset_m", [(0.0, 0.44, -0.2), (0.0, 0.44, 0.0)])
def test_the_gripper_is_held_as_told(offset_m: tuple[float, float, float], gripper: float) -> None:
    plan = HOME.plan(robot_at(joints_at(offset_m)), gripper)
    assert isinstance(plan, Plan)
    np.testing.assert_array_equal(plan.gripper, np.full(8, gripper))
