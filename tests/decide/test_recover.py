"""Motions between two tries end where they should, stay over the source, and differ from one another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spinal.cell import load_cell
from spinal.decide import RecoverMotion, RecoverySettings
from spinal.records import Plan, Proprioception
from spinal.run import parts

CELL = load_cell(Path(__file__).parents[2] / "cells" / "bin-picking")
ARM = parts.make_arm()
SETTINGS = RecoverySettings(
    look_m=((0.44, -0.22, 0.28), (0.56, -0.26, 0.28)),
    stir_zone_m=(0.38, 0.62, -0.30, -0.14),
    stir_z_m=0.05,
    clearance_z_m=0.2,
)


def robot(joints: np.ndarray) -> Proprioception:
    tool, _ = ARM.tool_pose(joints)
    return Proprioception(
        at_ns=0,
        joints_commanded_rad=joints,
        joints_measured_rad=joints,
        tool_commanded_m=tool,
        tool_measured_m=tool,
        tool_velocity_commanded_m_s=np.zeros(3),
        gripper=0.0,
        inputs={},
        played_ns=0,
        mode="track",
    )


def follow(motion: RecoverMotion, steps_max: int = 200) -> np.ndarray:
    """Return the tool's places (n, 3) while two steps of each chunk are followed exactly."""
    joints, places = np.array(CELL.config.robot.home_rad), []
    for _ in range(steps_max):
        plan = motion.plan(robot(joints))
        assert isinstance(plan, Plan)
        assert not plan.gripper.any()
        if motion.is_done:
            return np.array(places)
        for target in plan.targets[:2]:
            joints = target
            places.append(ARM.tool_pose(joints)[0])
    raise AssertionError("the motion does not end")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_another_view_is_the_next_look_pose_in_turn(number: int) -> None:
    motion = RecoverMotion(ARM, SETTINGS)
    motion.begin("new_view", number, ())
    np.testing.assert_allclose(follow(motion)[-1], SETTINGS.look_m[number % 2], atol=5e-3)


@pytest.mark.hazard("H-08")
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("avoid_m", [(), ((0.6, -0.2, 0.02),), ((0.9, 0.3, 0.02),)])
def test_a_stir_goes_through_the_zone_and_nowhere_else_that_low(number: int, avoid_m: tuple) -> None:
    motion = RecoverMotion(ARM, SETTINGS)
    motion.begin("stir", number, avoid_m)
    places = follow(motion)
    low = places[places[:, 2] < 0.15]
    x_min, x_max, y_min, y_max = SETTINGS.stir_zone_m
    assert (low[:, 0] > x_min - 1e-3).all()
    assert (low[:, 0] < x_max + 1e-3).all()
    assert (low[:, 1] > y_min - 1e-3).all()
    assert (low[:, 1] < y_max + 1e-3).all()
    assert places[:, 2].min() == pytest.approx(SETTINGS.stir_z_m, abs=2e-3)
    assert np.ptp(low[:, number]) > 0.15, "it goes across"
    np.testing.assert_allclose(places[-1], SETTINGS.look_m[number % 2], atol=5e-3)


def test_a_stir_goes_through_where_the_last_grasp_failed() -> None:
    motion = RecoverMotion(ARM, SETTINGS)
    motion.begin("stir", 0, ((0.4, -0.2, 0.02), (0.5, -0.16, 0.02)))
    places = follow(motion)
    low = places[places[:, 2] < 0.06]
    np.testing.assert_allclose(low[:, 1], -0.16, atol=2e-3)


def test_nothing_is_to_be_done_before_a_motion_is_begun() -> None:
    assert RecoverMotion(ARM, SETTINGS).is_done
