"""From calibration attempts to a threshold with a promise, or to the number of attempts that the promise needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import betainc

from spinal.errors import EvidenceError
from spinal.records import Float

Mode = Literal["marginal", "pac"]
"""What a false-alarm rate is promised for: on average over calibrations, or for this one with a confidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """At most `alpha` of the attempts that go well raise an alarm: see `Mode`. `confidence` is used by "pac" only."""

    mode: Mode = "pac"
    alpha: float = 0.05
    confidence: float = 0.95

    def __post_init__(self) -> None:
        """Raise an EvidenceError for numbers that promise nothing."""
        for name in ("alpha", "confidence"):
            value = getattr(self, name)
            if not 0.0 < value < 1.0:
                raise EvidenceError(f"the {name} of a calibration is impossible", value=value, allowed="0 < x < 1")

    @property
    def needed(self) -> int:
        """Return the fewest calibration attempts that can give a threshold: 19 or 59 for 5 %.

        Source: V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random World (2005), sec. 2.2; V. Vovk,
        "Conditional validity of inductive conformal predictors", ACML 2012, proposition 2a.
        """
        if self.mode == "marginal":
            return math.ceil(1.0 / self.alpha - 1e-9) - 1
        return math.ceil(math.log(1.0 - self.confidence) / math.log(1.0 - self.alpha) - 1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Alarm above `value`: the `rank`-th smallest of the sorted `worst` (n,), one for each calibration attempt."""

    value: float
    rank: int
    worst: Float

    def p_value(self, surprise: float) -> float:
        """Return the share of attempts, this one counted, that were at least as surprising."""
        at_least = len(self.worst) - int(np.searchsorted(self.worst, surprise, side="left"))
        return (1.0 + at_least) / (1.0 + len(self.worst))


def conformal_rank(count: int, promise: Promise) -> int | None:
    """Return the rank, from 1, of the threshold among `count` calibration attempts; None when there are too few.

    Marginal: ceil((n + 1)(1 - alpha)) (Vovk, Gammerman, Shafer 2005). PAC: the lowest rank k for which the share of
    attempts below it, Beta(k, n + 1 - k), is below 1 - alpha with probability 1 - confidence at most (Vovk 2012).
    """
    if count < promise.needed:
        return None
    if promise.mode == "marginal":
        # An exact product such as 20 * 0.95 must not be rounded up for its last bit.
        return min(math.ceil((count + 1) * (1.0 - promise.alpha) - 1e-9), count)
    ranks = np.arange(1, count + 1)
    enough = betainc(ranks, count + 1 - ranks, 1.0 - promise.alpha) <= 1.0 - promise.confidence + 1e-12
    return int(ranks[np.argmax(enough)])


def threshold(worst: Sequence[float] | Float, promise: Promise, where: str) -> Threshold:
    """Return the threshold over the worst surprise of each calibration attempt; EvidenceError when they are too few.

    `where` says in the message which attempts these are.
    """
    ordered = np.sort(np.asarray(worst, np.float64))
    rank = conformal_rank(len(ordered), promise)
    if rank is None:
        said = f"{promise.mode}, alpha {promise.alpha:g}"
        if promise.mode == "pac":
            said += f", confidence {promise.confidence:g}"
        raise EvidenceError(
            f"too few calibration attempts that went well for a threshold: {where}",
            value=len(ordered),
            allowed=f"at least {promise.needed} ({said})",
            next_step="run more --episodes, take --mode marginal or a larger --alpha, or --pooled for one threshold "
            "over all slices",
        )
    if not np.isfinite(ordered[rank - 1]):
        raise EvidenceError(
            f"no threshold can be set, because too many calibration attempts gave answers that are not finite: {where}",
            value=int(np.isinf(ordered).sum()),
            allowed=f"at most {len(ordered) - rank} of {len(ordered)}",
            next_step="mend the policy's network",
        )
    return Threshold(value=float(ordered[rank - 1]), rank=rank, worst=ordered)
