"""Exact bounds of a failure rate from independent trials, and how many trials a certificate needs."""

from __future__ import annotations

import math

from scipy.special import betaincinv

CONFIDENCE = 0.95
"""Of every one-sided bound of this package, if nothing else is said."""


def upper_bound(failures: float, trials: float, confidence: float = CONFIDENCE) -> float:
    """Return the one-sided upper bound of a failure rate; without trials nothing is known: 1.

    Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934), 404-413. Exact for independent trials. Both counts
    may be fractions, as effective sample sizes are.
    """
    if failures >= trials:
        return 1.0
    return float(betaincinv(failures + 1.0, trials - failures, confidence))


def lower_bound(failures: float, trials: float, confidence: float = CONFIDENCE) -> float:
    """Return the one-sided lower bound of a failure rate. Source: Clopper and Pearson (1934)."""
    if failures <= 0 or trials <= 0:
        return 0.0
    return float(betaincinv(failures, trials - failures + 1.0, 1.0 - confidence))


def trials_needed(failures: float, limit: float, confidence: float = CONFIDENCE) -> int:
    """Return the fewest independent trials whose upper bound is below `limit` with so many failures among them.

    0 failures below 0.1 % need 2 995. ValueError for a limit that no number of trials can show.
    """
    if not 0.0 < limit < 1.0:
        raise ValueError(f"limit is {limit}; allowed is a rate above 0 and below 1")
    low, high = math.floor(failures), math.ceil(failures) + 1
    while upper_bound(failures, high, confidence) >= limit:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if upper_bound(failures, middle, confidence) >= limit:
            low = middle
        else:
            high = middle
    return high
