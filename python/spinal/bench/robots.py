"""The robots that the gate is attacked on, from published figures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from spinal import _core
from spinal.bench.shapes import Shapes, shapes_of
from spinal.records import Float

UNLIMITED = math.inf
NO_ARM_LIMITS = {
    "tool_speed_max_m_s": UNLIMITED,
    "elbow_speed_max_m_s": UNLIMITED,
    "momentum_max_kg_m_s": UNLIMITED,
    "power_max_w": UNLIMITED,
    "kinetic_energy_max_j": UNLIMITED,
    "stopping_time_max_s": UNLIMITED,
    "stopping_distance_max_m": UNLIMITED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Robot:
    """A robot with its limits; arrays have shape (dof,)."""

    name: str
    position_min_rad: Float
    position_max_rad: Float
    velocity_max_rad_s: Float
    acceleration_max_rad_s2: Float
    jerk_max_rad_s3: Float
    torque_max_nm: Float
    torque_rate_max_nm_s: Float
    arm_limits: dict[str, float]
    """Limits of the arm as a whole, the arguments of `ArmLimits`; held only with an arm model."""
    arm: dict[str, Any] | None
    """The arguments of `Arm.from_dh`; None without a model."""
    shapes: Shapes | None
    """What is kept apart; held only with an arm model."""
    home_rad: Float | None = None
    """Where an attack begins; None: in the middle of each joint's range."""
    source: str

    @property
    def dof(self) -> int:
        """Number of joints."""
        return len(self.position_min_rad)

    def start_rad(self) -> Float:
        """Return where an attack begins."""
        return self.middle_rad() if self.home_rad is None else self.home_rad

    def middle_rad(self) -> Float:
        """Return the middle of each joint's range."""
        middle: Float = 0.5 * (self.position_min_rad + self.position_max_rad)
        return middle


def make_profile(robot: Robot, hz: int, *, with_arm_limits: bool = False) -> _core.Profile:
    """Return the safety profile of a robot at a tick rate; times and hash play no part here."""
    return _core.Profile(
        position_min_rad=robot.position_min_rad,
        position_max_rad=robot.position_max_rad,
        velocity_max_rad_s=robot.velocity_max_rad_s,
        acceleration_max_rad_s2=robot.acceleration_max_rad_s2,
        jerk_max_rad_s3=robot.jerk_max_rad_s3,
        torque_max_nm=robot.torque_max_nm,
        torque_rate_max_nm_s=robot.torque_rate_max_nm_s,
        arm_limits=_core.ArmLimits(**robot.arm_limits) if with_arm_limits else None,
        period_ns=1_000_000_000 // hz,
        tracking_error_max_rad=1.0,
        observation_age_max_ns=1_000_000_000,
        proposal_gap_max_ns=1_000_000_000,
        measured_age_max_ns=1_000_000_000,
        splice_jump_max_rad=1.0,
        deadline_misses_max=1000,
        tick_overrun_max=1000,
        packet_loss_max=1000,
        profile_hash=bytes(32),
        geometry=robot.shapes.geometry(robot.dof) if with_arm_limits and robot.shapes is not None else None,
    )


def make_arm(robot: Robot) -> _core.Arm | None:
    """Return the gate's arm model of a robot, None where it has none."""
    return None if robot.arm is None else _core.Arm.from_dh(**robot.arm)


