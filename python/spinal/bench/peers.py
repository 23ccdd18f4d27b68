"""Limiters that people use, and a plain clamp: what they emit for the wishes that the gate was given.

Each is set up as its own documentation does it, with the robot's limits. A stop that was asked for is passed on as
"stand where you are". A limiter that emitted something that is no number is counted and set back to where it was
before, so that one such input does not spoil the rest of its run.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

import numpy as np

from spinal.bench.robots import Robot
from spinal.records import Float


class Peer(Protocol):
    """A limiter of joint motion at a fixed rate. Arrays have shape (dof,)."""

    has_rates: bool
    """Whether it tells velocity and acceleration; otherwise they are the differences of its positions."""

    def reset(self, position_rad: Float) -> None:
        """Stand at a position."""

    def step(self, position_rad: Float, velocity_rad_s: Float) -> tuple[Float, Float, Float]:
        """Return position, velocity and acceleration of the next tick, towards a wished position and velocity."""


class Clamp:
    """The wished position held to the range, its change held to the speed limit: what many drivers do."""

    has_rates = False

    def __init__(self, robot: Robot, hz: int) -> None:
        """Make the limiter."""
        self._low, self._high = robot.position_min_rad, robot.position_max_rad
        self._step = robot.velocity_max_rad_s / hz
        self._last = robot.start_rad()

    def reset(self, position_rad: Float) -> None:
        """Stand at a position."""
        self._last = position_rad.copy()

    def step(self, position_rad: Float, velocity_rad_s: Float) -> tuple[Float, Float, Float]:
        """Return the next tick."""
        del velocity_rad_s
        wished = np.minimum(np.maximum(position_rad, self._low), self._high)
        self._last = self._last + np.minimum(np.maximum(wished - self._last, -self._step), self._step)
        return self._last, self._last, self._last


class Ruckig:
    """Ruckig's online tracking: a new target every tick, all its limits set, `max_position` too.

    With `is_clamped` targets are held to the range and are to be reached at rest: the most careful way to use it.
    """

    has_rates = True

    def __init__(self, robot: Robot, hz: int, *, is_clamped: bool) -> None:
        """Make the limiter; needs `ruckig`."""
        import ruckig

        self._ruckig = ruckig
        self._otg = ruckig.Ruckig(robot.dof, 1.0 / hz)
        self._input = ruckig.InputParameter(robot.dof)
        self._output = ruckig.OutputParameter(robot.dof)
        self._input.max_velocity = list(robot.velocity_max_rad_s)
        self._input.max_acceleration = list(robot.acceleration_max_rad_s2)
        self._input.max_jerk = list(robot.jerk_max_rad_s3)
        self._input.min_position = list(robot.position_min_rad)
        self._input.max_position = list(robot.position_max_rad)
        self._robot = robot
        self._is_clamped = is_clamped
        self.errors = 0
        self.reset(robot.start_rad())

    def reset(self, position_rad: Float) -> None:
        """Stand at a position."""
        zero = [0.0] * len(position_rad)
        self._input.current_position = list(position_rad)
        self._input.current_velocity = zero
        self._input.current_acceleration = zero
        self._input.target_position = list(position_rad)
        self._input.target_velocity = zero
        self._good = (list(position_rad), zero)

    def step(self, position_rad: Float, velocity_rad_s: Float) -> tuple[Float, Float, Float]:
        """Return the next tick; a target that Ruckig refuses leaves the one before in force."""
        speed = self._robot.velocity_max_rad_s
        velocity = np.clip(velocity_rad_s, -speed, speed)
        if self._is_clamped:
            position_rad = np.clip(position_rad, self._robot.position_min_rad, self._robot.position_max_rad)
            velocity = np.zeros_like(position_rad)
        if not self._update(list(position_rad), list(velocity)):
            self.errors += 1
            # Without this the next step would be read from the trajectory that the refused target left half-made.
            self._otg.reset()
            if not self._update(*self._good):
                held = np.array(self._input.current_position)
                self.reset(held)
                return held, np.zeros_like(held), np.zeros_like(held)
        else:
            self._good = (list(position_rad), list(velocity))
        out = self._output
        state = (np.array(out.new_position), np.array(out.new_velocity), np.array(out.new_acceleration))
        out.pass_to_input(self._input)
        return state

    def _update(self, position: list[float], velocity: list[float]) -> bool:
        self._input.target_position = position
        self._input.target_velocity = velocity
        try:
            result = self._otg.update(self._input, self._output)
        except (self._ruckig.RuckigError, ValueError):  # a refusal beyond its own enum arrives as ValueError
            return False
        return result in (self._ruckig.Result.Working, self._ruckig.Result.Finished)


class FlexivControl:
    """flexiv-control's joint filter: range with a margin, and one speed for all joints."""

    has_rates = False

    def __init__(self, robot: Robot, hz: int) -> None:
        """Make the limiter; needs `flexiv-control`."""
        from flexiv_control.safety import SafetyFilter, SafetyProfile

        # It knows one speed for all joints, 2 rad/s times the scale: the slowest joint's.
        scale = float(robot.velocity_max_rad_s.min()) / 2.0
        self._make: Callable[[], Any] = lambda: SafetyFilter(
            SafetyProfile(
                joint_lower=robot.position_min_rad,
                joint_upper=robot.position_max_rad,
                max_joint_speed_scale=scale,
            ),
            1.0 / hz,
        )
        self._state: Any = None
        self.reset(robot.start_rad())

    def reset(self, position_rad: Float) -> None:
        """Stand at a position."""
        self._filter: Any = self._make()
        self._filter.reset(q=position_rad)
        self._state = _Seen(position_rad)

    def step(self, position_rad: Float, velocity_rad_s: Float) -> tuple[Float, Float, Float]:
        """Return the next tick."""
        del velocity_rad_s
        q = self._filter.filter_joint(position_rad, self._state).q
        return q, q, q


