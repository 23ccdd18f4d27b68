"""Scene-level bounds cover the truth when picks of one scene fail together; the bound by pick does not."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import Family, distinct, draw_failures, four_sigma

from spinal.qualify import (
    Scenes,
    any_correlation_bound,
    design_effect,
    intraclass_correlation,
    scene_bound,
    scenes_needed,
    scenes_of,
    upper_bound,
)

PICKS = 20
FAMILIES: tuple[Family, ...] = ("beta", "bad-scenes")
CAMPAIGNS = 500
COVERED = [
    (rate, scenes, icc, family)
    for rate, scenes in ((0.0005, 1000), (0.001, 1000), (0.001, 300), (0.003, 100), (0.01, 100), (0.05, 50), (0.3, 20))
    for icc in (0.0, 0.05, 0.2)
    for family in FAMILIES
]


def missed(
    rate: float, scenes: int, icc: float, family: Family, icc_max: float, campaigns: int = CAMPAIGNS
) -> tuple[float, float, float]:
    """Return how often the scene-level bound, the assumption-free one and the naive one were below the true rate."""
    generator = np.random.default_rng(7)
    drawn = draw_failures(generator, rate, icc, campaigns=campaigns, scenes=scenes, picks=PICKS, family=family)
    low = np.zeros(3)
    for failures, times in distinct(drawn):
        one = scenes_of(failures, PICKS)
        bound = scene_bound(one, icc_max)
        low += times * np.array([bound.upper < rate, any_correlation_bound(one) < rate, bound.naive_upper < rate])
    by_scene, free, naive = (low / campaigns).tolist()
    return by_scene, free, naive


@pytest.mark.parametrize(("rate", "scenes", "icc", "family"), COVERED)
def test_the_scene_level_bound_covers_the_truth(rate: float, scenes: int, icc: float, family: Family) -> None:
    by_scene, free, _ = missed(rate, scenes, icc, family, icc_max=0.2)
    assert by_scene <= four_sigma(0.05, CAMPAIGNS)
    assert free <= four_sigma(0.05, CAMPAIGNS)


def test_over_twenty_thousand_campaigns_of_rare_failures_the_scene_level_bound_misses_at_most_one_in_twenty() -> None:
    for family in FAMILIES:
        assert missed(0.0005, 500, 0.2, family, icc_max=0.2, campaigns=20_000)[0] <= 0.05


@pytest.mark.parametrize(("icc", "least"), [(0.05, 0.08), (0.2, 0.18)])
def test_the_bound_by_pick_misses_far_too_often(icc: float, least: float) -> None:
    assert missed(0.01, 300, icc, "beta", icc_max=0.2)[2] > least


def test_a_correlation_that_is_only_measured_is_not_enough_for_rare_failures() -> None:
    # Three failures a thousand in a hundred scenes, all in few scenes: most campaigns that see none claim too much.
    assert missed(0.003, 100, 0.2, "bad-scenes", icc_max=0.0)[0] > 0.15


@pytest.mark.parametrize("icc", [0.5, 1.0])
def test_scenes_that_fail_as_a_whole_are_covered_without_any_assumption(icc: float) -> None:
    generator = np.random.default_rng(5)
    for rate, scenes in ((0.002, 1000), (0.02, 100)):
        drawn = draw_failures(generator, rate, icc, campaigns=500, scenes=scenes, picks=PICKS, family="bad-scenes")
        free = whole = 0
        for failures, times in distinct(drawn):
            free += times * (any_correlation_bound(scenes_of(failures, PICKS)) < rate)
            whole += times * (scene_bound(scenes_of(failures, PICKS), 1.0).upper < rate)
        assert max(free, whole) / 500 <= four_sigma(0.05, 500)


def test_a_scene_of_one_pick_is_a_trial() -> None:
    scenes = scenes_of([0] * 97 + [1] * 3, 1)
    bound = scene_bound(scenes, 0.2)
    assert bound.design_effect == 1.0
    assert bound.upper == pytest.approx(upper_bound(3, 100), rel=0.02)


def test_the_correlation_is_estimated_without_bias() -> None:
    generator = np.random.default_rng(1)
    for icc in (0.0, 0.05, 0.2, 0.5):
        drawn = draw_failures(generator, 0.1, icc, campaigns=200, scenes=500, picks=PICKS, family="beta")
        estimates = [intraclass_correlation(scenes_of(row, PICKS)) for row in drawn]
        assert np.mean([one for one in estimates if one is not None]) == pytest.approx(icc, abs=0.01)
    assert intraclass_correlation(scenes_of([0, 0, 0], PICKS)) is None
    assert intraclass_correlation(scenes_of([0, 20, 20], PICKS)) == pytest.approx(1.0)


def test_the_design_effect_is_one_to_the_size_of_a_scene() -> None:
    scenes = scenes_of([0, 1, 2], PICKS)
    assert [design_effect(scenes, icc) for icc in (-0.1, 0.0, 0.2, 1.0)] == pytest.approx([1.0, 1.0, 4.8, 20.0])
    assert design_effect(Scenes(np.array([0, 0]), np.array([1, 3])), 1.0) == pytest.approx(2.5)


def test_more_correlation_than_declared_is_used_and_told() -> None:
    scenes = scenes_of([20] * 2 + [0] * 98, PICKS)
    bound = scene_bound(scenes, 0.1)
    assert bound.is_declaration_contradicted
    assert bound.icc_used == pytest.approx(1.0)
    assert bound.upper >= upper_bound(2, 100) * 0.999


def test_the_published_figures_without_failures() -> None:
    assert scene_bound(scenes_of([0] * 1000, PICKS), 0.0).upper == pytest.approx(3 / 20_000, rel=0.01)
    assert scene_bound(scenes_of([0] * 1000, PICKS), 0.2).upper == pytest.approx(3 * 4.8 / 20_000, rel=0.01)
    assert scene_bound(scenes_of([0] * 1000, PICKS), 1.0).upper == pytest.approx(3 / 1000, rel=0.01)
    assert 0.003 < any_correlation_bound(scenes_of([0] * 1000, PICKS)) < 0.0037


def test_the_scenes_needed_are_just_enough() -> None:
    for failures in ([0] * 10, [1] + [0] * 99, [0, 3, 1] + [0] * 500):
        scenes = scenes_of(failures, PICKS)
        more = scenes_needed(scenes, 0.001, 0.2)
        effect = scene_bound(scenes, 0.2).icc_used
        enough = scenes_of([*failures, *[0] * more], PICKS)
        short = scenes_of([*failures, *[0] * (more - 1)], PICKS)
        assert scene_bound(enough, effect).upper < 0.001 <= scene_bound(short, effect).upper
    assert scenes_needed(scenes_of([0] * 1000, PICKS), 0.001, 0.2) == 0


def test_impossible_counts_are_refused() -> None:
    for failures, picks in (([21], 20), ([-1], 20), ([0], 0), ([[0]], 1)):
        with pytest.raises(ValueError, match=r"scene|vectors"):
            scenes_of(failures, picks)
    with pytest.raises(ValueError, match=r"icc_max is 1\.5"):
        scene_bound(scenes_of([0], 20), 1.5)
    with pytest.raises(ValueError, match="vectors of one length"):
        Scenes(np.array([0]), np.array([1, 1]))


def test_without_scenes_nothing_is_known() -> None:
    nothing = scenes_of([], PICKS)
    assert scene_bound(nothing, 0.2).upper == 1.0
    assert any_correlation_bound(nothing) == 1.0
    assert scene_bound(scenes_of([0], PICKS), 0.2).upper > 0.9
