from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spinal.watch.ranks import fit_ranks
from spinal.watch.support import POINTS_MAX, fit_distance, fit_support, ledoit_wolf


def test_the_shrunk_covariance_is_that_of_its_definition() -> None:
    rows = np.random.default_rng(1).standard_normal((40, 6)) @ np.diag([1, 2, 3, 1, 1, 5])
    centred = rows - rows.mean(axis=0)
    sample = centred.T @ centred / 40
    scale = np.trace(sample) / 6
    spread = sum(float(np.square(np.outer(row, row) - sample).sum()) for row in centred) / 40**2
    share = min(spread / float(np.square(sample - scale * np.eye(6)).sum()), 1.0)
    _, covariance = ledoit_wolf(rows)
    np.testing.assert_allclose(covariance, (1 - share) * sample + share * scale * np.eye(6), rtol=1e-5, atol=1e-5)


def test_a_few_wide_rows_still_give_a_distance() -> None:
    rows = np.random.default_rng(2).standard_normal((30, 300)).astype(np.float32)
    distance = fit_distance(rows)
    assert np.isfinite(distance.of(rows)).all()
    assert distance.of(rows + 5.0).min() > distance.of(rows).max()


def test_the_distance_is_mahalanobis() -> None:
    rows = np.random.default_rng(3).standard_normal((500, 4)).astype(np.float32)
    mean, covariance = ledoit_wolf(rows)
    new = np.random.default_rng(4).standard_normal((5, 4))
    expected = [np.sqrt((one - mean) @ np.linalg.solve(covariance, one - mean)) for one in new]
    np.testing.assert_allclose(fit_distance(rows).of(new), expected, rtol=1e-4)


def test_a_constant_embedding_has_a_distance_too() -> None:
    rows = np.ones((50, 5), np.float32)
    assert fit_distance(rows).of(rows).max() == 0.0
    assert fit_distance(rows).of(rows + 1.0).min() > 0.0


def test_support_is_complete_where_the_policy_has_been_and_none_far_away_or_between() -> None:
    generator = np.random.default_rng(5)
    angle = generator.uniform(0, 2 * np.pi, 2000)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.02 * generator.standard_normal((2000, 2))
    support = fit_support(ring.astype(np.float32))
    assert len(support.points) <= POINTS_MAX
    on_ring = support.of(np.array([[1.0, 0.0], [0.0, -1.0]], np.float32))
    elsewhere = support.of(np.array([[4.0, 4.0], [-9.0, 0.0]], np.float32))
    assert on_ring.max() < 0.1
    assert elsewhere.min() > 0.9
    assert ((support.of(ring.astype(np.float32)) >= -1e-4) & (support.of(ring.astype(np.float32)) <= 1.0)).all()


@given(
    table=arrays(np.float64, st.tuples(st.integers(1, 60), st.just(2)), elements=st.floats(0, 1e6)),
    values=arrays(np.float64, (20, 2), elements=st.floats(0, 1e7)),
)
def test_surprise_never_falls_with_the_score(table: np.ndarray, values: np.ndarray) -> None:
    surprise = fit_ranks(table, np.full(2, 0.1)).surprise(np.sort(values, axis=0))
    assert (np.diff(surprise, axis=0) >= -1e-9).all()
    assert (surprise >= 0.0).all()


def one_score(table: np.ndarray, scale_min: float, values: list[float]) -> list[float]:
    ranks = fit_ranks(table[:, None], np.array([scale_min]))
    return [float(value) for value in ranks.surprise(np.array(values)[:, None])[:, 0]]


def test_surprise_is_minus_ln_of_the_share_that_reaches_it() -> None:
    found = one_score(np.arange(100.0), 0.1, [0.0, 50.0, 80.0])
    assert found == [0.0, -np.log(0.5), -np.log(0.2)]


def test_not_known_is_no_surprise_and_infinity_is_the_largest() -> None:
    unknown, beyond, infinite = one_score(np.arange(100.0), 0.1, [np.nan, 150.0, np.inf])
    assert unknown == 0.0
    assert beyond > -np.log(0.1)
    assert infinite == np.inf


def test_what_never_varied_is_still_told_apart() -> None:
    none, once, twice = one_score(np.zeros(50), 0.5, [0.0, 1.0, 2.0])
    assert none == 0.0 < once < twice
