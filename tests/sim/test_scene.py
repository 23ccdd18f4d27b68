"""A scene is a pure function of (distribution, seed, index, axis)."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import Field, fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp

from spinal.sim import layout
from spinal.sim.distribution import Distribution
from spinal.sim.physics import OWN
from spinal.sim.products import SKUS, bodies, product_named
from spinal.sim.scene import Scene, free_shares, sample

INDEX = st.integers(0, 2**31 - 1)


def product_of(body: str) -> str:
    return body.rsplit("-", 1)[0]


def test_the_same_arguments_give_the_same_scene(deployment: Distribution) -> None:
    before = [sample(deployment, 3, index) for index in range(20)]
    after = [sample(deployment, 3, index) for index in reversed(range(20))]
    assert before == after[::-1]


def test_seeds_and_indices_give_different_scenes(lab: Distribution) -> None:
    scenes = [sample(lab, seed, index) for seed in range(4) for index in range(10)]
    assert len({scene.placements for scene in scenes}) == len(scenes)


@settings(max_examples=60, deadline=None)
@given(seed=INDEX, index=INDEX)
def test_a_lab_scene_keeps_to_the_declared_ranges(lab: Distribution, seed: int, index: int) -> None:
    scene, ranges = sample(lab, seed, index), lab.ranges
    names = [placement.body for placement in scene.placements]
    assert ranges.objects[0] <= len(names) <= ranges.objects[1]
    assert len(set(names)) == len(names)
    assert set(names) <= {name for name, _ in bodies()}
    assert scene.sku in {product_of(name) for name in names}
    assert scene.axes == ()
    assert scene.tote_surface in ranges.tote_surface
    for placement in scene.placements:
        assert ranges.mass_scale[0] <= placement.mass_scale <= ranges.mass_scale[1]
        assert ranges.friction[0] <= placement.friction <= ranges.friction[1]
        assert math.isclose(math.hypot(*placement.quaternion), 1.0)
        reach = product_named(product_of(placement.body)).radius_m
        x, y, z = placement.position_m
        assert abs(x - layout.SOURCE_M[0]) + reach <= layout.TOTE_HALF_M[0]
        assert abs(y - layout.SOURCE_M[1]) + reach <= layout.TOTE_HALF_M[1]
        assert z > 0.0


@settings(max_examples=60, deadline=None)
@given(seed=INDEX, index=INDEX)
def test_in_the_lab_nothing_is_dropped_onto_the_ordered_object(lab: Distribution, seed: int, index: int) -> None:
    scene = sample(lab, seed, index)
    ordered, *others = scene.placements
    assert product_of(ordered.body) == scene.sku
    reach = product_named(scene.sku).radius_m
    for other in others:
        apart = math.dist(ordered.position_m[:2], other.position_m[:2])
        assert apart > reach + product_named(product_of(other.body)).radius_m


def test_every_sku_is_ordered_about_equally_often(lab: Distribution) -> None:
    counts = dict.fromkeys(SKUS, 0)
    for index in range(600):
        counts[sample(lab, 0, index).sku] += 1
    assert all(70 <= count <= 130 for count in counts.values()), counts


def test_an_order_can_be_fixed(lab: Distribution) -> None:
    for sku in SKUS:
        assert sample(lab, 5, 5, sku=sku).sku == sku


# What a scene with that axis alone differs in from the lab's scene of the same number.
SHIFTS = {
    "dim-light": {"light_rgb"},
    "warm-light": {"light_rgb"},
    "raking-light": {"light_direction"},
    "texture": {"tote_surface"},
    "camera": {"wrist_camera", "top_camera"},
    "clutter": {"placements"},
    "heavy": {"placements"},
    "slippery": {"placements"},
    "porous": {"placements"},
    "gripper-wear": {"suction_force_n", "lip_leak"},
    "novel-shapes": {"placements"},
    "latency": {"latency_add_s"},
    "repainted": {"placements"},
    "sensor-noise": {"image_noise", "vacuum_noise", "scale_noise_kg"},
}


def differences(a: Scene, b: Scene) -> set[str]:
    b = replace(b, distribution=a.distribution, version=a.version, axes=a.axes)
    return {name for name in Scene.__slots__ if getattr(a, name) != getattr(b, name)}


def test_picks_of_one_scene_share_site_and_sensors_and_differ_in_their_objects(deployment: Distribution) -> None:
    for index in range(40):
        first, second = sample(deployment, 3, index), sample(deployment, 3, index, pick=1)
        own = {"pick", "sku", "placements", "noise_seed"}
        assert differences(first, second) - own == set()
        assert first.placements != second.placements
        assert first.noise_seed != second.noise_seed
        assert first == sample(deployment, 3, index, pick=0)


def test_no_pick_of_a_scene_is_the_first_pick_of_another(lab: Distribution) -> None:
    scenes = [sample(lab, 5, index, pick=pick) for index in range(8) for pick in range(8)]
    assert len({scene.placements for scene in scenes}) == len(scenes)


def test_every_axis_of_the_shipped_deployment_is_tested(deployment: Distribution) -> None:
    assert set(SHIFTS) == {axis.name for axis in deployment.axes}


@pytest.mark.parametrize("axis", SHIFTS)
def test_an_axis_alone_changes_nothing_but_itself(lab: Distribution, deployment: Distribution, axis: str) -> None:
    for index in range(5):
        with_axis, without = sample(deployment, 7, index, axis), sample(lab, 7, index)
        assert with_axis.axes == (axis,)
        assert differences(with_axis, without) == SHIFTS[axis]


def test_shares_take_the_place_of_draws_and_leave_all_else(lab: Distribution, deployment: Distribution) -> None:
    for index in range(20):
        scene = sample(deployment, 3, index)
        told = {f"axis {axis.name}": 0.0 if axis.name in scene.axes else 1.0 for axis in deployment.axes}
        assert sample(deployment, 3, index, shares=told) == scene
    worn = sample(deployment, 3, 0, shares={**dict.fromkeys(told, 1.0), "axis gripper-wear": 0.0, "lip_leak": 0.25})
    assert worn.axes == ("gripper-wear",)
    low, high = dict(deployment.axis_named("gripper-wear").replaced)["lip_leak"]
    assert worn.lip_leak == pytest.approx(low + 0.25 * (high - low))
    assert differences(worn, sample(deployment, 3, 0, "gripper-wear")) == {"lip_leak"}


def test_uniform_shares_give_the_declared_distribution(deployment: Distribution) -> None:
    names, count = free_shares(deployment), 2000
    assert {"axis heavy", "lip_leak", "light_level"} <= set(names)
    generator = np.random.default_rng(4)
    scenes = [
        sample(deployment, 3, index, shares=dict(zip(names, generator.random(len(names)), strict=True)))
        for index in range(count)
    ]
    for axis in deployment.axes:
        share = sum(axis.name in scene.axes for scene in scenes) / count
        assert abs(share - axis.probability) < 4.0 * math.sqrt(axis.probability * (1.0 - axis.probability) / count)
    plain = [sample(deployment, 5, index) for index in range(count)]
    for value in (lambda scene: scene.light_rgb[0], lambda scene: scene.image_noise, lambda scene: scene.latency_add_s):
        assert ks_2samp([value(one) for one in scenes], [value(one) for one in plain]).pvalue > 1e-4


LATER = {"version", "proportions", "lip_leak", "latency_add_s", "physics"}
"""What scenes of the first version of the lab did not have."""


def as_in_version_1(value: object) -> object:
    if is_dataclass(value):
        return [[field.name, as_in_version_1(getattr(value, field.name))] for field in by_name(value)]
    if isinstance(value, tuple):
        return [as_in_version_1(entry) for entry in value]
    return f"{value:.9e}" if isinstance(value, float) else value


def by_name(record: Any) -> list[Field[Any]]:
    return sorted((field for field in fields(record) if field.name not in LATER), key=lambda field: field.name)


def test_the_lab_means_what_it_meant_when_the_policy_was_taught(lab: Distribution) -> None:
    scenes = [sample(lab, seed, index, pick=pick) for seed in (3, 2_000) for index in range(20) for pick in range(2)]
    text = json.dumps([as_in_version_1(scene) for scene in scenes])
    assert hashlib.sha256(text.encode()).hexdigest() == (
        "f78380e7aad1cb363c99c6a070bf7a2359065c6ba52b2e1c57d1ddf496083694"
    )
    for scene in scenes:
        assert (scene.lip_leak, scene.latency_add_s) == (0.0, 0.0)
        assert scene.physics == OWN
        assert {placement.proportions for placement in scene.placements} == {(1.0, 1.0, 1.0)}


def test_a_typical_scene_of_the_deployment_has_one_or_two_shifts(deployment: Distribution) -> None:
    counts = [len(sample(deployment, 13, index).axes) for index in range(600)]
    assert 1.0 <= sum(counts) / len(counts) <= 2.0
    assert sum(count in (1, 2) for count in counts) > len(counts) / 2


GRIP = {"heavy", "slippery", "porous", "gripper-wear"}
VENTED_TO_EVACUATED = 10.0
"""How much faster an open lip vents the cup than the ejector empties it (crates/plant/src/suction.rs)."""


def test_the_cup_can_hold_what_is_ordered_in_every_scene_of_the_deployment(deployment: Distribution) -> None:
    scenes = [sample(deployment, 17, index) for index in range(4000)]
    assert all(len(GRIP & set(scene.axes)) <= 1 for scene in scenes)
    assert all(sum(axis in scene.axes for scene in scenes) > 300 for axis in GRIP)
    for scene in scenes:
        for placement in scene.placements:
            if product_of(placement.body) == scene.sku:
                level = 1.0 / (1.0 + VENTED_TO_EVACUATED * (placement.porosity + scene.lip_leak))
                weight_n = 9.81 * product_named(scene.sku).mass_kg * placement.mass_scale
                assert scene.suction_force_n * level > 1.15 * weight_n, (scene.index, scene.axes, placement)


def test_in_the_mixture_each_axis_comes_with_its_probability(deployment: Distribution) -> None:
    count = 1000
    scenes = [sample(deployment, 11, index) for index in range(count)]
    for axis in deployment.axes:
        share = sum(axis.name in scene.axes for scene in scenes) / count
        error = 4.0 * math.sqrt(axis.probability * (1.0 - axis.probability) / count)
        assert abs(share - axis.probability) < error, (axis.name, share)
