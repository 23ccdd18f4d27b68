"""The independent checker of joint motion: position, velocity, acceleration and jerk of every tick.

It looks at the emitted numbers alone and shares no code and no language with the gate.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from spinal.bench.robots import Robot
from spinal.records import Float

ROUNDING = 1e-9
"""What is no violation, as a share of the limit (for positions: of the range).

A float64 carries 1.1e-16 of its size. The worst division here is a jerk: the difference of two accelerations, each
rounded, over the shortest period of 1e-5 s, which is 2 · 1.1e-16 · 200 / 1e-5 = 4.4e-9 rad/s³ and 2e-13 of a limit of
20 000. The tolerance lies far above rounding and far below anything that a robot could show.
"""
KINDS = ("position", "velocity", "acceleration", "jerk", "inconsistent", "not_finite")
FLOOR_RAD = 1e-6
"""Added to a tick's way before the share is taken: at 100 kHz that way is so small that the rounding of the positions
themselves (4e-16 rad near 3 rad) would be felt."""
FLOOR_SPEED = 0.01
"""Share of the highest speed that is added to a tick's gain of speed before the share is taken.

A stop ends at rest exactly, and what its ticks have gathered in rounding falls off at its last one: at 100 kHz a stop
from 2.6 rad/s at 10 rad/s² has 26 000 ticks, each rounded to at most 2.2e-16 of 2.6 rad/s, together 1.5e-11 rad/s. The
tolerance is then 2.6e-11 rad/s; such a step is also held against the limit of acceleration, as every other.
"""


@dataclass(slots=True)
class Counts:
    """Ticks × joints at which a limit was broken, by kind, and the largest excess as a share of the limit."""

    violations: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    largest_excess: dict[str, float] = field(default_factory=lambda: dict.fromkeys(KINDS, 0.0))
    first: dict[str, int] = field(default_factory=dict)
    """Tick of the first violation of a kind, from the start of the run."""

    def add(self, kind: str, count: int, excess: float, tick: int) -> None:
        """Count violations of a kind, the worst and the first of them."""
        self.violations[kind] = self.violations.get(kind, 0) + count
        self.largest_excess[kind] = max(self.largest_excess.get(kind, 0.0), excess)
        self.first.setdefault(kind, tick)

    def total(self) -> int:
        """Return the violations of all kinds."""
        return sum(self.violations.values())


class MotionChecker:
    """Looks at stretches of ticks, one after the other, of a robot at a tick rate."""

    def __init__(self, robot: Robot, hz: int, *, is_consistent: bool = True) -> None:
        """Make a checker.

        `is_consistent` also holds velocity and acceleration against the positions (constant jerk within a tick).
        """
        self.counts = Counts()
        self.ticks = 0
        self._dt_s = 1.0 / hz
        self._is_consistent = is_consistent
        self._low = robot.position_min_rad[:, None]
        self._high = robot.position_max_rad[:, None]
        self._velocity = robot.velocity_max_rad_s[:, None]
        self._acceleration = robot.acceleration_max_rad_s2[:, None]
        self._jerk = robot.jerk_max_rad_s3[:, None]
        self._last: tuple[Float, Float, Float] | None = None

    def look(self, position_rad: Float, velocity_rad_s: Float, acceleration_rad_s2: Float) -> None:
        """Check the next ticks; arrays of shape (dof, ticks), the first tick follows the last one seen."""
        now = (position_rad, velocity_rad_s, acceleration_rad_s2)
        q, v, a = now
        for values in now:
            self._count_not_finite(values)
        self._hold("position", q, self._low, self._high, self._high - self._low)
        self._hold("velocity", v, -self._velocity, self._velocity, self._velocity)
        self._hold("acceleration", a, -self._acceleration, self._acceleration, self._acceleration)
        first = self.ticks
        if self._last is None:
            first += 1
        else:
            q, v, a = (np.concatenate([old, new], axis=1) for old, new in zip(self._last, now, strict=True))
        self._last = (q[:, -1:].copy(), v[:, -1:].copy(), a[:, -1:].copy())
        if q.shape[1] > 1:
            self._look_between(q, v, a, first)
        self.ticks += position_rad.shape[1]

    def forget(self) -> None:
        """Take the next ticks as a new motion, not as the continuation of the last."""
        self._last = None

    def _look_between(self, q: Float, v: Float, a: Float, first: int) -> None:
        """Check what changes from tick to tick; the first column is the tick before `first`."""
        dt = self._dt_s
        for kind, values, limit in (
            ("velocity", q, self._velocity),
            ("acceleration", v, self._acceleration),
            ("jerk", a, self._jerk),
        ):
            step = limit * dt
            self._hold(kind, np.diff(values, axis=1), -step, step, step, first=first)
        if self._is_consistent:
            q0, v0, a0, a1 = q[:, :-1], v[:, :-1], a[:, :-1], a[:, 1:]
            way = q[:, 1:] - q0 - dt * (v0 + (dt / 6.0) * (2.0 * a0 + a1))
            gain = v[:, 1:] - v0 - (0.5 * dt) * (a0 + a1)
            none = np.zeros_like(self._low)
            self._hold("inconsistent", way, none, none, self._velocity * dt + FLOOR_RAD, first=first)
            self._hold(
                "inconsistent", gain, none, none, self._acceleration * dt + FLOOR_SPEED * self._velocity, first=first
            )

    def _count_not_finite(self, values: Float) -> None:
        if np.isfinite(values.sum()):  # quick; a sum that overflows is looked at more closely
            return
        bad = ~np.isfinite(values)
        if bad.any():
            self.counts.add("not_finite", int(bad.sum()), np.inf, self.ticks + int(np.argmax(bad.any(axis=0))))

    def _hold(self, kind: str, x: Float, low: Float, high: Float, unit: Float, *, first: int | None = None) -> None:
        """Count where `low <= x <= high` does not hold within the tolerance, a share of `unit`; all (dof, 1)."""
        room = ROUNDING * unit[:, 0]
        inside = (low[:, 0] - room <= x.min(axis=1)) & (x.max(axis=1) <= high[:, 0] + room)
        if inside.all():  # a number that is none is in no relation to anything, so that it fails
            return
        # Numbers that are none were counted already, once.
        bad = ~((low - room[:, None] <= x) & (x <= high + room[:, None])) & np.isfinite(x)
        if bad.any():
            with np.errstate(invalid="ignore"):
                excess = np.where(bad, np.maximum(low - x, x - high) / unit, 0.0)
            tick = (self.ticks if first is None else first) + int(np.argmax(bad.any(axis=0)))
            self.counts.add(kind, int(bad.sum()), float(excess.max()), tick)
