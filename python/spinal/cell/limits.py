"""The shape of `limits.toml`, the safety profile. A limit has no default."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from spinal.cell.config import Finite, Name, Positive, Strict

MaybeUnlimited = Positive | Literal["unlimited"]
"""A limit that may be left open, but only in writing."""


class ArmLimits(Strict):
    """Limits of the arm as a whole, held along the whole stopping path, in m/s, kg·m/s, W, J, s and m."""

    tool_speed_max_m_s: MaybeUnlimited
    elbow_speed_max_m_s: MaybeUnlimited
    momentum_max_kg_m_s: MaybeUnlimited
    power_max_w: MaybeUnlimited
    kinetic_energy_max_j: MaybeUnlimited
    stopping_time_max_s: MaybeUnlimited
    stopping_distance_max_m: MaybeUnlimited


class JointLimits(Strict):
    """Limits of one joint, in rad, rad/s, rad/s², rad/s³, N·m and N·m/s."""

    position_min_rad: Finite
    position_max_rad: Finite
    velocity_max_rad_s: Positive
    acceleration_max_rad_s2: Positive
    jerk_max_rad_s3: Positive
    torque_max_nm: Positive
    torque_rate_max_nm_s: MaybeUnlimited

    @model_validator(mode="after")
    def _range_is_a_range(self) -> JointLimits:
        if not self.position_min_rad < self.position_max_rad:
            raise ValueError(
                f"position_min_rad {self.position_min_rad} must be below position_max_rad {self.position_max_rad}"
            )
        return self


class Limits(Strict):
    """All of `limits.toml`."""

    tick_hz: Annotated[int, Field(ge=100, le=100_000)]
    tracking_error_max_rad: Positive
    observation_age_max_ms: Positive
    proposal_gap_max_ms: Positive
    measured_age_max_ms: Positive
    splice_jump_max_rad: Positive
    deadline_misses_max: Annotated[int, Field(ge=1, le=1_000_000)]
    arm: ArmLimits
    joints: dict[Name, JointLimits]


def limit_value(limit: float | Literal["unlimited"]) -> float:
    """Return the limit as a number; unlimited is infinite."""
    return math.inf if limit == "unlimited" else limit
