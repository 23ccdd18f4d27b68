"""A small run folder, made with the real recorder and a real journal."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from spinal import _core
from spinal.record import PickLine, PickLog, Recorder, RunFolder, begin_run, end_run
from spinal.records import Frame
from spinal.report import OrderLine, Sources

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
SECOND_NS = 10**9
OFFSET_NS = round(NOON.timestamp() * 1e9) - SECOND_NS
HASH = bytes(range(32))
TIMING = {
    "ticks": 60_000,
    "missed": 3,
    "journal_dropped": 0,
    "wake": {"p50_ns": 4200, "p99_ns": 31_000, "p999_ns": 88_000, "p9999_ns": 310_000, "max_ns": 1_240_000},
    "execution": {"p50_ns": 1450, "p99_ns": 3900, "p999_ns": 9900, "p9999_ns": 21_000, "max_ns": 48_000},
}


def pick(order: str = "T000001", **changes: Any) -> PickLine:
    """Return one attempt: a success unless told otherwise."""
    fields: dict[str, Any] = {
        "order": order,
        "attempt": 1,
        "sku": "soap",
        "outcome": "placed",
        "ending": "complete",
        "truth": True,
        "started_s": 1.0,
        "duration_s": 4.0,
        "cycle_s": 5.0,
        "reasons": ("the scale gained +0.150 kg",),
    }
    return PickLine(**(fields | changes))


def order(identifier: str = "T000001", state: str = "done", **changes: Any) -> OrderLine:
    """Return one order: done unless told otherwise."""
    fields: dict[str, Any] = {
        "sku": "soap",
        "quantity": 1,
        "placed": int(state == "done"),
        "attempts": 1,
        "reason": "x",
    }
    return OrderLine(id=identifier, state=state, **(fields | changes))


@dataclass
class SampleRun:
    """Writes the parts that a test asks for."""

    root: Path
    mode: Any = "realtime"
    settings: dict[str, Any] = field(default_factory=lambda: {"orders": 2})
    folder: RunFolder = field(init=False)

    def __post_init__(self) -> None:
        """Make the folder with a run.json that says finished."""
        self.folder = RunFolder.create(self.root, started=NOON, label="sample")
        self.record = begin_run(
            self.folder.run_json,
            run_id="sample",
            mode=self.mode,
            cell="bin-picking",
            spinal_version="0.1.0",
            files={"cell.toml": "ab" * 32},
            profile_hash=HASH,
            policy={"sha256": "cd" * 32},
            seeds={"scenes": 7},
            settings=self.settings,
            clock_offset_ns=OFFSET_NS,
            clock_started_ns=SECOND_NS,
            started_at=NOON,
            command=["spinal", "run"],
        )
        self.end()

    def end(self, *, problem: str | None = None, **summary: Any) -> None:
        """Write the end into run.json."""
        end_run(self.folder.run_json, self.record, summary=summary, problem=problem, ended_at=NOON)

    def picks(self, *lines: PickLine) -> None:
        """Write picks.jsonl."""
        with PickLog(self.folder.picks) as log:
            for line in lines:
                log.write(line)

    def timing(self, **changes: Any) -> None:
        """Write timing.json."""
        self.folder.timing.write_text(json.dumps(TIMING | changes))

    def recording(self, cameras: tuple[str, ...] = ("overview", "wrist")) -> None:
        """Write ten seconds of recording: pictures, modes, proposals and verdicts."""
        with Recorder(self.folder.recording, joints=("j",), inputs=("vacuum",), wall_offset_ns=OFFSET_NS) as recorder:
            recorder.mode(SECOND_NS, before="sos", mode="track", trigger="none")
            recorder.mode(6 * SECOND_NS, before="track", mode="ss1", trigger="tracking_error")
            for tenth in range(100):
                at_ns = SECOND_NS + tenth * SECOND_NS // 10
                for camera in cameras:
                    image = np.full((48, 64, 3), tenth * 2, np.uint8)
                    recorder.frame(Frame(camera=camera, at_ns=at_ns, image=image))
            for number, (proposal, verdict) in enumerate(proposals()):
                recorder.proposal(proposal)
                recorder.verdict(verdict)
                recorder.event(verdict.at_ns, "supervisor", f"step {number}")

    def journal(self) -> Path:
        """Write a real journal of a short lockstep run and return its file."""
        self.folder.journal.mkdir()
        path = self.folder.journal / "000000.journal"
        lockstep = new_lockstep(path)
        lockstep.advance(200)
        lockstep.note('{"note": "hello"}')
        lockstep.finish()
        return path

    def sources(self, *orders: OrderLine) -> Sources:
        """Return everything that the folder could hold."""
        folder = self.folder
        return Sources(
            run_json=folder.run_json,
            picks=folder.picks,
            recording=folder.recording,
            timing=folder.timing,
            journal=folder.journal,
            orders=orders,
        )


def new_lockstep(journal: Path | None = None) -> _core.Lockstep:
    """Return a System 1 of one joint on a robot in closed form."""
    one = np.ones(1)
    profile = _core.Profile(
        position_min_rad=-3 * one,
        position_max_rad=3 * one,
        velocity_max_rad_s=2 * one,
        acceleration_max_rad_s2=10 * one,
        jerk_max_rad_s3=200 * one,
        torque_max_nm=100 * one,
        torque_rate_max_nm_s=100 * one,
        period_ns=SECOND_NS // 1000,
        tracking_error_max_rad=0.5,
        observation_age_max_ns=SECOND_NS,
        proposal_gap_max_ns=SECOND_NS,
        measured_age_max_ns=SECOND_NS,
        splice_jump_max_rad=0.5,
        deadline_misses_max=10,
        tick_overrun_max=1000,
        packet_loss_max=1000,
        profile_hash=HASH,
    )
    return _core.Lockstep(profile, _core.Settings(), None, _core.AnalyticPlant(np.zeros(1)), journal=journal)


def proposals() -> list[tuple[_core.Proposal, _core.Verdict]]:
    """Return four proposals of source 1 with their verdicts; the last is refused."""
    lockstep = new_lockstep()
    lockstep.advance(100)
    lockstep.grant(1, 1)
    made = []
    for sequence in range(1, 5):
        status = lockstep.status
        target = np.full((8, 1), np.nan if sequence == 4 else 0.01 * sequence)
        proposal = _core.Proposal(
            source=1,
            epoch=1,
            sequence=sequence,
            made_at_ns=lockstep.now_ns,
            observed_at_ns=lockstep.now_ns - sequence * 1_000_000,
            valid_until_ns=lockstep.now_ns + SECOND_NS,
            observed_played_ns=status.played_ns,
            profile_hash=HASH,
            period_ns=SECOND_NS // 10,
            targets=target,
            gripper=np.zeros(8),
        )
        made.append((proposal, lockstep.offer(proposal)))
        lockstep.advance(50)
    return made
