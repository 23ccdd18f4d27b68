"""The checker finds what is planted, of every kind and however small, and nothing else.

So its zero is worth something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from planted import HZ, swing

from spinal.bench.attack import Piece, TorqueChecker
from spinal.bench.motion import ROUNDING, MotionChecker
from spinal.bench.robots import Robot, fr3, make_arm
from spinal.bench.torque import PinocchioTorques, chain_of, torques
from spinal.records import Float

ROBOT = fr3()
JOINT, TICK = 2, 100
Motion = tuple[Float, Float, Float]


def found(motion: Motion, *, is_consistent: bool = True, chunk: int = 400) -> dict[str, int]:
    checker = MotionChecker(ROBOT, HZ, is_consistent=is_consistent)
    for start in range(0, motion[0].shape[1], chunk):
        checker.look(*(values[:, start : start + chunk] for values in motion))
    return {kind: count for kind, count in checker.counts.violations.items() if count}


def test_a_motion_inside_the_limits_has_no_violation() -> None:
    assert found(swing(ROBOT)) == {}


def planted_position(q: Float, v: Float, a: Float, share: float) -> None:
    q += (ROBOT.position_max_rad - q.max(axis=1))[:, None]
    q[JOINT] += share * (ROBOT.position_max_rad - ROBOT.position_min_rad)[JOINT]


def planted_velocity(q: Float, v: Float, a: Float, share: float) -> None:
    v[JOINT, TICK] = ROBOT.velocity_max_rad_s[JOINT] * (1.0 + share)


def planted_acceleration(q: Float, v: Float, a: Float, share: float) -> None:
    a[JOINT, TICK] = -ROBOT.acceleration_max_rad_s2[JOINT] * (1.0 + share)


def planted_jerk(q: Float, v: Float, a: Float, share: float) -> None:
    a[JOINT, TICK:] += ROBOT.jerk_max_rad_s3[JOINT] / HZ * (1.0 + share) - (a[JOINT, TICK] - a[JOINT, TICK - 1])


PLANTED: dict[str, Callable[[Float, Float, Float, float], None]] = {
    "position": planted_position,
    "velocity": planted_velocity,
    "acceleration": planted_acceleration,
    "jerk": planted_jerk,
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_violation_is_found_just_beyond_the_tolerance(kind: str) -> None:
    motion = swing(ROBOT)
    PLANTED[kind](*motion, 5.0 * ROUNDING)
    assert kind in found(motion, is_consistent=False)


@pytest.mark.parametrize("kind", PLANTED)
def test_at_the_limit_itself_there_is_none(kind: str) -> None:
    motion = swing(ROBOT)
    PLANTED[kind](*motion, 0.0)
    assert kind not in found(motion, is_consistent=False)


@pytest.mark.parametrize("chunk", [400, 101, 100, 1])
def test_a_jump_between_two_stretches_is_found_however_they_are_cut(chunk: int) -> None:
    motion = swing(ROBOT)
    motion[0][JOINT, TICK:] += 2.0 * ROBOT.velocity_max_rad_s[JOINT] / HZ
    assert found(motion, is_consistent=False, chunk=chunk) == {"velocity": 1}


def test_velocities_that_do_not_lead_to_the_positions_are_found() -> None:
    q, v, a = swing(ROBOT)
    q[JOINT, TICK:] += 1e-9
    assert found((q, v, a)) == {"inconsistent": 1}


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_number_that_is_none_is_found(bad: float, part: int) -> None:
    motion = swing(ROBOT)
    motion[part][JOINT, TICK] = bad
    assert found(motion)["not_finite"] == 1


def test_two_dynamics_and_the_gates_own_agree_to_rounding() -> None:
    chain, gravity = chain_of(ROBOT.arm or {}), np.array([0.0, 0.0, -9.81])
    generator = np.random.default_rng(1)
    q, v, a = (generator.uniform(-1.0, 1.0, (7, 50)) * scale for scale in (2.0, 2.6, 10.0))
    numpy_nm = torques(chain, gravity, q, v, a)
    arm = make_arm(ROBOT)
    assert arm is not None
    gate_nm = np.array([arm.inverse_dynamics(*(x[:, k].copy() for x in (q, v, a))) for k in range(50)]).T
    np.testing.assert_allclose(numpy_nm, PinocchioTorques(chain, gravity).torques(q, v, a), atol=1e-10)
    np.testing.assert_allclose(numpy_nm, gate_nm, atol=1e-10)


def heavier(robot: Robot) -> Robot:
    return replace(robot, torque_max_nm=0.2 * robot.torque_max_nm)


def test_torque_beyond_a_limit_is_found() -> None:
    for robot, is_broken in ((ROBOT, False), (heavier(ROBOT), True)):
        piece = Piece(robot=robot, hz=HZ, with_arm=True, ticks=400, seed=1, sample=100)
        motion = MotionChecker(robot, HZ)
        TorqueChecker(piece).look(motion, *swing(robot))
        assert (motion.counts.violations["torque"] > 0) == is_broken
