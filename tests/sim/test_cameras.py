"""What the policy's cameras show, and what happens on a machine that cannot draw."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from spinal.sim import layout
from spinal.sim.cameras import POLICY_SIZE, Cameras
from spinal.sim.cell import Cell
from spinal.sim.distribution import Distribution
from spinal.sim.products import product_named
from spinal.sim.scene import sample
from spinal.sim.truth import observe_truth


@pytest.fixture(scope="module")
def cameras(cell: Cell) -> Iterator[Cameras]:
    made = Cameras(cell.model)
    yield made
    made.close()


@pytest.mark.parametrize("camera", ["wrist", "top"])
def test_pictures_are_small_rgb_and_show_something(
    cell: Cell, cameras: Cameras, lab: Distribution, camera: str
) -> None:
    scene = sample(lab, 31, 0)
    cell.load(scene)
    cameras.restart(scene)
    picture = cameras.picture(cell.data, camera)
    assert picture.shape == (POLICY_SIZE, POLICY_SIZE, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 20.0


def test_the_same_scene_gives_the_same_pictures(cell: Cell, cameras: Cameras, lab: Distribution) -> None:
    scene = sample(lab, 31, 1)
    runs = []
    for _ in range(2):
        cell.load(sample(lab, 31, 2))
        cell.load(scene)
        cameras.restart(scene)
        runs.append([cameras.picture(cell.data, camera) for camera in ("wrist", "top", "wrist")])
    for first, second in zip(*runs, strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.array_equal(runs[0][0], runs[0][2]), "the noise of two pictures differs"


@pytest.mark.parametrize("sku", ["soap", "beans", "tuna", "tea"])
def test_the_ordered_object_is_where_the_truth_says_in_its_colour(
    cell: Cell, cameras: Cameras, lab: Distribution, sku: str
) -> None:
    scene = replace(sample(lab, 32, 3, sku=sku), image_noise=0.0)
    cell.load(scene)
    cameras.restart(scene)
    pixel = cell.pixel("wrist", next(iter(observe_truth(cell).ordered)).position_m)
    assert pixel is not None
    column, row = (int((1.0 + value) / 2.0 * POLICY_SIZE) for value in pixel)
    colour = cameras.picture(cell.data, "wrist")[row, column].astype(float)
    wanted = np.array(product_named(sku).rgb)
    assert int(colour.argmax()) == int(wanted.argmax())
    assert colour @ wanted / (np.linalg.norm(colour) * np.linalg.norm(wanted)) > 0.95


def brightness(cell: Cell, cameras: Cameras, distribution: Distribution, axis: str | None) -> np.ndarray:
    scene = sample(distribution, 33, 0, axis)
    cell.load(scene)
    cameras.restart(scene)
    return cameras.picture(cell.data, "wrist").astype(float)


def test_light_axes_are_seen(cell: Cell, cameras: Cameras, lab: Distribution, deployment: Distribution) -> None:
    plain = brightness(cell, cameras, lab, None)
    dim = brightness(cell, cameras, deployment, "dim-light")
    warm = brightness(cell, cameras, deployment, "warm-light")
    assert dim.mean() < 0.6 * plain.mean()
    assert warm[..., 0].mean() / warm[..., 2].mean() > 1.3 * plain[..., 0].mean() / plain[..., 2].mean()


def test_a_bumped_camera_sees_the_tote_elsewhere(cell: Cell, lab: Distribution, deployment: Distribution) -> None:
    corner = np.array([layout.SOURCE_M[0], layout.SOURCE_M[1], 0.0])
    places = []
    for distribution, axis in ((lab, None), (deployment, "camera")):
        cell.load(sample(distribution, 34, 0, axis))
        places.append(np.array(cell.pixel("wrist", corner)))
    assert np.abs(places[0] - places[1]).max() * POLICY_SIZE / 2 > 1.0


def test_people_get_a_larger_picture(cell: Cell, cameras: Cameras, lab: Distribution) -> None:
    cell.load(sample(lab, 35, 0))
    assert cameras.overview(cell.data, 320, 240, shadows=False).shape == (240, 320, 3)


def test_a_machine_without_headless_opengl_gets_one_clear_message() -> None:
    script = """
from spinal.errors import MachineError
from spinal.sim.cell import Cell
from spinal.sim.cameras import Cameras
cell = Cell()
try:
    Cameras(cell.model)
except MachineError as error:
    print(error)
"""
    environment = {**os.environ, "PYOPENGL_PLATFORM": "osmesa"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert "headless OpenGL (EGL) is not usable" in done.stdout
    assert "apt-get install libegl1" in done.stdout
