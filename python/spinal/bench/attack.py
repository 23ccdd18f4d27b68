"""One piece of the attack: a robot at a tick rate, a seed, so many ticks, and everything that is checked on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spinal import _core
from spinal.bench.clearance import ClearanceChecker
from spinal.bench.dynamics import PinocchioTorques, chain_of, works
from spinal.bench.motion import ROUNDING, Counts, MotionChecker
from spinal.bench.robots import Robot, make_arm, make_profile
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
    states_near_shapes: int = 0
    states_near_shapes_sampled: int = 0


def attack(piece: Piece) -> Outcome:
    """Run a piece and check it."""
    robot = piece.robot
    profile = make_profile(robot, piece.hz, with_arm_limits=piece.with_arm)
    arm = make_arm(robot) if piece.with_arm else None
    run = _core.AttackRun(profile, arm, seed=piece.seed, start_rad=robot.start_rad())
    motion = MotionChecker(robot, piece.hz)
    whole = ArmChecker(piece) if piece.with_arm else None
    while motion.ticks < piece.ticks:
        part = run.attack(min(CHUNK_TICKS, piece.ticks - motion.ticks))
        now = (part["position_rad"], part["velocity_rad_s"], part["acceleration_rad_s2"])
        if whole is not None:
            whole.look(motion.counts, motion.ticks, *now)
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
    if whole is not None:
        whole.tell(outcome)
    return outcome


class ArmChecker:
    """The arm as a whole, every tick by Newton–Euler in numpy, and a sample of states by Pinocchio too."""

    def __init__(self, piece: Piece) -> None:
        """Make a checker of a robot with an arm model."""
        robot = piece.robot
        self._robot = robot
        self._chain = chain_of(robot.arm or {})
        self._second = PinocchioTorques(self._chain)
        self._clearance = (
            None
            if robot.shapes is None
            else ClearanceChecker(self._chain, robot.shapes, sample=piece.sample, seed=piece.seed)
        )
        self._limit = robot.torque_max_nm[:, None]
        self._hz = piece.hz
        self._share = piece.sample / piece.ticks
        self._generator = np.random.default_rng(piece.seed)
        self._last: Float | None = None
        self._near = self._near_sampled = self._drawn = 0
        self._difference_nm = 0.0

    def look(self, counts: Counts, first: int, q: Float, v: Float, a: Float) -> None:
        """Check the next ticks, the first of which is tick `first`."""
        found = works(self._chain, q, v, a)
        share = np.abs(found.torque_nm) / self._limit
        before = self._last if self._last is not None else found.torque_nm[:, :1]
        check_torque(counts, self._robot, self._hz, found.torque_nm, before, first)
        self._last = found.torque_nm[:, -1:].copy()
        if self._clearance is not None:
            self._clearance.look(counts, first, q)
        limits = self._robot.arm_limits
        for kind, values, limit in (
            ("tool_speed", found.tool_speed_m_s, limits["tool_speed_max_m_s"]),
            ("elbow_speed", found.elbow_speed_m_s, limits["elbow_speed_max_m_s"]),
            ("momentum", found.momentum_kg_m_s, limits["momentum_max_kg_m_s"]),
            ("power", found.power_w, limits["power_max_w"]),
            ("kinetic_energy", found.kinetic_energy_j, limits["kinetic_energy_max_j"]),
        ):
            _count(counts, kind, values[None, :] / limit, first)
        chosen = self._choose(q, v, a, share)
        if chosen.size:
            again = self._second.torques(q[:, chosen], v[:, chosen], a[:, chosen])
            self._difference_nm = max(self._difference_nm, float(np.abs(again - found.torque_nm[:, chosen]).max()))
            # What the first dynamics let pass and the second does not.
            missed = np.where(share[:, chosen] <= 1.0 + ROUNDING, np.abs(again) / self._limit, 0.0)
            _count(counts, "torque", missed, first)

    def tell(self, outcome: Outcome) -> None:
        """Write what was sampled."""
        outcome.states_near = self._near
        outcome.states_near_sampled = self._near_sampled
        outcome.states_drawn = self._drawn
        outcome.dynamics_difference_nm = self._difference_nm
        if self._clearance is not None:
            outcome.states_near_shapes = self._clearance.near
            outcome.states_near_shapes_sampled = self._clearance.near_sampled

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
        self._near_sampled += int((near & (drawn | wanted)).sum())
        self._drawn += int(drawn.sum())
        return np.flatnonzero(drawn | wanted)


def check_torque(counts: Counts, robot: Robot, hz: int, torque_nm: Float, before_nm: Float, first: int) -> None:
    """Count torques (dof, ticks) beyond their limits, and their changes; `before_nm` (dof, 1) is of the tick before."""
    _count(counts, "torque", np.abs(torque_nm) / robot.torque_max_nm[:, None], first)
    rate = np.abs(np.diff(torque_nm, axis=1, prepend=before_nm)) * hz
    _count(counts, "torque_rate", rate / robot.torque_rate_max_nm_s[:, None], first)


def _count(counts: Counts, kind: str, share: Float, first: int) -> None:
    """Count where a value is above its limit: `share` (any, ticks) is the value over the limit."""
    counts.violations.setdefault(kind, 0)
    if share.max() <= 1.0 + ROUNDING:  # NaN is not
        return
    bad = ~(share <= 1.0 + ROUNDING)
    if bad.any():
        tick = first + int(np.argmax(bad.any(axis=0)))
        counts.add(kind, int(bad.sum()), float(np.nanmax(np.where(bad, share, 0.0))) - 1.0, tick)
