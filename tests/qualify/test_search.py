"""Falsification finds the mildest failure of a system whose weak spot is known, and says nothing when there is none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from spinal.qualify import search
from spinal.qualify.search import Outcomes, Severities

AXES = ("dark", "heavy", "noise", "tilt")


def weak(points: Sequence[Severities]) -> list[Outcomes]:
    """Fail when it is dark and heavy at once; the nearer, the less time is left."""
    found = []
    for point in points:
        slack = 1.1 - point["dark"] - point["heavy"]
        found.append((slack / 1.1, slack / 1.1) if slack > 0.0 else (-1.0, -1.0))
    return found


def sturdy(points: Sequence[Severities]) -> list[Outcomes]:
    return [(0.5,)] * len(points)


def test_the_weak_spot_is_found_and_reduced_to_the_shifts_that_it_needs() -> None:
    found = search(AXES, weak, evaluations=300, seed=3)
    assert found.mildest is not None
    needed = {axis: value for axis, value in found.mildest.severities.items() if value > 0.0}
    assert set(needed) == {"dark", "heavy"}
    assert 1.1 <= sum(needed.values()) < 1.35
    assert found.mildest.failures == 2


@pytest.mark.parametrize("evaluations", [1, 7, 40])
def test_no_more_points_are_tried_than_asked_for(evaluations: int) -> None:
    seen: list[object] = []
    found = search(AXES, weak, evaluations, seed=1, on_tried=seen.append)
    assert len(seen) == len(found.tried) <= evaluations
    assert found.tried[0].size == 0.0


def test_the_same_seed_searches_the_same() -> None:
    assert search(AXES, weak, 60, seed=5) == search(AXES, weak, 60, seed=5)
    assert search(AXES, weak, 60, seed=5) != search(AXES, weak, 60, seed=6)


def test_a_system_without_a_weak_spot_has_no_counterexample() -> None:
    found = search(AXES, sturdy, 60, seed=1)
    assert found.mildest is None
    assert all(0.0 <= value <= 1.0 for tried in found.tried for value in tried.severities.values())


def test_one_shift_alone_can_be_searched() -> None:
    found = search(("dark",), lambda points: [(0.5 - point["dark"],) for point in points], 60, seed=1)
    assert found.mildest is not None
    assert 0.5 < found.mildest.severities["dark"] < 0.7


def test_a_search_over_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        search((), sturdy, 10, seed=1)
