"""A small System 1 on an analytic robot, for tests of journals."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from spinal import _core

DOF = 6
PROFILE_HASH = hashlib.sha256(b"test profile").digest()


def profile() -> _core.Profile:
    def column(value: float) -> np.ndarray:
        return np.full(DOF, value)

    return _core.Profile(
        position_min_rad=column(-3.0),
        position_max_rad=column(3.0),
        velocity_max_rad_s=column(3.0),
        acceleration_max_rad_s2=column(10.0),
        jerk_max_rad_s3=column(500.0),
        torque_max_nm=column(100.0),
        torque_rate_max_nm_s=column(100.0),
        period_ns=1_000_000,
        tracking_error_max_rad=0.2,
        observation_age_max_ns=500_000_000,
        proposal_gap_max_ns=300_000_000,
        measured_age_max_ns=20_000_000,
        splice_jump_max_rad=0.5,
        deadline_misses_max=5,
        tick_overrun_max=1000,
        packet_loss_max=1000,
        profile_hash=PROFILE_HASH,
    )


def propose(run: _core.Lockstep, sequence: int, way_rad: float = 0.1) -> _core.Proposal:
    status = run.status
    steps = np.linspace(1 / 8, 1, 8)[:, None]
    return _core.Proposal(
        source=1,
        epoch=1,
        sequence=sequence,
        made_at_ns=run.now_ns,
        observed_at_ns=run.now_ns,
        valid_until_ns=run.now_ns + 500_000_000,
        observed_played_ns=status.played_ns,
        profile_hash=PROFILE_HASH,
        period_ns=100_000_000,
        targets=status.position_command_rad + way_rad * steps * np.ones(DOF),
        gripper=np.ones(8),
    )


def run_lockstep(journal: Path | None, *, detail: str = "full", way_rad: float = 0.1) -> _core.JournalSummary:
    """Run 3 decisions of 200 ms, one of them refused, and a note."""
    plant = _core.AnalyticPlant(np.zeros(DOF))
    run = _core.Lockstep(
        profile(), _core.Settings(), None, plant, journal=journal, detail="digest" if detail == "digest" else "full"
    )
    run.advance(5)
    run.grant(1, 1)
    for sequence in (1, 2, 2):
        proposal = propose(run, sequence, way_rad)
        run.advance(60)
        run.offer(proposal)
        run.advance(140)
    run.note('{"order": "A-1"}')
    return run.finish()
