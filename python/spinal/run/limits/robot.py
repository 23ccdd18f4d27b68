"""What the robot itself can do, and what its limits mean at home: the figures that a person needs beside the limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spinal.cell import Cell, limit_value
from spinal.run import parts
from spinal.run.limits.stopping import stopping_time_s, stopping_way
from spinal.sim.robot import JOINT_NAMES, LINKS


@dataclass(frozen=True, slots=True, kw_only=True)
class JointFigures:
    """One joint: what its maker publishes, and what its limits lead to.

    `torque_rate_nm_s` is what the inertia at home needs when all joints change their acceleration at their jerk limits,
    each in its worst direction; `own_torque_rate_nm_s` when only this one does. `tool_way_m` is the tool's, at home,
    when only this joint stops from full speed.
    """

    published_position_max_rad: float
    published_velocity_max_rad_s: float
    published_torque_max_nm: float
    stopping_time_s: float
    stopping_angle_rad: float
    tool_way_m: float
    gravity_torque_nm: float
    torque_headroom_nm: float
    torque_rate_nm_s: float
    own_torque_rate_nm_s: float
    inertia_kg_m2: float
    torque_rate_max_nm_s: float


def joint_figures(cell: Cell) -> dict[str, JointFigures]:
    """Return the figures of every joint of the cell's robot, in its order."""
    arm = parts.make_arm()
    names = cell.config.robot.joints
    limits = [cell.limits.joints[name] for name in names]
    home = np.array(cell.config.robot.home_rad)
    rest = np.zeros(len(names))
    gravity = np.abs(arm.inverse_dynamics(home, rest, rest))
    mass = np.abs(arm.mass_matrix(home))
    jerk = np.array([joint.jerk_max_rad_s3 for joint in limits])
    rate, own = mass @ jerk, np.diag(mass) * jerk
    lever_m = np.linalg.norm(arm.jacobian(home)[:3], axis=0)
    published = dict(zip(JOINT_NAMES, LINKS, strict=True))
    figures = {}
    for i, (name, joint) in enumerate(zip(names, limits, strict=True)):
        motion = (joint.velocity_max_rad_s, joint.acceleration_max_rad_s2, joint.jerk_max_rad_s3)
        angle = stopping_way(*motion)
        figures[name] = JointFigures(
            published_position_max_rad=published[name].position_max_rad,
            published_velocity_max_rad_s=published[name].velocity_max_rad_s,
            published_torque_max_nm=published[name].torque_max_nm,
            stopping_time_s=stopping_time_s(*motion),
            stopping_angle_rad=angle,
            tool_way_m=float(lever_m[i]) * angle,
            gravity_torque_nm=float(gravity[i]),
            torque_headroom_nm=joint.torque_max_nm - float(gravity[i]),
            torque_rate_nm_s=float(rate[i]),
            own_torque_rate_nm_s=float(own[i]),
            inertia_kg_m2=float(mass[i, i]),
            torque_rate_max_nm_s=limit_value(joint.torque_rate_max_nm_s),
        )
    return figures
