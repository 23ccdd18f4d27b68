"""How long the gate takes from rest to rest beside the time-optimal motion under the same limits (Ruckig's)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from spinal import _core
from spinal.bench.robots import Robot, make_arm, make_profile
from spinal.bench.torque import chain_of, torques
from spinal.records import Float

ARRIVED_RAD = 5e-3
"""A joint has arrived when it stays this close to its target; the same for both."""
CHUNK_TICKS = 20_000
NEAR_START_RAD = 1e-3
"""Moves from a limit begin this far inside of it."""


def moves(robot: Robot, seed: int) -> dict[str, tuple[Float, Float]]:
    """Return start and target (dof,) of each move: across the workspace, up to a limit, between drawn postures."""
    low, high = robot.position_min_rad, robot.position_max_rad
    middle = robot.start_rad()
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


def crossing(robot: Robot, hz: int, *, with_arm: bool, seed: int) -> list[dict[str, Any]]:
    """Return one row a move: times of the gate and of the time-optimal motion, s, and their ratio.

    The ratio is infinite when the gate does not arrive.
    """
    rows = []
    for name, (start, target) in moves(robot, seed).items():
        best_s, duration_s, share = time_optimal_s(robot, start, target)
        found_s = gate_s(robot, hz, start, target, until_s=2.0 * duration_s + 0.5, with_arm=with_arm)
        rows.append(
            {
                "robot": robot.name,
                "hz": hz,
                "with_arm": with_arm,
                "move": name,
                "gate_s": found_s,
                "time_optimal_s": best_s,
                "ratio": found_s / best_s,
                # Above 1 the time-optimal motion itself needs more torque than the joints have, so that no ratio to
                # it is owed.
                "time_optimal_torque_share": share,
            }
        )
    return rows


def gate_s(robot: Robot, hz: int, start: Float, target: Float, *, until_s: float, with_arm: bool) -> float:
    """Return when all joints stay within 5 mrad of the target; infinite when they do not."""
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
    return arrived / hz if arrived < tick else math.inf


def worst_ratio(rows: list[dict[str, Any]]) -> float:
    """Return the worst ratio of the moves whose time-optimal motion the robot could follow."""
    return float(max(row["ratio"] for row in rows if is_owed(row)))


def is_owed(row: dict[str, Any]) -> bool:
    """Return whether a move counts: with an arm model only when the time-optimal motion keeps the torque limits."""
    return not row["with_arm"] or bool(row["time_optimal_torque_share"] <= 1.0)


def time_optimal_s(robot: Robot, start: Float, target: Float) -> tuple[float, float, float]:
    """Return when all joints of Ruckig's motion are within 5 mrad, when it ends (s), and its share of torque.

    The share is the largest torque that it needs over the limit; 0 without an arm model.
    """
    import ruckig

    planner = ruckig.Ruckig(robot.dof)
    wanted = ruckig.InputParameter(robot.dof)
    wanted.synchronization = ruckig.Synchronization.No
    wanted.current_position, wanted.target_position = list(start), list(target)
    wanted.max_velocity = list(robot.velocity_max_rad_s)
    wanted.max_acceleration = list(robot.acceleration_max_rad_s2)
    wanted.max_jerk = list(robot.jerk_max_rad_s3)
    trajectory = ruckig.Trajectory(robot.dof)
    result = planner.calculate(wanted, trajectory)
    if result not in (ruckig.Result.Working, ruckig.Result.Finished):
        raise ValueError(f"ruckig: {result}")
    low_s, high_s = 0.0, float(trajectory.duration)
    # From rest to rest each joint only comes nearer, so that the instant of arrival is found by bisection.
    for _ in range(60):
        middle_s = 0.5 * (low_s + high_s)
        position = np.array(trajectory.at_time(middle_s)[0])
        if (np.abs(position - target) > ARRIVED_RAD).any():
            low_s = middle_s
        else:
            high_s = middle_s
    return high_s, float(trajectory.duration), _torque_share(robot, trajectory)


def _torque_share(robot: Robot, trajectory: Any) -> float:
    if robot.arm is None:
        return 0.0
    instants = np.linspace(0.0, trajectory.duration, 2000)
    q, v, a = (np.array(values).T for values in zip(*[trajectory.at_time(t)[:3] for t in instants], strict=True))
    needed = torques(chain_of(robot.arm), robot.arm["gravity_m_s2"], q, v, a)
    return float((np.abs(needed) / robot.torque_max_nm[:, None]).max())