def fr3() -> Robot:
    """Return a Franka Research 3: seven joints, with an arm model."""
    return Robot(
        name="fr3",
        position_min_rad=np.array([-2.7437, -1.7837, -2.9007, -3.0421, -2.8065, 0.5445, -3.0159]),
        position_max_rad=np.array([2.7437, 1.7837, 2.9007, -0.1518, 2.8065, 4.5169, 3.0159]),
        velocity_max_rad_s=np.array([2.62, 2.62, 2.62, 2.62, 5.26, 4.18, 5.26]),
        acceleration_max_rad_s2=np.full(7, 10.0),
        jerk_max_rad_s3=np.full(7, 5000.0),
        torque_max_nm=np.array([87.0, 87.0, 87.0, 87.0, 12.0, 12.0, 12.0]),
        torque_rate_max_nm_s=np.full(7, 1000.0),
        arm_limits={**NO_ARM_LIMITS, "tool_speed_max_m_s": 3.0},
        arm=_fr3_arm(),
        shapes=shapes_of(_fr3_arm(), radius_m=0.06, room_m=0.7),
        source=(
            "limits: Franka Robotics, FR3 joint limits (control parameters); frames, masses, centres and inertias: "
            "franka_description, robots/fr3/inertials.yaml; no rotor inertia is published, so none is used; no tool"
        ),
    )


# Craig's parameters of the joint frames, m and rad: distance and twist before each joint, offset along it.
# Source: Franka Robotics, Robot and interface specifications, Denavit–Hartenberg parameters.
FR3_CRAIG = (
    (0.0, 0.0, 0.333),
    (0.0, -math.pi / 2, 0.0),
    (0.0, math.pi / 2, 0.316),
    (0.0825, math.pi / 2, 0.0),
    (-0.0825, -math.pi / 2, 0.384),
    (0.0, math.pi / 2, 0.0),
    (0.088, math.pi / 2, 0.0),
)
FR3_FLANGE_M = 0.107
# Mass (kg), centre (m), inertia about it (xx, xy, xz, yy, yz, zz, kg·m²), in the joint's frame.
# Source: franka_description, robots/fr3/inertials.yaml.
FR3_LINKS = (
    (
        2.9274653454,
        (0.0000004128, -0.0181251324, -0.0386035970),
        (0.0239273165, 1.33179035e-05, -0.000114047749, 0.0224821613, -0.00199503206, 0.00635009826),
    ),
    (
        2.9355370338,
        (0.0031828864, -0.0743221644, 0.0088146084),
        (0.0419389463, 0.000202573315, 0.00407778423, 0.0251451489, -0.0042252158, 0.0617021447),
    ),
    (
        2.2449013699,
        (0.0407015686, -0.0048200565, -0.0289730823),
        (0.0241014255, 0.00240469456, -0.00285626927, 0.0197405327, -0.00210421268, 0.0190444945),
    ),
    (
        2.6155955791,
        (-0.0459100965, 0.0630492960, -0.0085187868),
        (0.0345299832, 0.0132255227, 0.01015143, 0.0288816219, -0.000976283387, 0.0412547117),
    ),
    (
        2.3271207594,
        (-0.0016039605, 0.0292536262, -0.0972965990),
        (0.0516102785, -0.00571517339, -0.00356731676, 0.0478772971, 0.0106739851, 0.0164236256),
    ),
    (
        1.8170376524,
        (0.0597131221, -0.0410294666, -0.0101692726),
        (0.00541233359, 0.00619345636, 0.00142192893, 0.0140583295, -0.00131407537, 0.0160808179),
    ),
    (
        0.6271432862,
        (0.0045225817, 0.0086261921, -0.0161633251),
        (0.000210923891, -2.43329911e-05, 4.56448039e-05, 0.000177185680, 8.74407022e-05, 5.99319060e-05),
    ),
)


