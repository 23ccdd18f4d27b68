"""Waypoints of the tool become joint targets that bring it there, or nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from bundles import ARM, HOME_RAD, STEPS, robot_at
from hypothesis import given
from hypothesis import strategies as st

from spinal.decide import ActionChunk, Undecodable, decode, tool_rotation_at
from spinal.records import Plan

ROTATION = tool_rotation_at(ARM, HOME_RAD)


def chunk_of(waypoints_m: np.ndarray) -> ActionChunk:
    return ActionChunk(waypoints_m=waypoints_m, gripper=np.arange(STEPS) % 2.0, period_ns=100_000_000)


@given(st.tuples(st.floats(-0.1, 0.1), st.floats(-0.1, 0.4), st.floats(-0.25, 0.05)))
def test_the_tool_gets_to_every_waypoint_and_keeps_its_rotation(end_m: tuple[float, float, float]) -> None:
    robot = robot_at(HOME_RAD)
    waypoints = np.linspace(0.0, 1.0, STEPS)[:, None] * np.array(end_m)
    plan = decode(chunk_of(waypoints), robot, ARM, ROTATION)
    assert isinstance(plan, Plan)
    for waypoint, joints in zip(waypoints, plan.targets, strict=True):
        position, rotation = ARM.tool_pose(joints)
        np.testing.assert_allclose(position, robot.tool_commanded_m + waypoint, atol=2e-6)
        np.testing.assert_allclose(rotation, ROTATION, atol=2e-6)
    np.testing.assert_array_equal(plan.gripper, np.arange(STEPS) % 2.0)


def test_neighbouring_waypoints_have_neighbouring_joints() -> None:
    waypoints = np.linspace(0.0, 1.0, STEPS)[:, None] * np.array([0.0, 0.44, -0.1])
    plan = decode(chunk_of(waypoints), robot_at(HOME_RAD), ARM, ROTATION)
    assert isinstance(plan, Plan)
    steps = np.abs(np.diff(np.vstack([HOME_RAD, plan.targets]), axis=0))
    assert steps.max() < 0.3


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 3.0])
def test_a_waypoint_that_no_joints_reach_is_a_fault_that_says_which(bad: float) -> None:
    waypoints = np.zeros((STEPS, 3))
    waypoints[5, 0] = bad
    plan = decode(chunk_of(waypoints), robot_at(HOME_RAD), ARM, ROTATION)
    assert isinstance(plan, Undecodable)
    assert "waypoint 5" in plan.reason


def test_wrong_shapes_are_wrong_calls() -> None:
    with pytest.raises(ValueError, match=r"waypoints_m has shape \[8, 2\]"):
        ARM.solve_path(np.zeros((8, 2)), ROTATION, HOME_RAD)
    with pytest.raises(ValueError, match=r"seed has shape \[5\], expected \[6\]"):
        ARM.solve_path(np.zeros((8, 3)), ROTATION, HOME_RAD[:5])
