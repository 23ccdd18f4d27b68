"""Section `[clearance]` of limits.toml: the least distance, and the zones that the robot keeps to."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from spinal.cell.config import Finite, Name, Positive, Strict
from spinal.records import Float

Point = tuple[Finite, Finite, Finite]
Role = Literal["keep_in", "keep_out"]
Concerns = Literal["arm", "tool", "all"]


class BoxZone(Strict):
    """A box that the robot does not leave, or does not enter; turned about the vertical."""

    name: Name
    role: Role
    concerns: Concerns
    middle_m: Point
    half_m: tuple[Positive, Positive, Positive]
    turn_deg: Finite


class PlaneZone(Strict):
    """A plane that the robot does not cross; the normal points to the side where it stays."""

    name: Name
    concerns: Concerns
    point_m: Point
    normal: Point

    @model_validator(mode="after")
    def _normal_is_a_direction(self) -> PlaneZone:
        if not math.hypot(*self.normal) > 1e-6:
            raise ValueError("normal must not be zero")
        return self


class ClearanceLimits(Strict):
    """Least distance between links and between the robot and the cell, and the zones, in the base frame."""

    clearance_min_m: Annotated[float, Field(ge=0, le=1)]
    boxes: tuple[BoxZone, ...]
    planes: tuple[PlaneZone, ...]

    def places(self) -> list[tuple[str, str, str, str | None, Float]]:
        """Return the zones as places of a `_core.Geometry`."""
        boxes = [
            (
                zone.name,
                "room" if zone.role == "keep_in" else "box",
                zone.role,
                _part(zone.concerns),
                np.array([*zone.middle_m, *_turned(zone.turn_deg), *zone.half_m]),
            )
            for zone in self.boxes
        ]
        planes = [
            (
                zone.name,
                "plane",
                "keep_in",
                _part(zone.concerns),
                np.array([*zone.point_m, *(np.array(zone.normal) / np.linalg.norm(zone.normal))]),
            )
            for zone in self.planes
        ]
        return [*boxes, *planes]


def _part(concerns: Concerns) -> str | None:
    return None if concerns == "all" else concerns


def _turned(angle_deg: float) -> tuple[float, ...]:
    c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    return (c, -s, 0.0, s, c, 0.0, 0.0, 0.0, 1.0)
