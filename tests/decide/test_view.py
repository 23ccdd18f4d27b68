"""A calibrated camera says where in the cell a picture's points lie."""

from __future__ import annotations

import math

import numpy as np
import pytest
from bundles import ARM, HOME_RAD
from hypothesis import given
from hypothesis import strategies as st

from spinal.decide import CameraView, ToolPose, find_regions

TILT = math.radians(10.0)
VIEW = CameraView.mounted(
    width=96,
    height=96,
    fov_rad=math.radians(78.0),
    position_m=np.array([0.0, -0.085, -0.13]),
    right=np.array([1.0, 0.0, 0.0]),
    forward=np.array([0.0, math.sin(TILT), math.cos(TILT)]),
)
SQUARES = 24


def tool_at(offset_m: tuple[float, float, float]) -> ToolPose:
    position, rotation = ARM.tool_pose(HOME_RAD)
    return ToolPose(position_m=position + np.array(offset_m), rotation=rotation)


def disc(middle_m: tuple[float, float, float], radius_m: float, tool: ToolPose) -> np.ndarray:
    """Return the map (24, 24) of a flat disc: 1 where a square's middle shows it."""
    rows, columns = np.mgrid[0:SQUARES, 0:SQUARES]
    pixels = np.stack([columns.ravel() + 0.5, rows.ravel() + 0.5], axis=1) * 4.0
    places = VIEW.place(pixels, tool, middle_m[2])
    with np.errstate(invalid="ignore"):
        inside = np.linalg.norm(places - middle_m[:2], axis=1) <= radius_m
    return inside.reshape(SQUARES, SQUARES).astype(np.float32)


OFFSETS = st.tuples(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1), st.floats(-0.2, 0.1))
POINTS = st.tuples(st.floats(0.32, 0.68), st.floats(-0.36, -0.08), st.floats(0.0, 0.07))


@given(OFFSETS, POINTS)
def test_a_pixel_leads_back_to_the_point_that_it_shows(
    offset_m: tuple[float, float, float], point_m: tuple[float, float, float]
) -> None:
    tool = tool_at(offset_m)
    pixel = VIEW.project(np.array(point_m), tool)
    if pixel is not None:
        found = VIEW.place(np.array([pixel]), tool, point_m[2])[0]
        np.testing.assert_allclose(found, point_m[:2], atol=1e-9)


def test_what_is_behind_or_outside_has_no_pixel() -> None:
    tool = tool_at((0.0, 0.0, 0.0))
    assert VIEW.project(np.array([0.5, -0.22, 0.6]), tool) is None
    assert VIEW.project(np.array([3.0, -0.22, 0.0]), tool) is None


def test_a_line_of_sight_that_goes_up_meets_no_floor() -> None:
    upright = ToolPose(position_m=np.zeros(3), rotation=np.eye(3))
    assert np.isnan(VIEW.place(np.array([[48.0, 48.0]]), upright, -0.5)).all()


@given(OFFSETS, st.floats(0.42, 0.58), st.floats(-0.28, -0.16), st.floats(0.025, 0.05))
def test_a_region_lies_where_its_object_is_within_half_a_square(
    offset_m: tuple[float, float, float], x: float, y: float, radius_m: float
) -> None:
    tool = tool_at((offset_m[0] / 2, offset_m[1] / 2, offset_m[2] / 2))
    regions = find_regions(disc((x, y, 0.02), radius_m, tool), VIEW, tool, z_m=0.02, least=0.5)
    assert len(regions) == 1
    assert np.linalg.norm(regions[0].middle_m - (x, y)) < regions[0].cell_m / 2
    assert regions[0].area_m2 == pytest.approx(math.pi * radius_m**2, abs=2.5 * math.pi * radius_m * regions[0].cell_m)


def test_two_objects_are_two_regions_and_the_larger_one_comes_first() -> None:
    tool = tool_at((0.0, 0.0, 0.0))
    seen = np.maximum(disc((0.42, -0.28, 0.0), 0.03, tool), disc((0.58, -0.15, 0.0), 0.05, tool))
    regions = find_regions(seen, VIEW, tool, z_m=0.0, least=0.5)
    assert [bool(region.middle_m[0] > 0.5) for region in regions] == [True, False]


def test_nothing_likely_is_no_region() -> None:
    tool = tool_at((0.0, 0.0, 0.0))
    assert find_regions(np.full((SQUARES, SQUARES), 0.3, np.float32), VIEW, tool, z_m=0.0, least=0.5) == []
