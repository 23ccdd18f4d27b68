"""Robots of any make: the gate holds whatever limits a profile sets, for as many joints as there can be.

The robots are drawn; commands are judged by the independent checker, torques by Pinocchio.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spinal import _core
from spinal.bench.dynamics import PinocchioTorques, chain_of
from spinal.bench.motion import ROUNDING, MotionChecker
from spinal.bench.robots import NO_ARM_LIMITS, UNLIMITED, Robot, make_arm, make_profile
from spinal.records import Float

JOINTS_MAX = 32
seeds = st.integers(min_value=0, max_value=2**32 - 1)
some_robots = settings(
    max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)


def between(generator: np.random.Generator, low: float, high: float, dof: int) -> Float:
    """Return numbers (dof,) drawn evenly by size."""
    drawn: Float = np.exp(generator.uniform(math.log(low), math.log(high), dof))
    return drawn


def drawn_robot(generator: np.random.Generator, dof: int, hz: int) -> Robot:
    """Return a robot without an arm model whose joints have nothing in common."""
    middle = generator.uniform(-2.0, 2.0, dof)
    room = between(generator, 0.02, 4.0, dof)
    acceleration = between(generator, 1.0, 200.0, dof)
    # From three ticks to a second until the acceleration is reached.
    jerk = acceleration / between(generator, 3.0 / hz, 1.0, dof)
    # A profile has to let a joint start and stop in whole ticks below its speed.
    velocity = np.maximum(between(generator, 0.05, 40.0, dof), 2.0001 * jerk / hz**2)
    return Robot(
        name="drawn",
        position_min_rad=middle - room,
        position_max_rad=middle + room,
        velocity_max_rad_s=velocity,
        acceleration_max_rad_s2=acceleration,
        jerk_max_rad_s3=jerk,
        torque_max_nm=np.full(dof, 100.0),
        torque_rate_max_nm_s=np.full(dof, UNLIMITED),
        arm_limits=NO_ARM_LIMITS,
        arm=None,
        shapes=None,
        source="drawn",
    )


@pytest.mark.hazard("H-01", "H-02", "H-22")
@some_robots
@given(seed=seeds, hz=st.sampled_from([100, 1_000, 10_000, 100_000]), dof=st.sampled_from([1, 5, 31, JOINTS_MAX]))
def test_joints_with_nothing_in_common_each_keep_their_own_limits(seed: int, hz: int, dof: int) -> None:
    generator = np.random.default_rng(seed)
    robot = drawn_robot(generator, dof, hz)
    run = _core.AttackRun(make_profile(robot, hz), None, seed=seed, start_rad=robot.start_rad(), follow_rad_s=20.0)
    checker = MotionChecker(robot, hz)
    fastest = np.zeros(dof)
    for _ in range(4):
        part = run.attack(2_000)
        checker.look(part["position_rad"], part["velocity_rad_s"], part["acceleration_rad_s2"])
        fastest = np.maximum(fastest, np.abs(part["velocity_rad_s"]).max(axis=1))
    assert {kind: count for kind, count in checker.counts.violations.items() if count} == {}
    assert (fastest > 0.0).all(), "safety is not bought by standing still"


def drawn_arm(generator: np.random.Generator, dof: int = 6) -> dict[str, Any]:
    """Return the arguments of `Arm.from_dh` of an arm of any shape and any distribution of mass."""

    def rotation() -> Float:
        turned: Float = np.linalg.qr(generator.normal(size=(3, 3)))[0]
        return turned * np.sign(np.linalg.det(turned))

    def inertia(mass_kg: float) -> Float:
        # The moments of three perpendicular sticks: those of a body that there can be.
        sticks = mass_kg * generator.uniform(1e-4, 1e-2, 3)
        turned = rotation()
        moments: Float = turned @ np.diag(sticks.sum() - sticks) @ turned.T
        return 0.5 * (moments + moments.T)

    mass_kg = between(generator, 0.2, 6.0, dof)
    tool_kg = float(between(generator, 0.1, 3.0, 1)[0])
    return {
        "a_m": generator.uniform(-0.4, 0.4, dof),
        "d_m": generator.uniform(-0.3, 0.3, dof),
        "alpha_rad": generator.choice([-0.5, 0.0, 0.5], dof) * math.pi + generator.uniform(-0.2, 0.2, dof),
        "offset_rad": generator.uniform(-math.pi, math.pi, dof),
        "mass_kg": mass_kg,
        "com_m": generator.uniform(-0.15, 0.15, (dof, 3)),
        "inertia_kg_m2": np.array([inertia(mass) for mass in mass_kg]),
        "armature_kg_m2": generator.uniform(0.0, 0.2, dof),
        "position_min_rad": np.full(dof, -3.2),
        "position_max_rad": np.full(dof, 3.2),
        "tool_translation_m": generator.uniform(-0.1, 0.1, 3),
        "tool_rotation": rotation(),
        "tool_mass_kg": tool_kg,
        "tool_com_m": generator.uniform(-0.05, 0.05, 3),
        "tool_inertia_kg_m2": inertia(tool_kg),
        "gravity_m_s2": 9.81 * rotation()[0],
    }


@pytest.mark.hazard("H-02", "H-03", "H-15")
@some_robots
@given(seed=seeds)
def test_an_arm_of_any_shape_keeps_torque_and_torque_rate_by_the_dynamics_of_another_library(seed: int) -> None:
    generator = np.random.default_rng(seed)
    arm = drawn_arm(generator)
    second = PinocchioTorques(chain_of(arm))
    rest = np.zeros((6, 1))
    # What it needs to stand where it begins, and as much again as a push takes.
    held = np.abs(second.torques(rest, rest, rest))[:, 0]
    pushed = np.abs(second.torques(rest, rest, np.full((6, 1), 8.0)))[:, 0]
    robot = Robot(
        name="drawn",
        position_min_rad=np.full(6, -3.0),
        position_max_rad=np.full(6, 3.0),
        velocity_max_rad_s=between(generator, 0.5, 6.0, 6),
        acceleration_max_rad_s2=between(generator, 4.0, 20.0, 6),
        jerk_max_rad_s3=between(generator, 100.0, 2_000.0, 6),
        torque_max_nm=1.3 * held + 0.7 * pushed + 2.0,
        torque_rate_max_nm_s=40.0 * (held + pushed + 1.0),
        arm_limits=NO_ARM_LIMITS,
        arm=arm,
        shapes=None,
        source="drawn",
    )
    run = _core.AttackRun(make_profile(robot, 1_000), make_arm(robot), seed=seed, start_rad=np.zeros(6))
    part = run.attack(3_000)
    q, v, a = part["position_rad"], part["velocity_rad_s"], part["acceleration_rad_s2"]
    needed = second.torques(q, v, a)
    limit, rate_limit = robot.torque_max_nm[:, None], robot.torque_rate_max_nm_s[:, None]
    assert (np.abs(needed) <= limit * (1.0 + ROUNDING)).all(), (np.abs(needed) / limit).max()
    rate = np.abs(np.diff(needed, axis=1)) * 1_000.0
    assert (rate <= rate_limit * (1.0 + ROUNDING)).all(), (rate / rate_limit).max()
    checker = MotionChecker(robot, 1_000)
    checker.look(q, v, a)
    assert {kind: count for kind, count in checker.counts.violations.items() if count} == {}
    assert np.abs(v).max() > 0.0, "safety is not bought by standing still"
