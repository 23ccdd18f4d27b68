"""Paired tests keep their level when picks of one scene fail together; slices hold all at once."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import draw_failures, four_sigma

from spinal.qualify import compare, judge_slices, scenes_of

PICKS = 20


def picks_of(failures: np.ndarray) -> np.ndarray:
    """Return one bool a pick from failures a scene."""
    return (np.arange(PICKS) < failures[:, None]).ravel()


def test_two_equal_policies_on_correlated_scenes_are_told_apart_one_time_in_twenty_by_scene_and_oftener_by_pick() -> (
    None
):
    generator = np.random.default_rng(8)
    where = np.repeat(np.arange(40), PICKS)
    drawn = [draw_failures(generator, 0.1, 0.3, campaigns=300, scenes=40, picks=PICKS, family="beta") for _ in range(2)]
    results = [compare(picks_of(a), picks_of(b), where) for a, b in zip(*drawn, strict=True)]
    assert np.mean([result.p_scenes <= 0.05 for result in results]) <= four_sigma(0.05, 300)
    assert np.mean([result.p_mcnemar <= 0.05 for result in results]) > 0.15


def test_a_better_policy_is_found() -> None:
    generator = np.random.default_rng(9)
    found = 0
    for _ in range(100):
        first = generator.random(2000) < 0.05
        second = first & (generator.random(2000) < 0.4)
        result = compare(first, second, np.repeat(np.arange(100), PICKS))
        assert result.difference_per_1000 < 0
        found += result.p_scenes < 0.05 and result.p_mcnemar < 0.05
    assert found > 95


def test_mcnemar_is_exact() -> None:
    first = np.array([True] * 5 + [False] * 5)
    result = compare(first, np.zeros(10, dtype=bool), np.arange(10))
    assert (result.only_first_failed, result.only_second_failed) == (5, 0)
    assert result.p_mcnemar == pytest.approx(2 * 0.5**5)
    assert result.p_scenes == pytest.approx(2 * 0.5**5)
    assert result.difference_per_1000 == -500.0


def test_policies_that_never_differ_are_not_told_apart() -> None:
    same = np.array([True, False, True])
    result = compare(same, same, np.arange(3))
    assert (result.p_mcnemar, result.p_scenes, result.difference_per_1000) == (1.0, 1.0, 0.0)


def test_what_is_not_paired_is_refused() -> None:
    with pytest.raises(ValueError, match="vectors of one length"):
        compare(np.zeros(3, dtype=bool), np.zeros(2, dtype=bool), np.arange(3))


def test_the_worst_slice_stands_first_and_the_published_sizes_are_enough() -> None:
    many = {f"slice {i}": scenes_of([0] * 528, 1) for i in range(10)}
    # Student's correction for 528 scenes makes it a little stricter than the 528 of independent trials.
    assert judge_slices(many, 0.0)[0].upper == pytest.approx(0.01, rel=0.02)
    assert judge_slices({f"slice {i}": scenes_of([0] * 5296, 1) for i in range(10)}, 0.0)[0].upper == pytest.approx(
        0.001, rel=0.01
    )
    many["slice 7"] = scenes_of([1] * 20 + [0] * 508, 1)
    worst = judge_slices(many, 0.0)[0]
    assert (worst.name, worst.failures) == ("slice 7", 20)
    assert worst.lower < 20 / 528 < worst.upper


def test_all_bounds_of_all_slices_hold_together() -> None:
    generator = np.random.default_rng(10)
    wrong = 0
    for _ in range(300):
        drawn = draw_failures(generator, 0.02, 0.1, campaigns=10, scenes=60, picks=PICKS, family="beta")
        results = judge_slices({str(i): scenes_of(row, PICKS) for i, row in enumerate(drawn)}, 0.2)
        wrong += any(result.upper < 0.02 for result in results)
    assert wrong / 300 <= four_sigma(0.05, 300)


def test_a_slice_without_scenes_is_not_known_at_all() -> None:
    assert judge_slices({"empty": scenes_of([], PICKS)}, 0.2)[0].upper == 1.0


def test_a_policy_that_fails_more_often_is_not_taken() -> None:
    scenes = np.arange(200)
    few, more = scenes < 10, scenes < 14
    assert compare(few, more, scenes).is_second_worse, "20 per 1000 more"
    assert not compare(more, few, scenes).is_second_worse
    assert not compare(few, few, scenes).is_second_worse
    assert not compare(few, scenes < 11, scenes).is_second_worse, "one pick in 200, which chance explains"
    many = np.arange(2000)
    assert compare(many < 10, many < 22, many).is_second_worse, "6 per 1000 more, which chance does not explain"


def test_policies_that_differ_in_one_scene_are_compared_and_chance_explains_it() -> None:
    scenes = np.arange(50)
    one = compare(scenes < 3, scenes < 4, scenes)
    assert (one.only_first_failed, one.only_second_failed) == (0, 1)
    assert one.p_scenes == one.p_mcnemar == 1.0
