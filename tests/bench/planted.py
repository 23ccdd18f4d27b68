"""Motions that keep every limit, to plant violations in."""

from __future__ import annotations

import numpy as np

from spinal.bench.robots import Robot
from spinal.records import Float

HZ = 1_000


def swing(robot: Robot, ticks: int = 400) -> tuple[Float, Float, Float]:
    """Return position, velocity and acceleration (dof, ticks) of a gentle motion at constant jerk within each tick."""
    dt = 1.0 / HZ
    shape = np.sin(np.arange(ticks) / 40.0)
    a = 0.2 * robot.acceleration_max_rad_s2[:, None] * shape[None, :]
    v = np.zeros_like(a)
    q = np.zeros_like(a)
    q[:, 0] = robot.start_rad()
    for tick in range(1, ticks):
        v[:, tick] = v[:, tick - 1] + 0.5 * dt * (a[:, tick - 1] + a[:, tick])
        way = v[:, tick - 1] + dt * (2.0 * a[:, tick - 1] + a[:, tick]) / 6.0
        q[:, tick] = q[:, tick - 1] + dt * way
    return q, v, a
