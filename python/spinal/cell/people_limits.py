"""The section `[people]` of `limits.toml`: how people are kept safe."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from spinal.cell.body_regions import shipped_body_regions
from spinal.cell.config import Name, Positive, Strict

NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SeparationLimits(Strict):
    """Every term of S = Sh + Sr + Ss + C + Zd + Zr that is not measured."""

    human_speed_m_s: Positive
    human_speed_min_m_s: NotNegative
    reaction_ms: Positive
    intrusion_m: NotNegative
    human_uncertainty_m: NotNegative
    robot_uncertainty_m: NotNegative
    person_radius_m: Positive
    person_height_m: Positive
    reading_age_max_ms: Positive
    hysteresis_m: Positive


class ContactLimits(Strict):
    """What the risk assessment says about touching a person, and who stands for the body-region table."""

    reachable_regions: Annotated[tuple[Name, ...], Field(min_length=1)]
    tool_contact: Literal["blunt", "edge"]
    is_clamping_possible: bool
    contact_area_cm2: Positive
    moving_mass_kg: Positive
    payload_kg: NotNegative
    human_speed_m_s: NotNegative
    robot_speed_uncertainty_m_s: NotNegative
    confirmed_by: Annotated[str, Field(min_length=1)]
    confirmed_on: date
    confirmed_table_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

    @model_validator(mode="after")
    def _table_is_confirmed(self) -> ContactLimits:
        table = shipped_body_regions()
        if self.confirmed_table_sha256 != table.sha256:
            raise ValueError(
                f"the body-region table is not the one that {self.confirmed_by} confirmed: it has the SHA-256 "
                f"{table.sha256}. Look at it (`spinal limits show`), hold it against the standard and your risk "
                "assessment, and write its SHA-256 into confirmed_table_sha256 with your name and the day"
            )
        unknown = [name for name in self.reachable_regions if name not in table.regions]
        if unknown:
            raise ValueError(f"unknown body region {unknown[0]}; allowed: {', '.join(table.regions)}")
        return self


class PeopleLimits(Strict):
    """How people are kept safe: by a fence, by distance, or by distance and, nearer, by touching gently."""

    mode: Literal["fenced", "separation", "separation_or_contact"]
    separation: SeparationLimits | None = None
    contact: ContactLimits | None = None

    @model_validator(mode="after")
    def _mode_and_tables_agree(self) -> PeopleLimits:
        wanted = {"fenced": set(), "separation": {"separation"}}.get(self.mode, {"separation", "contact"})
        for name in ("separation", "contact"):
            is_there = getattr(self, name) is not None
            if is_there and name not in wanted:
                raise ValueError(f"mode {self.mode} has no table [people.{name}]: remove it, or choose another mode")
            if not is_there and name in wanted:
                raise ValueError(f"mode {self.mode} needs the table [people.{name}]; no term has a default")
        return self
