"""The arm in MuJoCo and the arm that System 1 computes with are the same arm, with the published figures."""

from __future__ import annotations

import mujoco
import numpy as np
import pytest

from spinal.sim.cell import Cell, tool_down_rotation
from spinal.sim.layout import HOME_TOOL_M
from spinal.sim.robot import JOINT_NAMES, LINKS

POSES = np.random.default_rng(1).uniform(-3.0, 3.0, size=(20, 6))


def placed(cell: Cell, joints: np.ndarray, velocities: np.ndarray | None = None) -> mujoco.MjData:
    data = mujoco.MjData(cell.model)
    data.qpos[:6] = joints
    data.qvel[:6] = np.zeros(6) if velocities is None else velocities
    mujoco.mj_forward(cell.model, data)
    return data


@pytest.mark.parametrize("joints", POSES[:5])
def test_the_tool_is_where_the_arm_says(cell: Cell, joints: np.ndarray) -> None:
    data = placed(cell, joints)
    position, rotation = cell.arm.tool_pose(joints)
    np.testing.assert_allclose(data.site("tool").xpos, position, atol=1e-12)
    np.testing.assert_allclose(data.site("tool").xmat.reshape(3, 3), rotation, atol=1e-12)


@pytest.mark.parametrize("joints", POSES[:5])
def test_mass_matrix_and_torques_agree(cell: Cell, joints: np.ndarray) -> None:
    velocities = np.random.default_rng(2).uniform(-1.0, 1.0, 6)
    data = placed(cell, joints, velocities)
    full = np.zeros((cell.model.nv, cell.model.nv))
    mujoco.mj_fullM(cell.model, data, full)
    np.testing.assert_allclose(full[:6, :6], cell.arm.mass_matrix(joints), atol=1e-5)
    np.testing.assert_allclose(
        data.qfrc_bias[:6], cell.arm.inverse_dynamics(joints, velocities, np.zeros(6)), atol=1e-4
    )


def test_limits_are_the_published_ones(cell: Cell) -> None:
    names = [cell.model.joint(i).name for i in range(6)]
    assert tuple(names) == JOINT_NAMES
    np.testing.assert_allclose(cell.model.actuator_forcerange[:, 1], [150, 150, 150, 28, 28, 28])
    np.testing.assert_allclose(cell.model.jnt_range[:6, 1], np.pi * np.array([2, 2, 1, 2, 2, 2]))
    assert sum(link.mass_kg for link in LINKS) == pytest.approx(17.7)


def test_home_is_above_the_source_tote_with_the_tool_straight_down(cell: Cell) -> None:
    position, rotation = cell.arm.tool_pose(cell.home_rad)
    np.testing.assert_allclose(position, HOME_TOOL_M, atol=1e-5)
    np.testing.assert_allclose(rotation, tool_down_rotation(), atol=1e-5)
