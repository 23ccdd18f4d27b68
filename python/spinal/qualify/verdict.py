"""Certified or not: what a campaign's scenes say against a limit, and what is still needed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from spinal.qualify.clusters import SceneBound, Scenes, any_correlation_bound, scene_bound, scenes_needed, scenes_of
from spinal.qualify.exact import lower_bound
from spinal.qualify.failures import FailureMode, explain_failures
from spinal.qualify.growth import availability
from spinal.qualify.results import PickOutcome, SceneResult
from spinal.qualify.sequential import evidence_of
from spinal.qualify.slices import SliceResult, judge_slices

Holds = Callable[[tuple[str, ...], str], bool]
"""Whether a pick in a scene with these axes, of this SKU, belongs to a slice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is asked of a campaign. `limit`: failure rate that must be undercut; `icc_max`: declared correlation.

    `is_anytime`: the e-values certify, at any time, instead of the bounds, at one size that was chosen before. Choosing
    afterwards would double the error. `minutes`: what an intervention costs a person; the cell stands so long.
    `seen_before`: another question was asked of these final seeds, so that nothing is certified on them any more.
    """

    limit: float
    icc_max: float
    slices: Mapping[str, Holds]
    minutes: float
    is_anytime: bool = False
    picks_a_day: int = 1000
    seen_before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What can be said. Bounds are one-sided, 95 %, by scene. `looks_before`: verdicts at fewer scenes before this one.

    `are_seeds_used_up`: another question saw these sealed seeds first. `is_certified`: interventions and silent
    failures are both shown to be rarer than the limit: by the bounds if this is the first look, or by the e-values if
    that was chosen before, on seeds that are not used up. `scenes_needed`: how many more would certify if nothing else
    failed.
    """

    scenes: int
    picks: int
    limit: float
    interventions: int
    silent_failures: int
    bound: SceneBound
    silent_bound: SceneBound
    lower: float
    upper_any_correlation: float
    e_value: float
    silent_e_value: float
    looks_before: int
    is_anytime: bool
    are_seeds_used_up: bool
    is_certified: bool
    scenes_needed: int
    slices: tuple[SliceResult, ...]
    modes: tuple[FailureMode, ...]
    outcomes: dict[str, int]
    cycle_s_median: float | None
    cost: dict[str, float]

    @property
    def rate(self) -> float:
        """Return interventions a pick; NaN without picks."""
        return self.interventions / self.picks if self.picks else math.nan

    @property
    def is_refuted(self) -> bool:
        """Return whether interventions were shown not to be rarer than the limit."""
        return self.lower >= self.limit

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values; rates are per 1 000 picks."""
        bound, silent = self.bound, self.silent_bound
        told = {
            "certified": self.is_certified,
            "refuted": self.is_refuted,
            "limit_per_1000": 1000 * self.limit,
            "picks": self.picks,
            "scenes": self.scenes,
            "interventions": self.interventions,
            "interventions_per_1000": 1000 * self.rate,
            "upper95_per_1000": 1000 * bound.upper,
            "lower95_per_1000": 1000 * self.lower,
            "upper95_per_1000_any_correlation": 1000 * self.upper_any_correlation,
            "upper95_per_1000_if_independent": 1000 * bound.naive_upper,
            "silent_failures": self.silent_failures,
            "silent_upper95_per_1000": 1000 * silent.upper,
            "design_effect": bound.design_effect,
            "design_effect_measured": bound.design_effect_measured,
            "icc_declared": bound.icc_declared,
            "icc_measured": bound.icc_measured,
            "icc_used": bound.icc_used,
            "is_declared_correlation_contradicted": bound.is_declaration_contradicted
            or silent.is_declaration_contradicted,
            "e_value": self.e_value,
            "silent_e_value": self.silent_e_value,
            "certifies_by": "e-value" if self.is_anytime else "bound",
            "looks_before": self.looks_before,
            "scenes_needed": self.scenes_needed,
            "picks_needed": self.scenes_needed * (self.picks // self.scenes if self.scenes else 0),
            "worst_slice": asdict(self.slices[0]) if self.slices else None,
            "slices": [asdict(one) for one in self.slices],
            "failure_modes": [asdict(mode) for mode in self.modes],
            "outcomes": self.outcomes,
            "cycle_s_median": self.cycle_s_median,
            **self.cost,
        }
        plain: dict[str, Any] = _plain(told)
        return plain


def judge_campaign(scenes: Sequence[SceneResult], terms: Terms, looks_before: int = 0) -> Verdict:
    """Return the verdict over scenes that were not chosen by what happened in them."""
    interventions = _counted(scenes, lambda pick: pick.needs_person)
    silent = _counted(scenes, lambda pick: pick.is_silent_failure)
    bound, silent_bound = scene_bound(interventions, terms.icc_max), scene_bound(silent, terms.icc_max)
    evidence, silent_evidence = evidence_of(interventions, terms.limit), evidence_of(silent, terms.limit)
    if terms.is_anytime:
        is_certified = evidence.has_certified() and silent_evidence.has_certified()
    else:
        is_certified = looks_before == 0 and max(bound.upper, silent_bound.upper) < terms.limit
    is_certified = is_certified and not terms.seen_before
    picks = [pick for scene in scenes for pick in scene.picks]
    return Verdict(
        scenes=interventions.count,
        picks=interventions.all_picks,
        limit=terms.limit,
        interventions=interventions.all_failures,
        silent_failures=silent.all_failures,
        bound=bound,
        silent_bound=silent_bound,
        lower=lower_bound(interventions.rate * bound.effective_picks, bound.effective_picks) if scenes else 0.0,
        upper_any_correlation=any_correlation_bound(interventions),
        e_value=evidence.e_value,
        silent_e_value=silent_evidence.e_value,
        looks_before=looks_before,
        is_anytime=terms.is_anytime,
        are_seeds_used_up=terms.seen_before,
        is_certified=is_certified,
        scenes_needed=max(evidence.scenes_needed(), silent_evidence.scenes_needed())
        if terms.is_anytime
        else max(scenes_needed(counts, terms.limit, terms.icc_max) for counts in (interventions, silent)),
        slices=judge_slices({name: _slice(scenes, holds) for name, holds in terms.slices.items()}, terms.icc_max),
        modes=explain_failures(scenes),
        outcomes=dict(sorted(Counter(pick.outcome for pick in picks).items())),
        cycle_s_median=_median([pick.cycle_s for pick in picks if pick.succeeded and not pick.needs_person]),
        cost=_cost(picks, interventions.all_failures, bound, terms),
    )


def _counted(scenes: Sequence[SceneResult], is_counted: Callable[[PickOutcome], bool]) -> Scenes:
    return scenes_of(
        [sum(map(is_counted, scene.picks)) for scene in scenes], [len(scene.picks) for scene in scenes] or 1
    )


def _slice(scenes: Sequence[SceneResult], holds: Holds) -> Scenes:
    """Return interventions and picks of the slice, a scene an entry; scenes without a pick in it are left out."""
    chosen = [[pick for pick in scene.picks if holds(scene.axes, pick.sku)] for scene in scenes]
    there = [picks for picks in chosen if picks]
    return scenes_of([sum(pick.needs_person for pick in picks) for picks in there], [len(p) for p in there] or 1)


def _cost(picks: Sequence[PickOutcome], interventions: int, bound: SceneBound, terms: Terms) -> dict[str, float]:
    """Return what interventions cost a day, and time between them; the cell's time is simulated time."""
    rate = interventions / len(picks) if picks else math.nan
    pick_s = sum(pick.simulated_s for pick in picks) / len(picks) if picks else math.nan
    repair_s = 60.0 * terms.minutes

    def works(share: float) -> float:
        return availability(pick_s / share if share else math.inf, repair_s) if picks else math.nan

    return {
        "picks_a_day": terms.picks_a_day,
        "minutes_per_intervention": terms.minutes,
        "interventions_a_day": rate * terms.picks_a_day,
        "interventions_a_day_upper95": bound.upper * terms.picks_a_day,
        "person_minutes_a_day": rate * terms.picks_a_day * terms.minutes,
        "person_minutes_a_day_upper95": bound.upper * terms.picks_a_day * terms.minutes,
        "mtbi_picks": 1.0 / rate if rate else math.nan,
        "mtbi_picks_lower95": 1.0 / bound.upper,
        "mtbi_h": pick_s / rate / 3600.0 if rate else math.nan,
        "mtbi_h_lower95": pick_s / bound.upper / 3600.0,
        "availability": works(rate),
        "availability_lower95": works(bound.upper),
    }


def _median(values: Sequence[float]) -> float | None:
    return float(np.median(values)) if values else None


def _plain(value: Any) -> Any:
    """Return a value for JSON, which knows neither NaN nor infinity: there is no number then."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