class _Seen:
    """The one part of a robot state that the joint filter reads."""

    def __init__(self, q: Float) -> None:
        self.q = q


PEERS: dict[str, Callable[[Robot, int], Peer]] = {
    "clamp_and_rate_limit": Clamp,
    "ruckig": lambda robot, hz: Ruckig(robot, hz, is_clamped=False),
    "ruckig_clamped_targets": lambda robot, hz: Ruckig(robot, hz, is_clamped=True),
    "flexiv_control": FlexivControl,
}
PACKAGES = ("ruckig", "flexiv-control", "pin", "coal")


def missing_packages() -> list[str]:
    """Return the packages of the extra `bench` that are not installed."""
    return [name for name in PACKAGES if version_of(name) is None]


def version_of(package: str) -> str | None:
    """Return an installed package's version, None without it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def play(peer: Peer, hz: int, wished_position: Float, wished_velocity: Float, is_followed: Float) -> list[Motion]:
    """Return what a peer emits for wishes (dof, ticks): motions without a number that is none, split where one was."""
    motions: list[Motion] = []
    rows: list[tuple[Float, Float, Float]] = []
    last = None
    for tick in range(wished_position.shape[1]):
        if is_followed[tick] == 0.0 and last is not None:
            q, v, a = peer.step(last, np.zeros_like(last))
        else:
            with np.errstate(all="ignore"):
                q, v, a = peer.step(wished_position[:, tick], wished_velocity[:, tick])
        if not (np.isfinite(q).all() and np.isfinite(v).all() and np.isfinite(a).all()):
            motions.append(Motion(rows, peer.has_rates, hz, bad=int((~np.isfinite(q)).sum()) or 1))
            rows = []
            if last is not None:
                peer.reset(last)
            continue
        last = np.array(q)
        rows.append((last, np.array(v), np.array(a)))
    motions.append(Motion(rows, peer.has_rates, hz, bad=0))
    return motions


class Motion:
    """Position, velocity, acceleration (dof, ticks), and how many joints were no number right after."""

    def __init__(self, rows: list[tuple[Float, Float, Float]], has_rates: bool, hz: int, bad: int) -> None:
        """Make it of ticks; without rates they become the differences of the positions."""
        self.bad = bad
        self.ticks = len(rows)
        if not rows:
            self.position_rad = self.velocity_rad_s = self.acceleration_rad_s2 = np.empty((0, 0))
            return
        columns = [np.array([row[k] for row in rows]).T for k in range(3)]
        self.position_rad = columns[0]
        if has_rates:
            self.velocity_rad_s, self.acceleration_rad_s2 = columns[1], columns[2]
        else:
            zero = np.zeros((columns[0].shape[0], 1))
            self.velocity_rad_s = np.hstack([zero, np.diff(columns[0], axis=1)]) * hz
            self.acceleration_rad_s2 = np.hstack([zero, np.diff(self.velocity_rad_s, axis=1)]) * hz
