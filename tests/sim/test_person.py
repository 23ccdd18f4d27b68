"""The person in the scene: far away unless asked for, seen by the scanner, and touching nothing."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import mujoco
import numpy as np
import pytest

from spinal.sim.cameras import CAMERA_NAMES, Cameras
from spinal.sim.cell import Cell
from spinal.sim.distribution import Distribution
from spinal.sim.person import PARKED_M
from spinal.sim.scene import sample

SEEDS = range(20)


@pytest.fixture
def cameras(cell: Cell) -> Iterator[Cameras]:
    cameras = Cameras(cell.model)
    yield cameras
    cameras.close()


def test_in_the_lab_somebody_stands_far_away_all_the_time(lab: Distribution) -> None:
    for seed in SEEDS:
        way = sample(lab, seed, 0).person.way
        assert len(way) == 1
        assert math.hypot(*way[0][1:]) >= 5.0


def test_a_visitor_comes_waits_and_leaves_no_faster_than_people_walk(lab: Distribution) -> None:
    for seed in SEEDS:
        way = sample(lab, seed, 0, axis="person").person.way
        distances = [math.hypot(x, y) for _, x, y in way]
        away, near = distances[0], distances[2]
        assert distances == pytest.approx([away, away, near, near, away, away])
        assert near <= 1.9 < 4.2 <= away
        for (t0, x0, y0), (t1, x1, y1) in itertools.pairwise(way):
            assert math.hypot(x1 - x0, y1 - y0) <= 1.6 * (t1 - t0)


def test_the_axis_changes_nothing_but_the_person(lab: Distribution) -> None:
    alone, visited = sample(lab, 3, 7), sample(lab, 3, 7, axis="person")
    assert visited.person != alone.person
    assert visited.placements == alone.placements
    assert visited.light_rgb == alone.light_rgb


def test_the_policy_never_sees_the_person_of_the_lab(cell: Cell, cameras: Cameras, lab: Distribution) -> None:
    for seed in range(4):
        scene = sample(lab, seed, 0)
        cell.load(scene)
        for camera in CAMERA_NAMES:
            pictures = []
            for place in (cell.data.mocap_pos[0].copy(), PARKED_M):
                cell.data.mocap_pos[0] = place
                mujoco.mj_forward(cell.model, cell.data)
                cameras.restart(scene)
                pictures.append(cameras.picture(cell.data, camera))
            assert np.array_equal(*pictures), (seed, camera)


def test_a_person_amid_the_cell_is_drawn_and_touches_nothing(cell: Cell, cameras: Cameras, lab: Distribution) -> None:
    scene = sample(lab, 0, 0)
    cell.load(scene)
    before = cell.data.ncon
    empty = cameras.picture(cell.data, "top")
    cell.data.mocap_pos[0] = (0.5, 0.0, -0.74)
    mujoco.mj_forward(cell.model, cell.data)
    cameras.restart(scene)
    assert cell.data.ncon == before
    assert (cameras.picture(cell.data, "top").astype(int) - empty).any()
