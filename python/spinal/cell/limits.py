"""The shape of `limits.toml`, the safety profile. No limit has a default; each section has a file of its own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from spinal.cell.arm_limits import ArmLimits
from spinal.cell.clearance import ClearanceLimits
from spinal.cell.config import Name, Positive, Strict
from spinal.cell.joint_limits import JointLimits
from spinal.cell.monitor_limits import MonitorLimits
from spinal.cell.people_limits import PeopleLimits


class Limits(Strict):
    """All of `limits.toml`."""

    tick_hz: Annotated[int, Field(ge=100, le=100_000)]
    tracking_error_max_rad: Positive
    observation_age_max_ms: Positive
    proposal_gap_max_ms: Positive
    measured_age_max_ms: Positive
    splice_jump_max_rad: Positive
    deadline_misses_max: Annotated[int, Field(ge=1, le=1_000_000)]
    tick_overrun_max: Annotated[int, Field(ge=1, le=1_000_000)]
    packet_loss_max: Annotated[int, Field(ge=1, le=1_000_000)]
    arm: ArmLimits
    monitor: MonitorLimits
    people: PeopleLimits
    clearance: ClearanceLimits | None = None
    joints: dict[Name, JointLimits]
