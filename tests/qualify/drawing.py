"""Scenes drawn with a known failure rate and a known correlation of the picks in one scene."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from spinal.qualify.clusters import Counts

Family = Literal["beta", "bad-scenes"]


def draw_failures(
    generator: np.random.Generator, rate: float, icc: float, *, campaigns: int, scenes: int, picks: int, family: Family
) -> Counts:
    """Return failures (campaigns, scenes). `bad-scenes`: some scenes fail often and all others never."""
    size = (campaigns, scenes)
    if icc == 0.0:
        return generator.binomial(picks, rate, size)
    if family == "beta":
        spread = (1.0 - icc) / icc
        return generator.binomial(picks, generator.beta(rate * spread, (1.0 - rate) * spread, size))
    bad = icc + rate * (1.0 - icc)
    return generator.binomial(picks, bad * (generator.random(size) < rate / bad))


def distinct(drawn: Counts) -> Iterator[tuple[Counts, int]]:
    """Yield each campaign (scenes,) that differs from the others in more than order, and how often it was drawn."""
    rows, times = np.unique(np.sort(drawn, axis=1), axis=0, return_counts=True)
    yield from zip(rows, times.tolist(), strict=True)


def four_sigma(share: float, n: int) -> float:
    """Return the share that n draws do not exceed by chance (four standard errors)."""
    return share + 4.0 * float(np.sqrt(share * (1.0 - share) / n))
