"""A series of campaigns, each on a later version of the cell: whether interventions became rarer, and how surely."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from spinal.qualify.clusters import scene_bound, scenes_of
from spinal.qualify.growth import Growth, availability, crow_amsaa
from spinal.qualify.results import SceneResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One campaign of the series. `at`: its interventions, each by its pick counted from 1 over the whole series.

    `upper`: bound of its interventions a pick, one-sided, 95 %, by scene. `effect`: its measured design effect.
    """

    name: str
    scenes: int
    picks: int
    picks_before: int
    at: tuple[int, ...]
    upper: float
    effect: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The campaigns in the order in which they were made, and the power law through them; None says `why_not`.

    `design_effect`: the greatest of the stages; it widens the intervals. `availability` is what the law says at the end
    of the series, `availability_low` at the upper end of the rate's interval; NaN without a law.
    """

    stages: tuple[Stage, ...]
    design_effect: float
    fit: Growth | None
    why_not: str
    availability: float
    availability_low: float

    @property
    def is_growing(self) -> bool:
        """Return whether interventions are shown to become rarer: the whole interval of the shape is below 1."""
        return self.fit is not None and self.fit.shape_high < 1.0

    def as_json(self) -> dict[str, Any]:
        """Return plain values; the instants are left out."""
        stages = [{key: value for key, value in asdict(stage).items() if key != "at"} for stage in self.stages]
        for told, stage in zip(stages, self.stages, strict=True):
            told["interventions"] = len(stage.at)
        return {
            "stages": stages,
            "design_effect": self.design_effect,
            "fit": None if self.fit is None else {**asdict(self.fit), "mtbi_picks": self.fit.mean_between},
            "why_not": self.why_not,
            "is_growing": self.is_growing,
            "availability": None if self.fit is None else self.availability,
            "availability_low": None if self.fit is None else self.availability_low,
        }


def growth_of(
    campaigns: Sequence[tuple[str, Sequence[SceneResult]]], icc_max: float, pick_s: float, repair_s: float
) -> Series:
    """Return the growth over campaigns in their order, oldest first, as (name, scenes 0, 1, ...); none is empty.

    Exposure is counted in picks, over all campaigns. `icc_max`: declared correlation of a scene's picks; `pick_s`: how
    long a pick takes; `repair_s`: how long an intervention stops the cell.
    """
    stages: list[Stage] = []
    for name, scenes in campaigns:
        stages.append(_stage(name, scenes, icc_max, sum(stage.picks for stage in stages)))
    effect = max(stage.effect for stage in stages)
    exposure = float(sum(stage.picks for stage in stages))
    try:
        fit = crow_amsaa([float(at) for stage in stages for at in stage.at], exposure, design_effect=effect)
    except ValueError as error:
        nothing = math.nan
        return Series(
            stages=tuple(stages),
            design_effect=effect,
            fit=None,
            why_not=str(error),
            availability=nothing,
            availability_low=nothing,
        )
    return Series(
        stages=tuple(stages),
        design_effect=effect,
        fit=fit,
        why_not="",
        availability=availability(pick_s / fit.rate, repair_s),
        availability_low=availability(pick_s / fit.rate_high, repair_s),
    )


def _stage(name: str, scenes: Sequence[SceneResult], icc_max: float, picks_before: int) -> Stage:
    flags = [pick.needs_person for scene in scenes for pick in scene.picks]
    counts = scenes_of(
        [sum(pick.needs_person for pick in scene.picks) for scene in scenes], [len(scene.picks) for scene in scenes]
    )
    bound = scene_bound(counts, icc_max)
    return Stage(
        name=name,
        scenes=len(scenes),
        picks=len(flags),
        picks_before=picks_before,
        at=tuple(picks_before + number for number, needs_person in enumerate(flags, start=1) if needs_person),
        upper=bound.upper,
        effect=max(1.0, bound.design_effect_measured or 1.0),
    )
