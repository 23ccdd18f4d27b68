"""The e-process may be looked at after every pick or scene and still errs at most one time in twenty."""

from __future__ import annotations

import math

import numpy as np
import pytest
from drawing import draw_failures, four_sigma

from spinal.qualify import Evidence, beta_mixture, evidence_of, scenes_of
from spinal.qualify.sequential import PRIOR


def ever_certified(failures: np.ndarray, picks: int, limit: float) -> float:
    """Return the share of campaigns (campaigns, scenes) that were certified at any time, looked at after each scene."""
    evidence = Evidence(limit)
    capital = np.zeros((len(failures), len(evidence._bets)))
    crossed = np.zeros(len(failures), dtype=bool)
    for column in failures.T:
        gains = 1.0 + np.outer(limit - column / picks, evidence._bets)
        capital += np.log(np.maximum(gains, 1e-300))
        crossed |= np.logaddexp.reduce(capital + evidence._log_weights, axis=1) >= math.log(20.0)
    return float(crossed.mean())


def test_continuous_peeking_at_single_picks_errs_at_most_one_time_in_twenty() -> None:
    generator = np.random.default_rng(2)
    drawn = generator.random((1500, 3000)) < 0.01
    assert ever_certified(drawn.astype(np.int64), 1, 0.01) <= four_sigma(0.05, 1500)


@pytest.mark.parametrize("icc", [0.0, 0.2, 1.0])
def test_continuous_peeking_at_scenes_errs_at_most_one_time_in_twenty(icc: float) -> None:
    generator = np.random.default_rng(4)
    drawn = draw_failures(generator, 0.01, icc, campaigns=1500, scenes=1200, picks=20, family="bad-scenes")
    assert ever_certified(drawn, 20, 0.01) <= four_sigma(0.05, 1500)


def test_a_naive_bound_that_is_peeked_at_errs_much_more_often() -> None:
    # What the e-process is for: the same looks at the exact bound of a fixed size certify a bad policy far too often.
    from spinal.qualify import trials_needed

    generator = np.random.default_rng(2)
    sums = (generator.random((1500, 6000)) < 0.01).cumsum(axis=1)
    needed = {s: trials_needed(s, 0.01) for s in range(61)}
    wrong = [any(n <= 6000 and row[n - 1] <= s for s, n in needed.items()) for row in sums]
    assert float(np.mean(wrong)) > 0.15


def test_clean_trials_certify_a_rate_below_one_in_a_thousand_after_about_3500() -> None:
    evidence = Evidence(0.001)
    while not evidence.has_certified():
        evidence.add(0)
    assert 3000 < evidence.scenes < 3900


def test_a_policy_that_fails_a_fifth_as_often_is_mostly_certified_within_four_times_the_clean_trials() -> None:
    generator = np.random.default_rng(6)
    drawn = generator.random((500, 1200)) < 0.01 * 0.2
    assert ever_certified(drawn.astype(np.int64), 1, 0.01) > 0.8


@pytest.mark.parametrize(("failures", "trials"), [(0, 10), (0, 3500), (1, 5000), (9, 900)])
def test_the_closed_form_for_single_trials_agrees(failures: int, trials: int) -> None:
    limit = 0.01
    scenes = scenes_of([1] * failures + [0] * (trials - failures), 1)
    closed = beta_mixture(failures, trials, limit, PRIOR / limit)
    assert evidence_of(scenes, limit).e_value == pytest.approx(closed, rel=1e-6)


def test_what_certified_once_stays_certified() -> None:
    evidence = Evidence(0.01)
    for _ in range(400):
        evidence.add(0, 20)
    assert evidence.has_certified()
    for _ in range(40):
        evidence.add(20, 20)
    assert evidence.e_value < 1.0
    assert evidence.has_certified()


@pytest.mark.parametrize("limit", [0.0, 1.0, math.nan])
def test_a_limit_that_nothing_can_show_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="limit is"):
        Evidence(limit)


def test_impossible_counts_are_refused() -> None:
    for failures, picks in ((2, 1), (-1, 1), (0, 0)):
        with pytest.raises(ValueError, match="failures of"):
            Evidence(0.01).add(failures, picks)