def _fr3_arm() -> dict[str, Any]:
    """Return the FR3 as a standard table: the distance and twist before the next joint end the row of this one."""
    after = [(a, alpha) for a, alpha, _ in FR3_CRAIG[1:]] + [(0.0, 0.0)]
    coms, inertias = [], []
    for (a, alpha), (_, com, (xx, xy, xz, yy, yz, zz)) in zip(after, FR3_LINKS, strict=True):
        back = np.array(
            [
                [1.0, 0.0, 0.0],
                [0.0, math.cos(alpha), math.sin(alpha)],
                [0.0, -math.sin(alpha), math.cos(alpha)],
            ]
        )
        coms.append(back @ (np.array(com) - [a, 0.0, 0.0]))
        inertias.append(back @ np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]) @ back.T)
    symmetric = [0.5 * (inertia + inertia.T) for inertia in inertias]
    return {
        "a_m": np.array([a for a, _ in after]),
        "d_m": np.array([d for _, _, d in FR3_CRAIG]),
        "alpha_rad": np.array([alpha for _, alpha in after]),
        "offset_rad": np.zeros(7),
        "mass_kg": np.array([mass for mass, _, _ in FR3_LINKS]),
        "com_m": np.array(coms),
        "inertia_kg_m2": np.array(symmetric),
        "armature_kg_m2": np.zeros(7),
        "position_min_rad": np.full(7, -3.1),
        "position_max_rad": np.full(7, 4.6),
        "tool_translation_m": np.array([0.0, 0.0, FR3_FLANGE_M]),
        "tool_rotation": np.eye(3),
        "tool_mass_kg": 0.0,
        "tool_com_m": np.zeros(3),
        "tool_inertia_kg_m2": np.zeros((3, 3)),
        "gravity_m_s2": np.array([0.0, 0.0, -9.81]),
    }


# Range (rad), speed (rad/s) and torque (N·m) of each joint.
# Source: unitree_ros, robots/g1_description/g1_29dof_rev_1_0.urdf.
_G1_LEG = (
    (-2.5307, 2.8798, 32.0, 88.0),
    (-0.5236, 2.9671, 20.0, 139.0),
    (-2.7576, 2.7576, 32.0, 88.0),
    (-0.087267, 2.8798, 20.0, 139.0),
    (-0.87267, 0.5236, 30.0, 35.0),
    (-0.2618, 0.2618, 30.0, 35.0),
)
_G1_WAIST = ((-2.618, 2.618, 32.0, 88.0), (-0.52, 0.52, 30.0, 35.0), (-0.52, 0.52, 30.0, 35.0))
_G1_ARM = (
    (-3.0892, 2.6704, 37.0, 25.0),
    (-1.5882, 2.2515, 37.0, 25.0),
    (-2.618, 2.618, 37.0, 25.0),
    (-1.0472, 2.0944, 37.0, 25.0),
    (-1.972222054, 1.972222054, 37.0, 25.0),
    (-1.614429558, 1.614429558, 22.0, 5.0),
    (-1.614429558, 1.614429558, 22.0, 5.0),
)


def g1() -> Robot:
    """Return a Unitree G1 humanoid: 29 joints, joint layer only (the arm model is a serial chain)."""
    mirrored = [(-high, -low, speed, torque) for low, high, speed, torque in (_G1_LEG[1], _G1_ARM[1])]
    right_leg = (_G1_LEG[0], mirrored[0], *_G1_LEG[2:])
    right_arm = (_G1_ARM[0], mirrored[1], *_G1_ARM[2:])
    joints = np.array([*_G1_LEG, *right_leg, *_G1_WAIST, *_G1_ARM, *right_arm])
    low, high, speed, torque = joints.T
    return Robot(
        name="g1",
        position_min_rad=low.copy(),
        position_max_rad=high.copy(),
        velocity_max_rad_s=speed.copy(),
        acceleration_max_rad_s2=np.full(len(joints), 200.0),
        jerk_max_rad_s3=np.full(len(joints), 20_000.0),
        torque_max_nm=torque.copy(),
        torque_rate_max_nm_s=np.full(len(joints), UNLIMITED),
        arm_limits=NO_ARM_LIMITS,
        arm=None,
        shapes=None,
        source=(
            "ranges, speeds and torques: Unitree, g1_description/g1_29dof_rev_1_0.urdf; accelerations and jerks: "
            "chosen by hand, none are published; joint layer only, because the arm model is a serial chain"
        ),
    )
