"""Bounds of a failure rate when picks of one scene fail together: by scene, not by pick."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from spinal.qualify.exact import CONFIDENCE, trials_needed, upper_bound
from spinal.records import Float

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scenes:
    """What happened, a scene an entry: `failures` (scenes,) of `picks` (scenes,), both whole numbers."""

    failures: Counts
    picks: Counts

    def __post_init__(self) -> None:
        """Raise ValueError for counts that cannot be."""
        if self.failures.shape != self.picks.shape or self.failures.ndim != 1:
            raise ValueError(
                f"failures {self.failures.shape} and picks {self.picks.shape} must be vectors of one length"
            )
        if np.any(self.picks < 1) or np.any(self.failures < 0) or np.any(self.failures > self.picks):
            raise ValueError("a scene has at least one pick, and between 0 and all of its picks failed")

    @property
    def count(self) -> int:
        """Return the number of scenes."""
        return len(self.picks)

    @property
    def all_picks(self) -> int:
        """Return the number of picks."""
        return int(self.picks.sum())

    @property
    def all_failures(self) -> int:
        """Return the number of failures."""
        return int(self.failures.sum())

    @property
    def rate(self) -> float:
        """Return failures a pick; NaN without picks."""
        return self.all_failures / self.all_picks if self.count else math.nan

    def chosen(self, mask: npt.NDArray[np.bool_]) -> Scenes:
        """Return the scenes where the mask (scenes,) is true."""
        return Scenes(self.failures[mask], self.picks[mask])


def scenes_of(failures: npt.ArrayLike, picks: npt.ArrayLike) -> Scenes:
    """Return scenes from sequences; one number of picks stands for all scenes."""
    counts = np.asarray(failures, dtype=np.int64)
    return Scenes(counts, np.broadcast_to(np.asarray(picks, dtype=np.int64), counts.shape))


def intraclass_correlation(scenes: Scenes) -> float | None:
    """Return how alike the picks of one scene are: 0 not at all, 1 all or none fail; None when nothing varies.

    The estimator from the analysis of variance; it may fall below 0 by chance.
    Source: A. Donner, International Statistical Review 54 (1986), 67-82; M. S. Ridout, C. G. B. Demetrio and
    D. Firth, Biometrics 55 (1999), 137-148.
    """
    count, total = scenes.count, scenes.all_picks
    if count < 2 or total <= count or scenes.all_failures in (0, total):
        return None
    shares = scenes.failures / scenes.picks
    between = float((scenes.picks * (shares - scenes.rate) ** 2).sum()) / (count - 1)
    within = float((scenes.picks * shares * (1.0 - shares)).sum()) / (total - count)
    size = (total - float((scenes.picks**2).sum()) / total) / (count - 1)
    spread = between + (size - 1.0) * within
    return (between - within) / spread if spread > 0.0 else None


def design_effect(scenes: Scenes, correlation: float) -> float:
    """Return by how much the correlation inflates the variance of the rate: 1 + (size - 1) ICC.

    The size of a scene is weighted by picks, which is right for unequal ones. Source: L. Kish, Survey Sampling (1965).
    """
    if not scenes.count:
        return 1.0
    size = float((scenes.picks**2).sum()) / scenes.all_picks
    return 1.0 + (size - 1.0) * min(max(correlation, 0.0), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneBound:
    """A one-sided upper bound of the failure rate and what it rests on."""

    upper: float
    confidence: float
    icc_declared: float
    icc_measured: float | None
    icc_used: float
    design_effect: float
    design_effect_measured: float | None
    effective_picks: float
    naive_upper: float

    @property
    def is_declaration_contradicted(self) -> bool:
        """Return whether picks failed together more than was declared; the bound then uses what was measured."""
        return self.icc_measured is not None and self.icc_measured > self.icc_declared


def scene_bound(scenes: Scenes, icc_max: float, confidence: float = CONFIDENCE) -> SceneBound:
    """Return the scene-level upper bound of the failure rate, for picks that correlate up to `icc_max` in a scene.

    Clopper and Pearson's bound on an effective sample: picks and failures divided by the design effect of the greater
    of the declared and the measured correlation, with Student's correction for few scenes. A correlation that is only
    measured cannot be used: without failures it cannot be seen, and the bound then misses up to a quarter of the time.
    Without a failure the bound holds for every kind of mixture with that correlation, because
    P(a scene has a failure) >= (E failures)^2 / E failures^2; with failures its coverage is shown by simulation
    (tests/qualify/test_clusters.py). `icc_max` = 1 makes of each scene one trial.
    Source: E. L. Korn and B. I. Graubard, Survey Methodology 24 (1998), 193-201.
    """
    if not 0.0 <= icc_max <= 1.0:
        raise ValueError(f"icc_max is {icc_max}; allowed is 0 (picks are independent) to 1 (a scene fails as a whole)")
    measured = intraclass_correlation(scenes)
    used = min(max(icc_max, 0.0 if measured is None else measured), 1.0)
    effect = design_effect(scenes, used)
    effective = effective_picks(scenes.all_picks, scenes.count, effect, confidence)
    share = scenes.rate if scenes.count else 0.0
    return SceneBound(
        upper=upper_bound(share * effective, effective, confidence),
        confidence=confidence,
        icc_declared=icc_max,
        icc_measured=measured,
        icc_used=used,
        design_effect=effect,
        design_effect_measured=None if measured is None else design_effect(scenes, measured),
        effective_picks=effective,
        naive_upper=upper_bound(scenes.all_failures, scenes.all_picks, confidence),
    )


def effective_picks(picks: float, scenes: int, effect: float, confidence: float = CONFIDENCE) -> float:
    """Return how many independent picks tell as much. Source: Korn and Graubard (1998), with their correction."""
    if scenes < 2:
        return min(picks / effect, float(scenes))
    few = stdtrit(max(picks - 1.0, 1.0), confidence) / stdtrit(scenes - 1.0, confidence)
    return float(picks / effect * few**2)


def any_correlation_bound(scenes: Scenes, confidence: float = CONFIDENCE) -> float:
    """Return an upper bound of the failure rate that holds whatever picks of one scene have in common.

    Scenes must be independent; nothing else is assumed. A bettor against "the rate is at least p" multiplies the
    capital by 1 + b (p - share of failures) after each scene; p is refuted when the mean capital over the bets `BETS`
    reaches 1 / (1 - confidence). Without a failure it is near 3.7 / scenes: such data cannot exclude that one scene in
    so many fails as a whole.
    Source: I. Waudby-Smith and A. Ramdas, JRSS B 86 (2024), 1-27; J. Ville (1939).
    """
    if not scenes.count:
        return 1.0
    # Few different scenes are repeated often; each kind is worked out once.
    kinds, times = np.unique(np.stack([scenes.failures, scenes.picks]), axis=1, return_counts=True)
    low, high = scenes.rate, 1.0
    while high - low > 1e-9:
        middle = 0.5 * (low + high)
        is_refuted = _log_capital(kinds, times, middle) >= -math.log1p(-confidence)
        low, high = (low, middle) if is_refuted else (middle, high)
    return high


BETS: Float = np.concatenate([[0.0], np.geomspace(0.002, 0.98, 24)])
"""Each bet is the best one if the rate were this share of p. Half of the capital is on the first: no failures."""
_LOG_WEIGHTS: Float = np.log(np.concatenate([[0.5], np.full(24, 0.5 / 24)]))


def _log_capital(kinds: Counts, times: Counts, rate: float) -> float:
    """Return the log of the mean capital against "the rate is at least `rate`", above 0 and below 1.

    `kinds` (2, kinds) are failures and picks of a scene, `times` (kinds,) how often there is one.
    """
    bets = (1.0 - BETS) / (1.0 - rate)  # (bets,)
    gains = (rate * kinds[1] - kinds[0]) / kinds[1].max()  # (kinds,)
    with np.errstate(divide="ignore"):
        capital = times @ np.log(np.maximum(1.0 + np.outer(gains, bets), 0.0))  # (bets,)
    return float(np.logaddexp.reduce(capital + _LOG_WEIGHTS))


def scenes_needed(scenes: Scenes, limit: float, icc_max: float, confidence: float = CONFIDENCE) -> int:
    """Return how many scenes more would bring the bound below `limit` if no further pick failed; 0 if it is there.

    New scenes have as many picks as the ones before had on average, and the design effect stays as it is now.
    """
    if scenes.count and scene_bound(scenes, icc_max, confidence).upper < limit:
        return 0
    size = scenes.all_picks / scenes.count if scenes.count else 1.0
    effect = scene_bound(scenes, icc_max, confidence).design_effect
    trials_needed(0.0, limit, confidence)  # refuses a limit that cannot be

    def upper(count: int) -> float:
        effective = effective_picks(count * size, count, effect, confidence)
        return upper_bound(scenes.all_failures / (count * size) * effective, effective, confidence)

    low, high = scenes.count, 2 * scenes.count + 2
    while upper(high) >= limit:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if upper(middle) >= limit else (low, middle)
    return high - scenes.count
