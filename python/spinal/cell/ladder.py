"""The shape of `[[ladder]]` and `[recovery]` in `cell.toml`: what the cell tries when its policy does not get on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Finite = Annotated[float, Field(allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
RungName = Literal["policy", "careful", "second", "skill"]
ORDER: tuple[RungName, ...] = ("policy", "careful", "second", "skill")


class RungConfig(BaseModel):
    """One rung. `speed_scale` belongs to `careful`, `bundle` (a folder, relative to the cell) to `second`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rung: RungName
    attempts: Annotated[int, Field(ge=1, le=10)]
    recoveries: tuple[Literal["none", "new_view", "stir"], ...] = Field(min_length=1, max_length=10)
    clears_after: Annotated[int, Field(ge=0, le=1000)]
    speed_scale: Annotated[float, Field(ge=0.1, lt=1)] | None = None
    bundle: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _has_its_own_keys(self) -> RungConfig:
        for key, owner, value in (("speed_scale", "careful", self.speed_scale), ("bundle", "second", self.bundle)):
            if self.rung == owner and value is None:
                raise ValueError(f"rung '{owner}' needs {key}")
            if self.rung != owner and value is not None:
                raise ValueError(f"{key} belongs to rung '{owner}', not to '{self.rung}'")
        return self


class RecoveryConfig(BaseModel):
    """Motions between two tries, and what happens when no rung is left. Lengths in m, base frame.

    `look_m`: where the tool goes for another view, in turn. A stir goes across `stir_zone_m` (x_min, x_max, y_min,
    y_max) with the lip of the cup at `stir_z_m`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    look_m: tuple[tuple[Finite, Finite, Finite], ...] = Field(min_length=1, max_length=8)
    stir_zone_m: tuple[Finite, Finite, Finite, Finite]
    stir_z_m: Finite
    timeout_s: Seconds
    skips_max: Annotated[int, Field(ge=0, le=100)]
    ask_timeout_s: Seconds

    @model_validator(mode="after")
    def _zone_has_a_size(self) -> RecoveryConfig:
        x_min, x_max, y_min, y_max = self.stir_zone_m
        if not (x_min < x_max and y_min < y_max):
            raise ValueError("stir_zone_m is x_min, x_max, y_min, y_max with x_min < x_max and y_min < y_max")
        return self


def check_ladder(ladder: tuple[RungConfig, ...], recovery: RecoveryConfig | None) -> None:
    """Raise a ValueError for rungs out of order, or one of the two tables without the other."""
    names = [rung.rung for rung in ladder]
    if bool(ladder) != (recovery is not None):
        raise ValueError("[[ladder]] and [recovery] belong together: write both or neither")
    if ladder and (names[0] != "policy" or names != [name for name in ORDER if name in names]):
        raise ValueError(
            f"the rungs of [[ladder]] are {', '.join(names)}; allowed: policy first, then some of careful, second and "
            "skill in this order, each once"
        )
