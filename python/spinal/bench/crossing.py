"""How long the gate takes from rest to rest beside the time-optimal motion under the same limits (Ruckig's)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spinal import _core
from spinal.bench.dynamics import chain_of, works
from spinal.bench.robots import Robot, make_arm, make_profile
from spinal.records import Float

ARRIVED_RAD = 5e-3
"""A joint has arrived when it stays this close to its target; the same for both."""
CHUNK_TICKS = 20_000
SAMPLE_S = 1e-3
"""Between two looks at the torque of the time-optimal motion."""
ARRIVED_S = 1e-6
"""To this the instant of arrival of Ruckig's motions is found."""
ACCELERATION_SHARES = tuple(0.95**step for step in range(40))
JERK_SHARES = tuple(0.95**step for step in range(120))
"""Shares of the joints' limits among which the quickest feasible motion is looked for: down to 0.14 and 0.002."""
NEAR_START_RAD = 1e-3
"""Moves from a limit begin this far inside of it."""


def moves(robot: Robot, seed: int) -> dict[str, tuple[Float, Float]]:
    """Return start and target (dof,) of each move: across the workspace, up to a limit, between drawn postures."""
    low, high = robot.position_min_rad, robot.position_max_rad
    middle = robot.middle_rad()
    generator = np.random.default_rng(seed)
    drawn = [generator.uniform(low + 0.05, high - 0.05) for _ in range(4)]
    return {
        "low limit to high limit, all joints": (low + NEAR_START_RAD, high),
        "high limit to low limit, all joints": (high - NEAR_START_RAD, low),
        "middle to high limit": (middle, high),
        "middle to low limit": (middle, low),
        "drawn 1": (drawn[0], drawn[1]),
        "drawn 2": (drawn[2], drawn[3]),
        "a tenth of the range": (middle, middle + 0.1 * (high - low)),
    }


def crossing(robot: Robot, rates_hz: tuple[int, ...], *, with_arm: bool, seed: int) -> list[dict[str, Any]]:
    """Return one row a move and rate: times of the gate, of the time-optimal motion and of Ruckig's, s, and the ratios.

    With the arm model on, the time-optimal motion is the quickest of Ruckig's that keeps torque and torque rate;
    `ruckig_s` is the one that knows nothing of them. Times and ratios are None when the gate does not arrive.
    """
    rows = []
    for name, (start, target) in moves(robot, seed).items():
        ruckig = time_optimal(robot, start, target)
        best = feasible(robot, start, target) if with_arm else ruckig
        for hz in rates_hz:
            found_s = gate_s(robot, hz, start, target, until_s=2.0 * best.duration_s + 0.5, with_arm=with_arm)
            rows.append(
                {
                    "robot": robot.name,
                    "hz": hz,
                    "with_arm": with_arm,
                    "move": name,
                    "gate_s": found_s,
                    "time_optimal_s": best.arrived_s,
                    "ratio": None if found_s is None else found_s / best.arrived_s,
                    "acceleration_share": best.acceleration_share,
                    "jerk_share": best.jerk_share,
                    "ruckig_s": ruckig.arrived_s,
                    "ratio_to_ruckig": None if found_s is None else found_s / ruckig.arrived_s,
                }
            )
    return rows


def gate_s(robot: Robot, hz: int, start: Float, target: Float, *, until_s: float, with_arm: bool) -> float | None:
    """Return when all joints stay within 5 mrad of the target; None when they do not."""
    arm = make_arm(robot) if with_arm else None
    run = _core.AttackRun(make_profile(robot, hz), arm, seed=0, start_rad=start)
    arrived, tick = 0, 0
    while tick < until_s * hz:
        part = run.go(target, CHUNK_TICKS)
        outside = (np.abs(part["position_rad"] - target[:, None]) > ARRIVED_RAD).any(axis=0)
        if outside.any():
            arrived = tick + int(np.flatnonzero(outside)[-1]) + 2
        tick += CHUNK_TICKS
        if not part["velocity_rad_s"][:, -1].any() and tick > arrived:
            break
    return arrived / hz if arrived < tick else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """A motion of Ruckig: when all joints are within 5 mrad, when it ends (s), and its shares of the limits."""

    arrived_s: float
    duration_s: float
    acceleration_share: float
    jerk_share: float
    trajectory: Any


def feasible(robot: Robot, start: Float, target: Float) -> Best:
    """Return the quickest of Ruckig's motions, over shares of acceleration and jerk, that keeps torque and its rate.

    Ruckig knows no torque: its motion under the bare limits of the joints often needs more than the motors have, and
    then nobody can be asked to be as quick.
    """
    quickest = time_optimal(robot, start, target)
    if is_feasible(robot, quickest):
        return quickest
    others = [
        time_optimal(robot, start, target, acceleration_share=acceleration, jerk_share=jerk)
        for acceleration in ACCELERATION_SHARES
        for jerk in JERK_SHARES
    ]
    for best in sorted(others, key=lambda best: best.arrived_s):
        if is_feasible(robot, best):
            return best
    raise ValueError(f"{robot.name}: no motion from {start} to {target} keeps the limits of torque")


def is_feasible(robot: Robot, best: Best) -> bool:
    """Return whether the motion keeps torque and torque rate of every joint."""
    if robot.arm is None:
        return True
    instants = np.arange(0.0, best.duration_s, SAMPLE_S)
    samples = [best.trajectory.at_time(t)[:3] for t in instants]
    q, v, a = (np.array(values).T for values in zip(*samples, strict=True))
    torque_nm = works(chain_of(robot.arm), q, v, a).torque_nm
    rate_nm_s = np.diff(torque_nm, axis=1) / SAMPLE_S
    return bool(
        (np.abs(torque_nm) <= robot.torque_max_nm[:, None]).all()
        and (np.abs(rate_nm_s) <= robot.torque_rate_max_nm_s[:, None]).all()
    )


def time_optimal(
    robot: Robot, start: Float, target: Float, *, acceleration_share: float = 1.0, jerk_share: float = 1.0
) -> Best:
    """Return Ruckig's motion from rest to rest with these shares of the robot's limits, each joint on its own."""
    import ruckig

    planner = ruckig.Ruckig(robot.dof)
    wanted = ruckig.InputParameter(robot.dof)
    wanted.synchronization = ruckig.Synchronization.No
    wanted.current_position, wanted.target_position = list(start), list(target)
    wanted.max_velocity = list(robot.velocity_max_rad_s)
    wanted.max_acceleration = list(acceleration_share * robot.acceleration_max_rad_s2)
    wanted.max_jerk = list(jerk_share * robot.jerk_max_rad_s3)
    trajectory = ruckig.Trajectory(robot.dof)
    result = planner.calculate(wanted, trajectory)
    if result not in (ruckig.Result.Working, ruckig.Result.Finished):
        raise ValueError(f"ruckig: {result}")
    low_s, high_s = 0.0, float(trajectory.duration)
    # From rest to rest each joint only comes nearer, so that the instant of arrival is found by bisection.
    while high_s - low_s > ARRIVED_S:
        middle_s = 0.5 * (low_s + high_s)
        position = np.array(trajectory.at_time(middle_s)[0])
        if (np.abs(position - target) > ARRIVED_RAD).any():
            low_s = middle_s
        else:
            high_s = middle_s
    return Best(
        arrived_s=high_s,
        duration_s=float(trajectory.duration),
        acceleration_share=acceleration_share,
        jerk_share=jerk_share,
        trajectory=trajectory,
    )
