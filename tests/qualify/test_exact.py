"""Exact bounds: their definition, their borders, and how many trials a certificate needs."""

from __future__ import annotations

import math

import pytest

from spinal.qualify import lower_bound, trials_needed, upper_bound


@pytest.mark.parametrize(("failures", "trials"), [(0, 1), (0, 2995), (4, 10_000), (12, 20_000), (7, 20)])
def test_the_upper_bound_is_the_rate_that_makes_so_few_failures_a_one_in_twenty_event(
    failures: int, trials: int
) -> None:
    rate = upper_bound(failures, trials)
    tail = sum(math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(failures + 1))
    assert tail == pytest.approx(0.05, rel=1e-6)


@pytest.mark.parametrize(("failures", "trials"), [(1, 1), (7, 20), (20, 20)])
def test_the_lower_bound_is_the_upper_bound_of_the_other_side(failures: int, trials: int) -> None:
    assert lower_bound(failures, trials) == pytest.approx(1.0 - upper_bound(trials - failures, trials), rel=1e-9)


def test_without_trials_nothing_is_known() -> None:
    assert (lower_bound(0, 0), upper_bound(0, 0)) == (0.0, 1.0)
    assert (lower_bound(0, 10), upper_bound(10, 10)) == (0.0, 1.0)


@pytest.mark.parametrize(("failures", "trials"), [(0, 2995), (4, 9150), (12, 19_439)])
def test_the_trials_needed_are_just_enough(failures: int, trials: int) -> None:
    needed = trials_needed(failures, 0.001)
    assert upper_bound(failures, needed) < 0.001 <= upper_bound(failures, needed - 1)
    assert needed == pytest.approx(trials, abs=5)


@pytest.mark.parametrize("limit", [0.0, 1.0, -0.1, math.nan, math.inf])
def test_a_limit_that_nothing_can_show_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="limit is"):
        trials_needed(0, limit)
