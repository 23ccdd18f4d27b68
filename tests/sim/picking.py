"""Picks by the scripted expert through System 1 in lockstep, decision by decision."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spinal import _core
from spinal.cell import load_cell
from spinal.run import parts
from spinal.sim.cell import Cell, tool_down_rotation
from spinal.sim.expert import Expert
from spinal.sim.scene import Scene
from spinal.sim.truth import Truth, observe_truth

DECISION_TICKS = 200
LATENCY_TICKS = 60
STEPS, PERIOD_NS = 8, 100_000_000
HASH = bytes(32)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What was so when the expert decided."""

    at_s: float
    vacuum: float
    scale_kg: float
    truth: Truth


class ExpertPick:
    """One pick; `run` yields a moment at each decision."""

    def __init__(self, cell: Cell, scene: Scene) -> None:
        cell.load(scene)
        shipped = load_cell(Path(__file__).parents[2] / "cells" / "bin-picking")
        self.cell = cell
        self.profile = parts.make_profile(shipped)
        self.core = _core.Lockstep(self.profile, _core.Settings(), cell.arm, cell.plant)
        self.expert = Expert(cell)
        self.refused = 0
        self._hash = shipped.limits_hash
        self.status = self.core.advance(1)
        self.core.grant(1, 1)

    def run(self, until_s: float) -> list[Moment]:
        moments: list[Moment] = []
        for sequence in range(1, round(until_s * 1000 / DECISION_TICKS) + 1):
            truth = observe_truth(self.cell)
            vacuum, scale_kg = self.status.inputs[:2]
            moments.append(Moment(at_s=sequence * DECISION_TICKS / 1000, vacuum=vacuum, scale_kg=scale_kg, truth=truth))
            if truth.succeeded and self.status.gripper == 0.0:
                break
            proposal = self._proposal(truth, sequence)
            self.status = self.core.advance(LATENCY_TICKS)
            self.refused += self.core.offer(proposal).outcome == "refused"
            self.status = self.core.advance(DECISION_TICKS - LATENCY_TICKS)
        return moments

    def _proposal(self, truth: Truth, sequence: int) -> _core.Proposal:
        arm, status = self.cell.arm, self.status
        joints = status.position_command_rad
        tool = arm.tool_pose(joints)[0]
        velocity = (arm.jacobian(joints) @ status.velocity_command_rad_s)[:3]
        chunk = self.expert.chunk(truth, tool, velocity, float(status.inputs[0]))
        path = arm.solve_path(tool + chunk[:, :3].astype(np.float64), tool_down_rotation(), joints)
        return _core.Proposal(
            source=1,
            epoch=1,
            sequence=sequence,
            made_at_ns=self.core.now_ns + LATENCY_TICKS * 1_000_000,
            observed_at_ns=status.now_ns,
            valid_until_ns=self.core.now_ns + STEPS * PERIOD_NS + 500_000_000,
            observed_played_ns=status.played_ns,
            profile_hash=self._hash,
            semantics="joint_position",
            period_ns=PERIOD_NS,
            targets=path,
            gripper=chunk[:, 3].astype(np.float64),
        )
