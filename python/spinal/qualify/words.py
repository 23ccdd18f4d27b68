"""What the report says in words, from a verdict."""

from __future__ import annotations

import math
from collections.abc import Iterator

from spinal.qualify.failures import FailureMode
from spinal.qualify.series import Series
from spinal.qualify.verdict import Verdict


def per_1000(rate: float) -> str:
    """Return a rate per 1 000 picks with two significant digits, or three when it is large; a dash for none."""
    if not math.isfinite(rate):
        return "–"
    value = 1000.0 * rate
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def number(value: float | None, unit: str = "") -> str:
    """Return a figure for people; a dash for none."""
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return f"{text} {unit}".rstrip()


def percent(share: float) -> str:
    """Return a share in percent; a dash for none."""
    if not math.isfinite(share):
        return "–"
    return f"{100 * share:.2f} %" if share > 0.99 else f"{100 * share:.1f} %"


def headline(verdict: Verdict) -> str:
    """Return the answer."""
    return "certified" if verdict.is_certified else "NOT CERTIFIED"


def sentences(verdict: Verdict, distribution: str) -> Iterator[str]:
    """Yield the executive page, a sentence each."""
    limit = per_1000(verdict.limit)
    yield (
        f"{verdict.interventions} interventions and {verdict.silent_failures} silent failures in {verdict.picks:,} "
        f"simulated picks ({verdict.scenes:,} scenes), {distribution}. No claim for hardware."
    )
    yield (
        f"Interventions: {per_1000(verdict.rate)} per 1,000 picks, at most {per_1000(verdict.bound.upper)} at 95 % by "
        f"scene (limit {limit}). Silent failures: at most {per_1000(verdict.silent_bound.upper)}."
    )
    yield from _why(verdict, limit)
    yield _assumption(verdict)


def _why(verdict: Verdict, limit: str) -> Iterator[str]:
    more = f"{verdict.scenes_needed:,} more scenes ({_picks(verdict):,} picks) in which nothing fails"
    if verdict.is_certified:
        yield f"Both are shown to be below {limit} per 1,000 picks in this distribution."
    elif verdict.is_refuted:
        yield (
            f"Not a question of more picks: interventions are shown to be above the limit, at least "
            f"{per_1000(verdict.lower)} per 1,000. The policy has to become better first."
        )
    elif verdict.are_seeds_used_up:
        yield (
            "These sealed seeds were seen before, by another question: what is chosen after a look proves nothing on "
            "the same scenes. Take another seed of the pool (--seed)."
        )
    elif verdict.looks_before and not verdict.is_anytime:
        yield (
            "These scenes were looked at before when they were fewer; a bound certifies at the first look only. "
            "Take a new seed, or decide beforehand for the e-value (--anytime)."
        )
    else:
        yield f"Still needed: {more}."


def growth_sentences(series: Series) -> Iterator[str]:
    """Yield what a series of campaigns says."""
    fit = series.fit
    if fit is None:
        yield f"No power law fits: {series.why_not}."
        return
    if series.is_growing:
        yield (
            f"Interventions became rarer: shape {fit.shape:.2f} ({fit.shape_low:.2f} to {fit.shape_high:.2f}), below 1."
        )
    else:
        yield (
            f"It is not shown that interventions became rarer: shape {fit.shape:.2f} ({fit.shape_low:.2f} to "
            f"{fit.shape_high:.2f}); below 1 it would be."
        )
    yield (
        f"At the end of the series: {per_1000(fit.rate)} per 1,000 picks ({per_1000(fit.rate_low)} to "
        f"{per_1000(fit.rate_high)}), {number(fit.mean_between)} picks between interventions "
        f"({number(1.0 / fit.rate_high)} to {number(1.0 / fit.rate_low)}), availability {percent(series.availability)} "
        f"(at the bad end {percent(series.availability_low)}). All intervals 95 %, two-sided, widened by the design "
        f"effect {series.design_effect:.1f} of scenes that fail together."
    )


def _picks(verdict: Verdict) -> int:
    return verdict.scenes_needed * (verdict.picks // verdict.scenes) if verdict.scenes else 0


def _assumption(verdict: Verdict) -> str:
    bound = verdict.bound
    measured = "not measurable without failures" if bound.icc_measured is None else f"measured {bound.icc_measured:.2f}"
    text = (
        f"Picks of one scene fail together: correlation declared at most {bound.icc_declared:.2f}, {measured}; design "
        f"effect {bound.design_effect:.1f}. Without any assumption about it the bound is "
        f"{per_1000(verdict.upper_any_correlation)} per 1,000."
    )
    if bound.is_declaration_contradicted:
        text += " More was measured than declared: the bound uses what was measured."
    return text


def mode_name(mode: FailureMode) -> str:
    """Return the name of a group of failures."""
    return mode.axis if mode.axis is not None else "no declared axis explains"


def counts(table: dict[str, int]) -> str:
    """Return counts in words, the greatest first."""
    return ", ".join(f"{name} {count}" for name, count in table.items())
