"""Subset simulation estimates what is far too rare to be met by trying, says how surely, and does the same again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from spinal.qualify import Outcomes, Rare, Severities, estimate_rarity

NAMES = ("a", "b", "c")


class Plane:
    """Picks that fail beyond a plane at this distance from the middle: with probability Phi(-distance)."""

    def __init__(self, distance: float) -> None:
        self.distance = distance
        self.tried = 0

    def __call__(self, points: Sequence[Severities]) -> list[Outcomes]:
        self.tried += len(points)
        return [(self._margin([float(ndtri(point[name])) for name in NAMES]),) for point in points]

    def _margin(self, z: list[float]) -> float:
        left = self.distance - sum(z) / math.sqrt(len(z))
        return max(left, 0.0) if left > 0.0 else -1.0


def estimates(distance: float, points: int, runs: int) -> list[Rare]:
    return [estimate_rarity(NAMES, Plane(distance), points, seed) for seed in range(runs)]


@pytest.mark.parametrize("distance", [1.0, 2.5, 3.5])
def test_the_estimate_is_right_in_the_mean_and_its_variation_is_that_of_repetitions(distance: float) -> None:
    truth, found = float(ndtr(-distance)), estimates(distance, 400, 40)
    probabilities = np.array([one.probability for one in found])
    spread = float(probabilities.std(ddof=1) / truth)
    assert abs(probabilities.mean() / truth - 1.0) < 4.0 * spread / math.sqrt(len(found)) + 0.1
    told = fmean(one.variation for one in found)
    assert 0.5 * spread < told < 1.6 * spread
    assert sum(one.low <= truth <= one.high for one in found) >= 0.75 * len(found)


def test_it_needs_far_fewer_points_than_trying_would() -> None:
    plane = Plane(3.5)
    found = estimate_rarity(NAMES, plane, 400, seed=1)
    by_trying = 1.0 / (float(ndtr(-3.5)) * found.variation**2)
    assert plane.tried == len(found.tried) < 0.15 * by_trying
    assert len(found.failed) > 20
    assert list(found.levels) == sorted(found.levels, reverse=True)
    assert found.is_reached


def test_the_same_seed_asks_the_same_and_no_point_is_tried_twice() -> None:
    first, second = (estimate_rarity(NAMES, Plane(2.0), 60, seed=7) for _ in range(2))
    assert first == second
    assert len({tuple(one.severities.values()) for one in first.tried}) == len(first.tried)


def test_what_never_happens_is_told_as_not_reached() -> None:
    found = estimate_rarity(NAMES, Plane(40.0), 40, seed=2)
    assert not found.is_reached
    assert found.failed == ()
    assert (found.low, found.high) == (0.0, 1.0)


def test_what_always_happens_has_probability_one() -> None:
    found = estimate_rarity(NAMES, Plane(-40.0), 40, seed=2)
    assert found.probability == 1.0
    assert 0.85 < found.low < found.high == 1.0


@pytest.mark.parametrize(("names", "points"), [((), 100), (NAMES, 3)])
def test_a_wrong_call_is_refused(names: tuple[str, ...], points: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        estimate_rarity(names, Plane(1.0), points, seed=1)
