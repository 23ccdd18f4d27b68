"""One piece of the attack: a robot at a tick rate, a seed, so many ticks, and everything that is checked on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spinal import _core
from spinal.bench.motion import ROUNDING, MotionChecker
from spinal.bench.robots import Robot, make_arm, make_profile
from spinal.bench.torque import PinocchioTorques, chain_of, torques
from spinal.records import Float

CHUNK_TICKS = 5_000
NEAR_SHARE = 0.95
"""A state is near a limit when a speed, an acceleration or a torque is at this share of its limit or above, or when a
position lies in the outer rest of its range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one worker runs."""

    robot: Robot
    hz: int
    with_arm: bool
    ticks: int
    seed: int
    sample: int
    """States drawn by the seed for the second dynamics; as many near-limit ones are looked at besides."""


@dataclass(slots=True)
class Outcome:
    """What was found on a piece."""

    robot: str
    hz: int
    with_arm: bool
    seed: int
    ticks: int = 0
    limited: int = 0
    violations: dict[str, int] = field(default_factory=dict)
    largest_excess: dict[str, float] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    states_near: int = 0
    states_near_sampled: int = 0
    states_drawn: int = 0
    dynamics_difference_nm: float = 0.0


def attack(piece: Piece) -> Outcome:
    """Run a piece and check it."""
    robot = piece.robot
    profile = make_profile(robot, piece.hz)
    arm = make_arm(robot) if piece.with_arm else None
    run = _core.AttackRun(profile, arm, seed=piece.seed, start_rad=robot.start_rad())
    motion = MotionChecker(robot, piece.hz)
    torque = TorqueChecker(piece) if piece.with_arm else None
    while motion.ticks < piece.ticks:
        part = run.attack(min(CHUNK_TICKS, piece.ticks - motion.ticks))
        now = (part["position_rad"], part["velocity_rad_s"], part["acceleration_rad_s2"])
        if torque is not None:
            torque.look(motion, *now)
        motion.look(*now)
    outcome = Outcome(
        robot=robot.name,
        hz=piece.hz,
        with_arm=piece.with_arm,
        seed=piece.seed,
        ticks=motion.ticks,
        limited=run.limited,
        violations=motion.counts.violations,
        largest_excess=motion.counts.largest_excess,
        first=motion.counts.first,
    )
    if torque is not None:
        torque.tell(outcome)
    return outcome


class TorqueChecker:
    """Torque of every tick by Newton–Euler in numpy, and of a sample of states by Pinocchio too."""

    def __init__(self, piece: Piece) -> None:
        """Make a checker of a robot with an arm model."""
        arm: dict[str, Any] = piece.robot.arm or {}
        self._robot = piece.robot
        self._chain = chain_of(arm)
        self._gravity: Float = arm["gravity_m_s2"]
        self._second = PinocchioTorques(self._chain, self._gravity)
        self._limit = piece.robot.torque_max_nm[:, None]
        self._sample = piece.sample
        self._share = piece.sample / piece.ticks
        self._generator = np.random.default_rng(piece.seed)
        self._near = self._near_sampled = self._drawn = 0
        self._difference_nm = 0.0

    def look(self, motion: MotionChecker, q: Float, v: Float, a: Float) -> None:
        """Check the next ticks and count into the motion's checker."""
        needed = torques(self._chain, self._gravity, q, v, a)
        share = np.abs(needed) / self._limit
        self._count(motion, share, motion.ticks)
        chosen = self._choose(q, v, a, share)
        if chosen.size:
            again = self._second.torques(q[:, chosen], v[:, chosen], a[:, chosen])
            self._difference_nm = max(self._difference_nm, float(np.abs(again - needed[:, chosen]).max()))
            missed = (np.abs(again) / self._limit > 1.0 + ROUNDING) & (share[:, chosen] <= 1.0 + ROUNDING)
            if missed.any():
                motion.counts.add("torque", int(missed.sum()), float(share.max()) - 1.0, motion.ticks)

    def tell(self, outcome: Outcome) -> None:
        """Write what was sampled."""
        outcome.states_near = self._near
        outcome.states_near_sampled = self._near_sampled
        outcome.states_drawn = self._drawn
        outcome.dynamics_difference_nm = self._difference_nm

    def _count(self, motion: MotionChecker, share: Float, first: int) -> None:
        motion.counts.violations.setdefault("torque", 0)
        bad = ~(share <= 1.0 + ROUNDING)
        if bad.any():
            tick = first + int(np.argmax(bad.any(axis=0)))
            motion.counts.add("torque", int(bad.sum()), float(np.nanmax(share)) - 1.0, tick)

    def _choose(self, q: Float, v: Float, a: Float, share: Float) -> np.ndarray[Any, np.dtype[np.intp]]:
        """Return the ticks that Pinocchio looks at: a drawn share, and the near ones as far as there is room."""
        robot = self._robot
        margin = (0.5 * (1.0 - NEAR_SHARE) * (robot.position_max_rad - robot.position_min_rad))[:, None]
        near = (
            (q <= robot.position_min_rad[:, None] + margin)
            | (q >= robot.position_max_rad[:, None] - margin)
            | (np.abs(v) >= NEAR_SHARE * robot.velocity_max_rad_s[:, None])
            | (np.abs(a) >= NEAR_SHARE * robot.acceleration_max_rad_s2[:, None])
            | (share >= NEAR_SHARE)
        ).any(axis=0)
        drawn = self._generator.random(near.size) < self._share
        self._near += int(near.sum())
        # Where more are near than can be looked at, each has the same chance, drawn by the seed.
        wanted = near & (self._generator.random(near.size) < self._share / max(float(near.mean()), self._share))
        self._near_sampled += int((wanted & ~drawn).sum() + (near & drawn).sum())
        self._drawn += int(drawn.sum())
        return np.flatnonzero(drawn | wanted)
