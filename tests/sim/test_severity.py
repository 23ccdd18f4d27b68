"""A shift that is there in part lies between no shift and the declared one, and changes nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spinal.errors import SceneError
from spinal.sim.distribution import Axis, Distribution
from spinal.sim.scene import sample
from spinal.sim.severity import gradual_axes, with_severities


def test_only_shifts_that_move_real_numbers_can_be_there_in_part(lab: Distribution, deployment: Distribution) -> None:
    assert set(gradual_axes(deployment)) == {axis.name for axis in deployment.axes} - {"texture", "clutter"}
    assert gradual_axes(lab) == ()


def test_nothing_of_a_shift_is_the_scene_without_it(lab: Distribution, deployment: Distribution) -> None:
    none = with_severities(deployment, dict.fromkeys(gradual_axes(deployment), 0.0))
    assert none.ranges == lab.ranges
    for index in range(5):
        assert sample(none, 7, index).placements == sample(lab, 7, index).placements


@pytest.mark.parametrize(
    "axis", ["dim-light", "heavy", "camera", "sensor-noise", "gripper-wear", "novel-shapes", "latency"]
)
def test_all_of_a_shift_is_the_shift_as_declared(deployment: Distribution, axis: str) -> None:
    assert with_severities(deployment, {axis: 1.0}).ranges == deployment.shifted((deployment.axis_named(axis),))


def test_half_of_a_shift_lies_in_the_middle(deployment: Distribution) -> None:
    half = with_severities(deployment, {"dim-light": 0.5, "heavy": 0.0}).ranges
    assert half.light_level == pytest.approx(((0.92 + 0.30) / 2, (1.08 + 0.50) / 2))
    assert half.mass_scale == deployment.ranges.mass_scale


def test_of_a_group_only_the_shift_counts_that_is_there_most(deployment: Distribution) -> None:
    found = with_severities(deployment, {"slippery": 0.4, "dim-light": 0.3, "heavy": 0.6})
    assert found.ranges == with_severities(deployment, {"heavy": 0.6, "dim-light": 0.3}).ranges


def test_of_two_shifts_of_one_range_the_later_in_the_file_wins_as_far_as_it_is_there(deployment: Distribution) -> None:
    free = replace(deployment, axes=tuple(replace(axis, group=None) for axis in deployment.axes))
    light = Axis(name="light-goods", probability=0.1, replaced=(("mass_scale", (0.5, 0.6)),))
    free = replace(free, axes=(*free.axes, light))
    both = with_severities(free, {"light-goods": 1.0, "heavy": 1.0})
    assert both.ranges == free.shifted((free.axis_named("heavy"), light))
    hardly = with_severities(free, {"light-goods": 0.01, "heavy": 1.0}).ranges.mass_scale
    assert hardly == pytest.approx((0.99 * 4.0 + 0.01 * 0.5, 0.99 * 9.0 + 0.01 * 0.6))


@pytest.mark.parametrize(
    ("severities", "named"),
    [({"fog": 0.5}, "fog"), ({"texture": 0.5}, "texture"), ({"heavy": 1.1}, "1.1"), ({"heavy": float("nan")}, "nan")],
)
def test_what_is_no_severity_is_refused(deployment: Distribution, severities: dict[str, float], named: str) -> None:
    with pytest.raises(SceneError) as caught:
        with_severities(deployment, severities)
    assert named in str(caught.value)
    assert caught.value.allowed
