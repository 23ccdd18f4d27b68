"""The fitted monitor: what is usual, how rare anything else is, and from where on it is an alarm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from spinal.errors import EvidenceError
from spinal.records import Float
from spinal.watch.attempts import Attempt
from spinal.watch.conformal import Promise, Threshold, threshold
from spinal.watch.ranks import Ranks, fit_ranks
from spinal.watch.signals import names_of
from spinal.watch.support import Distance, Support, fit_distance, fit_support

EMBEDDING: Final = ("distance", "support")
"""Scores of the policy's embedding; those of `Signals` follow."""
TWO_SIDED: Final = ("sharpness", "brightness")
"""Signals that are wrong on both sides; their score is the distance from what is usual."""
SCALES_MIN: Final[Mapping[str, float]] = {
    "distance": 0.1,
    "support": 1e-3,
    "overlap": 1e-2,
    "reversal": 0.1,
    "stall": 0.2,
    "tracking": 1e-2,
    "aim": 1e-2,
    "staleness": 0.2,
    "missing": 0.5,
    "sharpness": 0.05,
    "brightness": 2.0,
    "frozen": 0.5,
}
"""Least differences that matter, in the score's own unit. Chosen by hand: what hardly varies in lockstep varies in real
time, where pictures are up to 0.2 s old and a reading some ms, in which a joint moves by some mrad."""
FIT_MIN = 20
"""Fewest attempts that went well to fit scores, and to rank them. Chosen by hand; the promise does not rest on it."""
ALL = "all"
"""The one slice of a pooled threshold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Calibration attempts, disjoint by scene.

    Attempts that went well for the embedding's scores (`fit`), the ranks (`rank`) and the thresholds (`threshold`);
    `held_out`: all that remain, whatever became of them, for drift and for figures.
    """

    fit: Sequence[Attempt]
    rank: Sequence[Attempt]
    threshold: Sequence[Attempt]
    held_out: Sequence[Attempt]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Turns signals and embeddings into surprise. `usual` (S,): what two-sided signals usually are, NaN for others.

    `ranks` is None only while they are being fitted.
    """

    cameras: tuple[str, ...]
    distance: Distance
    support: Support
    usual: Float
    ranks: Ranks | None

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the scores."""
        return (*EMBEDDING, *names_of(self.cameras))

    def raw(self, values: Float, embeddings: npt.NDArray[np.float32]) -> Float:
        """Return the scores (T, names) in their own units; NaN is what cannot be known."""
        away = np.where(np.isnan(self.usual), values, np.abs(values - self.usual))
        return np.concatenate([self._of_embeddings(embeddings), away], axis=1)

    def surprise(self, raw: Float) -> Float:
        """Return how rare they are, (T, names): see `Ranks`."""
        assert self.ranks is not None, "scores are ranked before they are used"
        return self.ranks.surprise(raw)

    def of(self, attempt: Attempt) -> Float:
        """Return the surprise (T, names) of a whole attempt."""
        return self.surprise(self.raw(attempt.values, attempt.embeddings))

    def _of_embeddings(self, embeddings: npt.NDArray[np.float32]) -> Float:
        scores = np.empty((len(embeddings), len(EMBEDDING)))
        is_finite = np.isfinite(embeddings[:, 0])
        scores[np.isnan(embeddings[:, 0])] = np.nan
        scores[np.isinf(embeddings[:, 0])] = np.inf
        if is_finite.any():
            known = embeddings[is_finite]
            scores[is_finite, 0], scores[is_finite, 1] = self.distance.of(known), self.support.of(known)
        return scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """Scores with thresholds. `slices`: SKU to the name of its threshold. `drift`: see `spinal.watch.drift`."""

    scores: Scores
    promise: Promise
    slices: Mapping[str, str]
    thresholds: Mapping[str, Threshold]
    drift: Mapping[str, Float]

    def slice_of(self, sku: str) -> str:
        """Return the slice of a SKU; of one that was never calibrated, the slice that alarms first."""
        found = self.slices.get(sku)
        return found if found is not None else min(self.thresholds, key=lambda name: self.thresholds[name].value)


def fit_scores(cameras: tuple[str, ...], fit: Sequence[Attempt], rank: Sequence[Attempt]) -> Scores:
    """Return the scores; EvidenceError when the attempts are too few or the policy shows no embedding."""
    for name, attempts in (("fit the scores", fit), ("rank the scores", rank)):
        if len(attempts) < FIT_MIN:
            raise EvidenceError(
                f"too few calibration attempts that went well to {name}",
                value=len(attempts),
                allowed=f"at least {FIT_MIN}",
                next_step="run more --episodes",
            )
    embeddings = np.concatenate([attempt.embeddings for attempt in fit])
    embeddings = embeddings[np.isfinite(embeddings).all(axis=1)]
    values = np.concatenate([attempt.values for attempt in fit])
    is_two_sided = np.array([name.split()[0] in TWO_SIDED for name in names_of(cameras)])
    usual = np.full(values.shape[1], np.nan)
    usual[is_two_sided] = np.nanmedian(values[:, is_two_sided], axis=0)
    plain = Scores(
        cameras=cameras,
        distance=fit_distance(embeddings),
        support=fit_support(embeddings),
        usual=usual,
        ranks=None,
    )
    worst = np.array([worst_known(plain.raw(attempt.values, attempt.embeddings)) for attempt in rank])
    ranks = fit_ranks(worst, np.array([SCALES_MIN[name.split()[0]] for name in plain.names]))
    return replace(plain, ranks=ranks)


def worst_known(raw: Float) -> Float:
    """Return the largest value of each column (T, names), as far as it is known; 0 when it never was."""
    return np.asarray(np.max(np.nan_to_num(raw, nan=0.0, posinf=np.inf, neginf=-np.inf), axis=0), np.float64)


def fit_monitor(cameras: tuple[str, ...], parts: Parts, promise: Promise, slices: Mapping[str, str]) -> Monitor:
    """Return the monitor with a threshold for each slice; EvidenceError when one of them has too few attempts.

    `slices`: SKU to slice. One name for all of them is a pooled threshold.
    """
    scores = fit_scores(cameras, parts.fit, parts.rank)
    of_slice: dict[str, list[float]] = {name: [] for name in slices.values()}
    for attempt in parts.threshold:
        of_slice[slices[attempt.sku]].append(float(scores.of(attempt).max()))
    thresholds = {
        name: threshold(worst, promise, "all slices together" if name == ALL else f"slice '{name}'")
        for name, worst in of_slice.items()
    }
    drift: dict[str, list[float]] = {name: [] for name in thresholds}
    for attempt in parts.held_out:
        name = slices[attempt.sku]
        drift[name].append(first_passage(scores.of(attempt), thresholds[name].value))
    return Monitor(
        scores=scores,
        promise=promise,
        slices=dict(slices),
        thresholds=thresholds,
        drift={name: np.array(values) for name, values in drift.items()},
    )


def first_passage(surprise: Float, limit: float) -> float:
    """Return the highest surprise (T, names) of an attempt up to its first alarm, which would have ended it."""
    highest = np.maximum.accumulate(surprise.max(axis=1))
    passed = np.flatnonzero(highest > limit)
    return float(highest[passed[0]] if passed.size else highest[-1])
