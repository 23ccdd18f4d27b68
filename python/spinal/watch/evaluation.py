"""How well a monitor does on attempts that it has not seen, beside simpler ones on the same attempts."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import binomtest, rankdata

from spinal.errors import EvidenceError
from spinal.records import Float
from spinal.watch.attempts import Attempt
from spinal.watch.conformal import threshold
from spinal.watch.monitor import EMBEDDING, Monitor
from spinal.watch.signals import names_of

CONFIDENCE = 0.95
OVERLAP: Final = "overlap"
Rater = Callable[[Attempt], Float]
"""An attempt to one number for each of its decisions (T,); the higher, the worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`hits` of `total`, with the exact two-sided 95 % interval; NaN and (0, 1) of nothing.

    Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934), 404-413.
    """

    hits: int
    total: int
    rate: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One method on one group of attempts.

    `false_alarms` of those that went well, `found` of those that did not (the simulator's truth). `lead_s`: median time
    from the alarm to the last decision of failures that were found. `auroc`: chance that a failure's worst number is
    above that of an attempt that went well; NaN without both.
    """

    method: str
    group: str
    false_alarms: Share
    found: Share
    lead_s: float
    auroc: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Rows over whole attempts, and over attempts cut at `horizon_s`, where lasting long tells nothing any more."""

    rows: tuple[Row, ...]
    rows_at_horizon: tuple[Row, ...]
    horizon_s: float


def share(hits: int, total: int) -> Share:
    """Return the share with its interval."""
    if not total:
        return Share(hits=0, total=0, rate=float("nan"), lower=0.0, upper=1.0)
    interval = binomtest(hits, total).proportion_ci(CONFIDENCE, method="exact")
    return Share(hits=hits, total=total, rate=hits / total, lower=float(interval.low), upper=float(interval.high))


def evaluate(
    monitor: Monitor, calibration: Sequence[Attempt], groups: Mapping[str, Sequence[Attempt]], seed: int = 0
) -> Evaluation:
    """Return all methods on all groups. `calibration`: the attempts that the monitor's thresholds were made of.

    At the horizon, the median length of those, every method gets its threshold anew from them, cut as well. Too few for
    a threshold is an EvidenceError.
    """
    horizon_s = float(np.median([attempt.at_s[-1] for attempt in calibration]))
    cut = {name: [attempt.until(horizon_s) for attempt in group] for name, group in groups.items()}
    early = [attempt.until(horizon_s) for attempt in calibration]
    return Evaluation(
        rows=tuple(_rows(monitor, calibration, groups, seed)),
        rows_at_horizon=tuple(_rows(monitor, early, cut, seed)),
        horizon_s=horizon_s,
    )


def raters(monitor: Monitor, seed: int = 0) -> dict[str, Rater]:
    """Return the monitor and what it is compared with.

    - `disagreement`: chunk overlap summed over the attempt, as STAC does (C. Agia et al., CoRL 2024), with one sample.
    - `mahalanobis`: the embedding's distance alone. `elapsed`: the time since the attempt began. `random`: a dice.
    - `quantile`: the monitor's own numbers, under a threshold at `numpy.quantile` of the calibration as FAIL-Detect,
      SAFE and FIPER use it.
    """
    overlap = len(EMBEDDING) + names_of(monitor.scores.cameras).index(OVERLAP)

    def worst(attempt: Attempt) -> Float:
        return np.asarray(monitor.scores.of(attempt).max(axis=1), np.float64)

    def raw(attempt: Attempt) -> Float:
        return np.nan_to_num(monitor.scores.raw(attempt.values, attempt.embeddings), nan=0.0, posinf=np.inf)

    def dice(attempt: Attempt) -> Float:
        # Of what was seen first, so that a cut attempt has the same numbers and two attempts have others.
        first = zlib.crc32(attempt.embeddings[0].tobytes())
        return np.random.default_rng([seed, attempt.scene, first]).random(len(attempt.at_s))

    return {
        "monitor": worst,
        "quantile": worst,
        "disagreement": lambda attempt: np.cumsum(raw(attempt)[:, overlap]),
        "mahalanobis": lambda attempt: raw(attempt)[:, 0],
        "elapsed": lambda attempt: attempt.at_s,
        "random": dice,
    }


def _rows(
    monitor: Monitor, calibration: Sequence[Attempt], groups: Mapping[str, Sequence[Attempt]], seed: int
) -> list[Row]:
    rows = []
    for method, plain in raters(monitor, seed).items():
        rater = _once(plain)  # groups share attempts
        limits = _limits(monitor, method, rater, calibration)
        for group, attempts in groups.items():
            rows.append(_row(method, group, rater, limits, attempts, monitor))
    return rows


def _once(rater: Rater) -> Rater:
    """Return the rater with what it said of each attempt kept."""
    said: dict[int, Float] = {}

    def kept(attempt: Attempt) -> Float:
        if id(attempt) not in said:
            said[id(attempt)] = rater(attempt)
        return said[id(attempt)]

    return kept


def _limits(monitor: Monitor, method: str, rater: Rater, calibration: Sequence[Attempt]) -> dict[str, float]:
    limits = {}
    for name in monitor.thresholds:
        worst = [float(rater(attempt).max()) for attempt in calibration if monitor.slice_of(attempt.sku) == name]
        if not worst:
            raise EvidenceError("no calibration attempt belongs to the slice", value=name)
        if method == "quantile":
            limits[name] = float(np.quantile(worst, 1.0 - monitor.promise.alpha))
        else:
            limits[name] = threshold(worst, monitor.promise, f"{method}, slice '{name}'").value
    return limits


def _row(
    method: str, group: str, rater: Rater, limits: Mapping[str, float], attempts: Sequence[Attempt], monitor: Monitor
) -> Row:
    good: list[float] = []
    bad: list[float] = []
    false_alarms = 0
    leads_s = []
    for attempt in attempts:
        numbers = rater(attempt)
        passed = np.flatnonzero(numbers > limits[monitor.slice_of(attempt.sku)])
        (good if attempt.went_well else bad).append(float(numbers.max()))
        if attempt.went_well:
            false_alarms += bool(passed.size)
        elif passed.size:
            leads_s.append(float(attempt.at_s[-1] - attempt.at_s[passed[0]]))
    return Row(
        method=method,
        group=group,
        false_alarms=share(false_alarms, len(good)),
        found=share(len(leads_s), len(bad)),
        lead_s=float(np.median(leads_s)) if leads_s else float("nan"),
        auroc=_auroc(good, bad),
    )


def _auroc(good: Sequence[float], bad: Sequence[float]) -> float:
    """Return the Mann-Whitney estimate. Source: J. A. Hanley and B. J. McNeil, Radiology 143 (1982), 29-36."""
    if not good or not bad:
        return float("nan")
    ranks = rankdata([*bad, *good])
    return float((ranks[: len(bad)].sum() - len(bad) * (len(bad) + 1) / 2) / (len(good) * len(bad)))
