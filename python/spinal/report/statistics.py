"""The few statistics of the report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`successes` of `n`, with the two-sided 95 % interval; without trials nothing is known: 0..1."""

    successes: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """Return the share, NaN without trials."""
        return self.successes / self.n if self.n else math.nan


def rate(successes: int, n: int, confidence: float = CONFIDENCE) -> Rate:
    """Return the share of successes with its exact interval.

    Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934), 404-413. It covers the true rate at least as often as
    it says if the trials are independent.
    """
    tail = (1.0 - confidence) / 2.0
    low = float(betaincinv(successes, n - successes + 1, tail)) if successes > 0 else 0.0
    high = float(betaincinv(successes + 1, n - successes, 1.0 - tail)) if successes < n else 1.0
    return Rate(successes=successes, n=n, low=low, high=high)


def quantile(values: Sequence[float], share: float) -> float | None:
    """Return the value that `share` of all values do not exceed, None without values."""
    if not values:
        return None
    return float(np.quantile(np.asarray(values, dtype=np.float64), share, method="inverted_cdf"))
