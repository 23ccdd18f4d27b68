"""One scale for all scores: how rare a value is among attempts that went well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spinal.records import Float

TAIL_SHARE = 0.1
"""Share of attempts above which the tail is an exponential. Chosen by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """Turns values of one score into surprise: -ln of the share of attempts whose worst value is at least so large.

    `table` (n,) holds the worst value of each such attempt, sorted. Above `from_value`, which `TAIL_SHARE` of them
    pass, the share falls by e every `scale`, so that values that no attempt had are told apart. The map only rises,
    so the threshold's promise does not rest on it. Source: J. Pickands, Ann. Statist. 3 (1975), 119-131, shape 0.
    """

    table: Float
    from_value: float
    scale: float

    def surprise(self, values: Float) -> Float:
        """Return the surprise of each value; what cannot be known yet (NaN) is no surprise, infinity is the largest."""
        count = len(self.table)
        at_least = count - np.searchsorted(self.table, values, side="left")
        shares = np.maximum(at_least / count, TAIL_SHARE)
        beyond = np.maximum(values - self.from_value, 0.0) / self.scale
        return np.where(np.isnan(values), 0.0, -np.log(shares) + beyond)


def fit_ranks(worst: Float, scale_min: float) -> Ranks:
    """Return the ranks among the worst values (n,) of one score; `scale_min` is the least difference that matters."""
    table = np.sort(worst)
    from_value = float(np.quantile(table, 1.0 - TAIL_SHARE))
    beyond = table[table > from_value] - from_value
    scale = float(beyond.mean()) if beyond.size else 0.0
    return Ranks(table=table, from_value=from_value, scale=max(scale, scale_min))
