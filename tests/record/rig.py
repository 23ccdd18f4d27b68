"""A small System 1 in lockstep, whose statuses, proposals and verdicts are recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from spinal import _core
from spinal.record import Recorder
from spinal.records import Frame

JOINTS = ("shoulder", "elbow")
INPUTS = ("vacuum", "scale_kg")
HASH = bytes(range(32))
MILLISECOND_NS = 1_000_000


def profile() -> _core.Profile:
    """Return limits for two joints."""
    both = np.ones(2)
    return _core.Profile(
        position_min_rad=-3 * both,
        position_max_rad=3 * both,
        velocity_max_rad_s=2 * both,
        acceleration_max_rad_s2=10 * both,
        jerk_max_rad_s3=200 * both,
        torque_max_nm=100 * both,
        torque_rate_max_nm_s=100 * both,
        period_ns=MILLISECOND_NS,
        tracking_error_max_rad=0.5,
        observation_age_max_ns=400 * MILLISECOND_NS,
        proposal_gap_max_ns=300 * MILLISECOND_NS,
        measured_age_max_ns=50 * MILLISECOND_NS,
        splice_jump_max_rad=0.5,
        deadline_misses_max=10,
        tick_overrun_max=1000,
        packet_loss_max=1000,
        profile_hash=HASH,
    )


@dataclass
class Rig:
    """Runs System 1 on a robot in closed form; every step makes something to record."""

    sequence: int = 0
    lockstep: _core.Lockstep = field(
        default_factory=lambda: _core.Lockstep(profile(), _core.Settings(), None, _core.AnalyticPlant(np.zeros(2)))
    )

    def __post_init__(self) -> None:
        """Give the only source authority."""
        self.lockstep.advance(5)
        self.lockstep.grant(1, 1)

    def step(self, *, is_wrong: bool = False) -> tuple[_core.Status, _core.Proposal, _core.Verdict]:
        """Offer a proposal, run for 100 ms, and return what there is to record."""
        status = self.lockstep.status
        self.sequence += 1
        ramp = status.position_command_rad + np.linspace(0.01, 0.08, 8)[:, None]
        proposal = _core.Proposal(
            source=1,
            epoch=1,
            sequence=self.sequence,
            made_at_ns=self.lockstep.now_ns,
            observed_at_ns=status.now_ns,
            valid_until_ns=self.lockstep.now_ns + 10**9,
            observed_played_ns=status.played_ns,
            profile_hash=HASH,
            period_ns=100 * MILLISECOND_NS,
            targets=ramp * np.nan if is_wrong else ramp,
            gripper=np.ones(8),
        )
        verdict = self.lockstep.offer(proposal)
        return self.lockstep.advance(100), proposal, verdict


def picture(seed: int) -> np.ndarray:
    """Return a picture with content that JPEG keeps recognisable."""
    image = np.zeros((96, 96, 3), np.uint8)
    image[:, : seed % 96] = (200, 40, 40)
    return image


def record(path: Path, steps: int, *, wall_offset_ns: int = 0, flush_every_ns: int = 10**9) -> Iterator[int]:
    """Record `steps` times 100 ms and yield the number of each step once it is recorded."""
    rig = Rig()
    recorder = Recorder(
        path,
        joints=JOINTS,
        inputs=INPUTS,
        wall_offset_ns=wall_offset_ns,
        metadata={"spinal": "0"},
        flush_every_ns=flush_every_ns,
    )
    with recorder:
        recorder.event(rig.lockstep.now_ns, "supervisor", "begins")
        for step in range(steps):
            status, proposal, verdict = rig.step(is_wrong=step == 3)
            recorder.proposal(proposal)
            recorder.verdict(verdict)
            recorder.frame(Frame(camera="wrist", at_ns=status.now_ns, image=picture(step)))
            recorder.status(status)
            recorder.order(
                status.now_ns, order="T000001", before="queued", after="leased", attempt=1, reason=f"step {step}"
            )
            yield step
