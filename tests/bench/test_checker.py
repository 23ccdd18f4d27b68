"""The checker finds what is planted, of every kind and however small, and nothing else.

So its zero is worth something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from planted import HZ, swing

from spinal.bench.attack import ArmChecker, Piece
from spinal.bench.dynamics import PinocchioTorques, chain_of, works
from spinal.bench.motion import ROUNDING, Counts, MotionChecker
from spinal.bench.robots import NO_ARM_LIMITS, Robot, fr3, make_arm
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


@pytest.mark.hazard("H-22")
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


@pytest.mark.hazard("H-22")
def test_two_dynamics_and_the_gates_own_agree_to_rounding() -> None:
    chain = chain_of(ROBOT.arm or {})
    generator = np.random.default_rng(1)
    q, v, a = (generator.uniform(-1.0, 1.0, (7, 50)) * scale for scale in (2.0, 2.6, 10.0))
    numpy_nm = works(chain, q, v, a).torque_nm
    arm = make_arm(ROBOT)
    assert arm is not None
    gate_nm = np.array([arm.inverse_dynamics(*(x[:, k].copy() for x in (q, v, a))) for k in range(50)]).T
    np.testing.assert_allclose(numpy_nm, PinocchioTorques(chain).torques(q, v, a), atol=1e-10)
    np.testing.assert_allclose(numpy_nm, gate_nm, atol=1e-10)


def test_speed_energy_and_momentum_are_those_of_pinocchio() -> None:
    chain = chain_of(ROBOT.arm or {})
    generator = np.random.default_rng(2)
    q, v = generator.uniform(-2.0, 2.0, (2, 7, 20))
    found = works(chain, q, v, np.zeros_like(q))
    speed, energy, momentum = PinocchioTorques(chain).works(q, v)
    np.testing.assert_allclose(found.tool_speed_m_s, speed, atol=1e-12)
    np.testing.assert_allclose(found.kinetic_energy_j, energy, atol=1e-12)
    np.testing.assert_allclose(found.momentum_kg_m_s, momentum, atol=1e-12)


WHOLE_ARM: dict[str, dict[str, Any]] = {
    "torque": {"torque_max_nm": 0.2 * ROBOT.torque_max_nm},
    "torque_rate": {"torque_rate_max_nm_s": 1e-3 * ROBOT.torque_rate_max_nm_s},
    "tool_speed": {"arm_limits": {**NO_ARM_LIMITS, "tool_speed_max_m_s": 0.01}},
    "elbow_speed": {"arm_limits": {**NO_ARM_LIMITS, "elbow_speed_max_m_s": 0.01}},
    "momentum": {"arm_limits": {**NO_ARM_LIMITS, "momentum_max_kg_m_s": 0.01}},
    "power": {"arm_limits": {**NO_ARM_LIMITS, "power_max_w": 0.01}},
    "kinetic_energy": {"arm_limits": {**NO_ARM_LIMITS, "kinetic_energy_max_j": 1e-4}},
}


@pytest.mark.parametrize("kind", WHOLE_ARM)
def test_a_limit_of_the_whole_arm_that_is_broken_is_found(kind: str) -> None:
    def broken(robot: Robot) -> set[str]:
        counts = Counts()
        piece = Piece(robot=robot, hz=HZ, with_arm=True, ticks=400, seed=1, sample=100)
        ArmChecker(piece).look(counts, 0, *swing(robot))
        return {name for name, count in counts.violations.items() if count}

    assert broken(ROBOT) == set()
    assert broken(replace(ROBOT, **WHOLE_ARM[kind])) == {kind}
