"""The worst part of a distribution, said with the multiplicity of having looked at all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spinal.qualify.clusters import Scenes, scene_bound
from spinal.qualify.exact import CONFIDENCE, lower_bound


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceResult:
    """One slice. All upper bounds hold together, and so do all lower ones. `rate` is NaN for a slice without picks."""

    name: str
    scenes: int
    picks: int
    failures: int
    rate: float
    lower: float
    upper: float


def judge_slices(
    slices: Mapping[str, Scenes], icc_max: float, confidence: float = CONFIDENCE
) -> tuple[SliceResult, ...]:
    """Return every slice with simultaneous one-sided bounds, the worst upper bound first.

    Each bound is at 1 - (1 - confidence) / slices, so that all upper bounds hold together. Ten slices without failures
    below 1 % need 528 independent picks each. Source: C. E. Bonferroni (1936); O. J. Dunn, JASA 56 (1961), 52-64.
    """
    each = 1.0 - (1.0 - confidence) / max(len(slices), 1)
    results = []
    for name, scenes in slices.items():
        bound = scene_bound(scenes, icc_max, each)
        results.append(
            SliceResult(
                name=name,
                scenes=scenes.count,
                picks=scenes.all_picks,
                failures=scenes.all_failures,
                rate=scenes.rate,
                lower=lower_bound(scenes.rate * bound.effective_picks, bound.effective_picks, each)
                if scenes.count
                else 0.0,
                upper=bound.upper,
            )
        )
    return tuple(sorted(results, key=lambda result: (-result.upper, result.name)))
