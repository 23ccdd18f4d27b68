"""From above the destination the camera counts what lies there, and says where it is in doubt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bundles import HOME_RAD, robot_at
from test_view import SQUARES, VIEW, disc, tool_at

from spinal.decide import SightSettings, ToolPose, look, may_look

SETTINGS = SightSettings(
    view=VIEW,
    skus=("tea", "soap"),
    sizes_m={"soap": (0.08, 0.056, 0.036), "tea": (0.072, 0.058, 0.044)},
    zone=(0.34, 0.66, 0.10, 0.34),
    floor_z_m=0.0,
    rim_z_m=0.10,
)
ABOVE: ToolPose = tool_at((0.0, 0.44, -0.10))
SOAP, TEA, OTHER = 1, 0, 2


def seen(*things: tuple[int, tuple[float, float], float], tool: ToolPose = ABOVE) -> tuple[dict[str, int], int, bool]:
    """Return counts, others and whether it is empty and without doubt, for discs (number, place, radius)."""
    products = np.zeros((4, SQUARES, SQUARES), np.float32)
    for number, place, radius_m in things:
        products[number] = np.maximum(products[number], disc((*place, 0.018), radius_m, tool))
    found = look(SETTINGS, products, tool, 7)
    assert found.at_ns == 7
    return dict(found.counts), found.others, found.is_empty


@pytest.mark.hazard("H-26")
def test_it_counts_units_and_other_things() -> None:
    assert seen((SOAP, (0.5, 0.22), 0.038)) == ({"soap": 1}, 0, False)
    assert seen((SOAP, (0.43, 0.22), 0.038), (SOAP, (0.58, 0.22), 0.038)) == ({"soap": 2}, 0, False)
    assert seen((SOAP, (0.43, 0.22), 0.038), (TEA, (0.58, 0.22), 0.036)) == ({"soap": 1, "tea": 1}, 0, False)
    assert seen((OTHER, (0.5, 0.25), 0.03)) == ({}, 1, False)
    assert seen() == ({}, 0, True)


def test_one_region_that_is_too_large_for_one_unit_is_more_than_one() -> None:
    assert seen((SOAP, (0.5, 0.22), 0.065))[0] == {"soap": 2}


def test_a_network_that_sees_an_sku_everywhere_is_in_doubt_and_counts_nothing_of_it() -> None:
    products = np.zeros((4, SQUARES, SQUARES), np.float32)
    products[SOAP] = disc((0.5, 0.22, 0.018), 0.03, ABOVE)
    products[TEA] = 0.8 * disc((0.5, 0.22, 0.018), 0.12, ABOVE)
    products[OTHER] = 0.8 * disc((0.5, 0.22, 0.018), 0.12, ABOVE)
    found = look(SETTINGS, products, ABOVE, 1)
    assert (found.counts, found.others) == ({"soap": 1}, 0)
    assert found.doubts == ("tea all over", "other things all over")


def test_what_lies_outside_of_the_destination_is_not_counted() -> None:
    assert seen((SOAP, (0.5, 0.05), 0.03)) == ({}, 0, True)


def test_too_little_of_an_sku_is_a_doubt_and_not_emptiness() -> None:
    products = np.zeros((4, SQUARES, SQUARES), np.float32)
    products[SOAP] = disc((0.5, 0.22, 0.018), 0.02, ABOVE)
    found = look(SETTINGS, products, ABOVE, 1)
    assert (found.counts, found.is_empty, found.doubts) == ({}, False, ("a part of soap",))


def test_what_could_be_one_of_several_things_is_not_empty() -> None:
    products = np.zeros((4, SQUARES, SQUARES), np.float32)
    products[:3] = 0.15 * disc((0.5, 0.22, 0.018), 0.038, ABOVE)
    found = look(SETTINGS, products, ABOVE, 1)
    assert (found.counts, found.others, found.is_empty) == ({}, 0, False)


def test_a_picture_without_the_whole_destination_is_in_doubt() -> None:
    aside = tool_at((0.0, 0.0, 0.0))
    assert look(SETTINGS, np.zeros((4, SQUARES, SQUARES), np.float32), aside, 1).doubts


@pytest.mark.parametrize(
    ("at_m", "gripper", "vacuum", "may"),
    [
        ((0.5, 0.22, 0.18), 0.0, 0.0, True),
        ((0.5, 0.22, 0.12), 0.0, 0.0, False),
        ((0.5, 0.0, 0.3), 0.0, 0.0, False),
        ((0.5, 0.22, 0.18), 1.0, 0.0, False),
        ((0.5, 0.22, 0.18), 0.0, 0.9, False),
        ((0.5, 0.22, 0.18), 0.0, float("nan"), False),
    ],
)
def test_it_looks_from_high_above_with_an_empty_hand_only(
    at_m: tuple[float, float, float], gripper: float, vacuum: float, may: bool
) -> None:
    robot = replace(robot_at(HOME_RAD), tool_measured_m=np.array(at_m), gripper=gripper)
    assert may_look(SETTINGS, robot, vacuum) is may
