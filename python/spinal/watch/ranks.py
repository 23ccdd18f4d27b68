"""One scale for all scores: how rare a value is among attempts that went well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spinal.records import Float

TAIL_SHARE = 0.1
"""Share of attempts above which the tail is an exponential. Chosen by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """Turns values of S scores into surprise: -ln of the share of attempts whose worst value is at least so large.

    `table` (S, n) holds the worst value of each such attempt. Above `from_value` (S,), which `TAIL_SHARE` of them pass,
    the share falls by e every `scale` (S,), so that values that no attempt had are told apart. The map only rises, so
    the threshold's promise does not rest on it. Source: J. Pickands, Ann. Statist. 3 (1975), 119-131, shape 0.
    """

    table: Float
    from_value: Float
    scale: Float

    def surprise(self, values: Float) -> Float:
        """Return the surprise of each value (T, S); what cannot be known yet (NaN) is none, infinity is the largest."""
        shares = (self.table >= values[..., None]).mean(axis=2)
        beyond = np.maximum(values - self.from_value, 0.0) / self.scale
        surprise = beyond - np.log(np.maximum(shares, TAIL_SHARE))
        return np.where(np.isnan(values), 0.0, surprise)


def fit_ranks(worst: Float, scale_min: Float) -> Ranks:
    """Return the ranks among the worst values (n, S) of attempts; `scale_min` (S,): least differences that matter."""
    table = np.ascontiguousarray(worst.T)
    from_value = np.quantile(table, 1.0 - TAIL_SHARE, axis=1)
    is_beyond = table > from_value[:, None]
    beyond = np.where(is_beyond, table - from_value[:, None], 0.0).sum(axis=1) / np.maximum(is_beyond.sum(axis=1), 1)
    return Ranks(table=table, from_value=from_value, scale=np.maximum(beyond, scale_min))
