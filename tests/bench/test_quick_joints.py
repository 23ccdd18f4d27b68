"""Joints that turn by a good part of a radian between two samples of a stopping path, which are up to 24 ms apart.

Whatever is limited holds at every tick all the same, on the way and in every stop, by another program's dynamics.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spinal.bench.attack import Piece, attack
from spinal.bench.robots import NO_ARM_LIMITS, UNLIMITED, Robot, fr3

TICKS = 60_000


def quick(speed: float, push: float, *, torque: float = 20.0, torque_rate: float = UNLIMITED, **arm: float) -> Robot:
    """Return the arm of an FR3 with stronger drives: rad/s, rad/s², times its torque, N·m/s, limits of the arm."""
    robot = fr3()
    return replace(
        robot,
        name="quick",
        velocity_max_rad_s=np.full(7, speed),
        acceleration_max_rad_s2=np.full(7, push),
        jerk_max_rad_s3=np.full(7, 50.0 * push),
        torque_max_nm=torque * robot.torque_max_nm,
        torque_rate_max_nm_s=np.full(7, torque_rate),
        arm_limits={**NO_ARM_LIMITS, **arm},
        shapes=None,
    )


ROBOTS = {
    "torque at 20 rad/s": quick(20.0, 100.0, torque=8.0),
    "torque rate at 10 rad/s": quick(10.0, 100.0, torque=3.0, torque_rate=5_000.0),
    "power at 5 rad/s": quick(5.0, 100.0, power_max_w=800.0),
    "power at 10 rad/s": quick(10.0, 100.0, power_max_w=1_500.0),
    "power at 20 rad/s": quick(20.0, 100.0, power_max_w=4_000.0),
    "momentum at 10 rad/s": quick(10.0, 100.0, momentum_max_kg_m_s=20.0),
    "energy at 10 rad/s": quick(10.0, 100.0, kinetic_energy_max_j=60.0),
    "energy at 20 rad/s": quick(20.0, 100.0, kinetic_energy_max_j=150.0),
    "all at 20 rad/s": quick(
        20.0,
        100.0,
        power_max_w=5_000.0,
        momentum_max_kg_m_s=30.0,
        kinetic_energy_max_j=150.0,
        tool_speed_max_m_s=8.0,
        elbow_speed_max_m_s=6.0,
    ),
}


@pytest.mark.hazard("H-02", "H-03", "H-15")
@pytest.mark.parametrize("robot", ROBOTS.values(), ids=ROBOTS)
def test_nothing_is_broken_between_two_samples_of_a_stop_of_quick_joints(robot: Robot) -> None:
    outcome = attack(Piece(robot=robot, hz=1_000, with_arm=True, ticks=TICKS, seed=1, sample=200))
    assert {kind: count for kind, count in outcome.violations.items() if count} == {}
    assert outcome.states_near > 0, "the limits were never near"
