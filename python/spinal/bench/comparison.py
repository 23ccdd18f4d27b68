"""The limiters beside one another: the same wishes, the same checker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from spinal import _core
from spinal.bench.attack import check_torque
from spinal.bench.dynamics import chain_of, works
from spinal.bench.motion import MotionChecker
from spinal.bench.peers import PEERS, Motion, play
from spinal.bench.robots import Robot, make_arm, make_profile
from spinal.records import Float

PIECE_TICKS = 20_000
"""A limiter begins each piece anew where its last one ended, so that memory stays small."""


def compare(robot: Robot, hz: int, ticks: int, seed: int) -> dict[str, dict[str, Any]]:
    """Return what each limiter did with the same wishes, by the same checker: the whole gate and its joint layer first.

    The wishes are those that the adversary has for the joint layer of the gate.
    """
    profile, start = make_profile(robot, hz), robot.start_rad()
    joint_layer = _core.AttackRun(profile, None, seed=seed, start_rad=start)
    whole = _core.AttackRun(profile, make_arm(robot), seed=seed, start_rad=start)
    gate, joints = Row(robot, hz, is_consistent=True), Row(robot, hz, is_consistent=True)
    peers = {name: (make(robot, hz), Row(robot, hz)) for name, make in PEERS.items()}
    done = 0
    while done < ticks:
        wished = joint_layer.attack(min(PIECE_TICKS, ticks - done), with_wishes=True)
        done += wished["position_rad"].shape[1]
        wishes = (wished["wished_position_rad"], wished["wished_velocity_rad_s"], wished["is_followed"])
        joints.look(wished["position_rad"], wished["velocity_rad_s"], wished["acceleration_rad_s2"])
        held = whole.play(*wishes)
        gate.look(held["position_rad"], held["velocity_rad_s"], held["acceleration_rad_s2"])
        for peer, row in peers.values():
            row.look_at_all(play(peer, hz, *wishes))
    return {
        "spinal_gate": gate.tell(),
        "spinal_gate_joint_layer": joints.tell(),
        **{name: row.tell() for name, (_, row) in peers.items()},
    }


class Row:
    """What one limiter emitted, as the checker sees it."""

    def __init__(self, robot: Robot, hz: int, *, is_consistent: bool = False) -> None:
        """Make an empty row."""
        self._checker = MotionChecker(robot, hz, is_consistent=is_consistent)
        self._robot, self._hz = robot, hz
        self._chain = None if robot.arm is None else chain_of(robot.arm)
        self._bad = 0
        self._travel_rad = 0.0

    def look_at_all(self, motions: Iterator[Motion] | list[Motion]) -> None:
        """Check motions that are each one of their own."""
        for motion in motions:
            self._checker.forget()
            self._bad += motion.bad
            if motion.ticks:
                self.look(motion.position_rad, motion.velocity_rad_s, motion.acceleration_rad_s2)

    def look(self, q: Float, v: Float, a: Float) -> None:
        """Check a motion."""
        first = self._checker.ticks
        self._checker.look(q, v, a)
        self._travel_rad += float(np.abs(np.diff(q, axis=1)).sum())
        if self._chain is not None:
            needed = works(self._chain, q, v, a).torque_nm
            check_torque(self._checker.counts, self._robot, self._hz, needed, needed[:, :1], first)

    def tell(self) -> dict[str, Any]:
        """Return the row."""
        by_kind = dict(self._checker.counts.violations)
        by_kind["not_finite"] += self._bad
        return {
            "ticks": self._checker.ticks,
            "violations": sum(by_kind.values()),
            "violations_by_kind": by_kind,
            "largest_excess": self._checker.counts.largest_excess,
            "travel_rad": self._travel_rad,
        }
