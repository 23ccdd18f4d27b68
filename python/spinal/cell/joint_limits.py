"""Sections `[joints.<name>]` of limits.toml."""

from __future__ import annotations

from pydantic import model_validator

from spinal.cell.config import Finite, Positive, Strict
from spinal.cell.unlimited import MaybeUnlimited


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
