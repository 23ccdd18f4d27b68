"""Reliability growth, time between interventions and availability."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spinal.qualify import availability, crow_amsaa, mean_between


@pytest.mark.parametrize("shape", [0.4, 1.0, 1.5])
def test_the_growth_interval_covers_the_true_rate_at_sixty_interventions(shape: float) -> None:
    generator = np.random.default_rng(11)
    exposure, expected = 10_000.0, 60.0
    covered = []
    for _ in range(3000):
        n = generator.poisson(expected)
        fit = crow_amsaa(exposure * generator.random(n) ** (1.0 / shape), exposure)
        covered.append(fit.rate_low <= expected * shape / exposure <= fit.rate_high)
    assert 0.93 <= np.mean(covered) <= 0.965


def test_growth_by_hand() -> None:
    fit = crow_amsaa([100.0, 400.0], 1000.0)
    assert fit.shape == pytest.approx(2 / (math.log(10) + math.log(2.5)))
    assert fit.rate == pytest.approx(2 * fit.shape / 1000.0)
    assert fit.rate_high / fit.rate == pytest.approx(math.exp(1.959964), rel=1e-6)
    assert fit.mean_between == pytest.approx(1.0 / fit.rate)


@pytest.mark.parametrize(
    ("instants", "exposure"), [([], 1.0), ([1.0], 2.0), ([0.0, 1.0], 2.0), ([1.0, 3.0], 2.0), ([1.0, math.nan], 2.0)]
)
def test_what_no_curve_fits_is_refused(instants: list[float], exposure: float) -> None:
    with pytest.raises(ValueError, match="interventions"):
        crow_amsaa(instants, exposure)


def test_interventions_at_the_very_end_are_refused() -> None:
    with pytest.raises(ValueError, match="very end"):
        crow_amsaa([5.0, 5.0], 5.0)


def test_the_time_between_interventions_is_covered_from_below() -> None:
    generator = np.random.default_rng(12)
    for expected in (0.5, 5.0, 50.0):
        lower = [mean_between(int(n), 1000.0).lower for n in generator.poisson(expected, 4000)]
        assert np.mean(np.array(lower) > 1000.0 / expected) <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 4000)


def test_without_an_intervention_only_a_lower_bound_is_known() -> None:
    nothing = mean_between(0, 3000.0)
    assert math.isinf(nothing.mean)
    assert nothing.lower == pytest.approx(3000.0 / -math.log(0.05))


def test_availability_is_time_that_works() -> None:
    assert availability(900.0, 100.0) == pytest.approx(0.9)
    assert availability(math.inf, 100.0) == 1.0
    for between, repair in ((0.0, 1.0), (1.0, -1.0), (math.nan, 1.0)):
        with pytest.raises(ValueError, match="allowed"):
            availability(between, repair)


def test_an_exposure_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="exposure"):
        mean_between(0, 0.0)
