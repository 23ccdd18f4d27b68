from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moments import CAMERAS, SKUS, attempts
from scipy.special import betainc
from scipy.stats import binomtest

from spinal.errors import EvidenceError
from spinal.watch import Parts, Promise, conformal_rank, fit_monitor, threshold

DRAWS = 20_000


@pytest.mark.parametrize(
    ("promise", "needed"),
    [
        (Promise(mode="pac", alpha=0.05), 59),
        (Promise(mode="pac", alpha=0.01), 299),
        (Promise(mode="pac", alpha=0.001), 2995),
        (Promise(mode="marginal", alpha=0.05), 19),
        (Promise(mode="marginal", alpha=0.1), 9),
        (Promise(mode="marginal", alpha=0.01), 99),
    ],
)
def test_one_attempt_too_few_is_refused_with_the_number_that_is_needed(promise: Promise, needed: int) -> None:
    assert conformal_rank(needed, promise) == needed
    assert conformal_rank(needed - 1, promise) is None
    with pytest.raises(EvidenceError, match="slice 'tea'") as told:
        threshold(np.arange(needed - 1.0), promise, "slice 'tea'")
    assert f"at least {needed}" in str(told.value)
    assert threshold(np.arange(float(needed)), promise, "").value == needed - 1


@pytest.mark.parametrize("count", [10, 20, 50])
def test_on_average_no_more_false_alarms_than_promised_where_a_plain_quantile_has_more(count: int) -> None:
    alpha = 0.1 if count < 19 else 0.05
    generator = np.random.default_rng(count)
    rank = conformal_rank(count, Promise(mode="marginal", alpha=alpha))
    assert rank is not None
    seen, new = generator.random((DRAWS, count)), generator.random(DRAWS)
    exact = int((new > np.sort(seen, axis=1)[:, rank - 1]).sum())
    plain = int((new > np.quantile(seen, 1.0 - alpha, axis=1)).sum())
    assert binomtest(exact, DRAWS, alpha, alternative="greater").pvalue > 0.01, f"{exact / DRAWS:.4f}, seed {count}"
    assert binomtest(plain, DRAWS, alpha, alternative="greater").pvalue < 1e-6, f"{plain / DRAWS:.4f}, seed {count}"


def test_the_exact_rank_is_not_rounded_up_by_the_last_bit() -> None:
    for count in (19, 39, 59, 79, 99, 119):
        assert conformal_rank(count, Promise(mode="marginal", alpha=0.05)) == (count + 1) * 19 // 20


@pytest.mark.parametrize("count", [59, 100, 240])
def test_nineteen_calibrations_of_twenty_keep_the_promised_rate(count: int) -> None:
    promise = Promise(mode="pac", alpha=0.05, confidence=0.95)
    rank = conformal_rank(count, promise)
    assert rank is not None
    generator = np.random.default_rng(count)
    # The rate of a threshold at a uniform order statistic is known exactly: what lies above it.
    rates = 1.0 - np.sort(generator.random((DRAWS, count)), axis=1)[:, rank - 1]
    broken = int((rates > promise.alpha).sum())
    assert binomtest(broken, DRAWS, 1.0 - promise.confidence, alternative="greater").pvalue > 0.01, broken / DRAWS
    if rank > 1:
        # One rank lower would break it: the threshold is not higher than it must be.
        assert betainc(rank - 1, count + 2 - rank, 1.0 - promise.alpha) > 1.0 - promise.confidence


@given(
    count=st.integers(1, 4000),
    alpha=st.floats(0.001, 0.5),
    confidence=st.floats(0.5, 0.999),
)
def test_a_confident_threshold_is_never_below_the_average_one(count: int, alpha: float, confidence: float) -> None:
    confident = conformal_rank(count, Promise(mode="pac", alpha=alpha, confidence=confidence))
    average = conformal_rank(count, Promise(mode="marginal", alpha=alpha))
    if confident is not None and average is not None and confidence > 0.75:
        assert confident >= average - 1
    for rank in (confident, average):
        assert rank is None or 1 <= rank <= count


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1, math.nan])
def test_an_impossible_rate_is_refused(alpha: float) -> None:
    with pytest.raises(EvidenceError, match="alpha"):
        Promise(alpha=alpha)


def test_answers_that_are_not_finite_give_no_threshold_that_never_alarms() -> None:
    with pytest.raises(EvidenceError, match="not finite"):
        threshold([math.inf] * 80, Promise(), "all")


def test_every_slice_needs_its_own_attempts() -> None:
    parts = Parts(
        fit=attempts(40, 1), rank=attempts(40, 2), threshold=attempts(100, 3), held_out=attempts(20, 4)
    )  # 50 attempts for each of two slices; a confident 5 % needs 59
    with pytest.raises(EvidenceError, match="slice 'soap'") as told:
        fit_monitor(CAMERAS, parts, Promise(), SKUS)
    assert "59" in str(told.value)
    assert set(fit_monitor(CAMERAS, parts, Promise(mode="marginal"), SKUS).thresholds) == {"soap", "tea"}
    assert set(fit_monitor(CAMERAS, parts, Promise(), dict.fromkeys(SKUS, "all")).thresholds) == {"all"}


def test_the_whole_monitor_keeps_its_rate_over_scores_and_time() -> None:
    promise = Promise(mode="marginal", alpha=0.1)
    alarms = total = 0
    for seed in range(100, 130, 5):
        parts = Parts(
            fit=attempts(40, seed), rank=attempts(40, seed + 1), threshold=attempts(99, seed + 2), held_out=[]
        )
        fitted = fit_monitor(CAMERAS, parts, promise, dict.fromkeys(SKUS, "all"))
        new = attempts(200, seed + 4)
        alarms += sum(float(fitted.scores.of(one).max()) > fitted.thresholds["all"].value for one in new)
        total += len(new)
    # Each calibration has a rate of its own, so that alarms of one go together: sd of its rate 0.03.
    assert abs(alarms / total - promise.alpha) < 3.0 * 0.03 / math.sqrt(6) + 3.0 * math.sqrt(0.09 / total)
