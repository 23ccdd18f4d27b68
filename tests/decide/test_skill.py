"""The scripted pick says what it does, presses only where it saw the SKU, and never twice on one failed point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bundles import ARM, HOME_RAD, robot_at
from test_view import SQUARES, VIEW, disc, tool_at

from spinal.decide import (
    ActionChunk,
    NothingFound,
    SkillInput,
    SkillSettings,
    SkillState,
    SkillStyle,
    Stage,
    ToolPose,
    Undecodable,
)
from spinal.decide.skill import step

HOME_M = tuple(float(value) for value in ARM.tool_pose(HOME_RAD)[0])
STYLE = SkillStyle()
SETTINGS = SkillSettings(
    view=VIEW,
    skus=("tea", "soap"),
    sizes_m={"soap": (0.08, 0.056, 0.036)},
    source=(0.32, 0.68, -0.36, -0.08),
    floor_z_m=0.0,
    rim_z_m=0.10,
    drop_m=(0.5, 0.22),
    views_m=(HOME_M, (0.45, -0.22, 0.25)),
)


def sensed(
    tool: ToolPose | None = None,
    *,
    soap_at: tuple[float, float] | None = None,
    vacuum: float = 0.0,
    gripper: float = 0.0,
    sku: str = "soap",
) -> SkillInput:
    tool = tool or tool_at((0.0, 0.0, 0.0))
    products = np.zeros((4, SQUARES, SQUARES), np.float32)
    if soap_at is not None:
        products[1] = disc((*soap_at, 0.018), 0.04, tool)
    robot = replace(
        robot_at(HOME_RAD),
        tool_commanded_m=tool.position_m,
        tool_velocity_commanded_m_s=np.zeros(3),
        gripper=gripper,
    )
    return SkillInput(sku=sku, tool=tool, robot=robot, vacuum=vacuum, products=products)


def pose(x: float, y: float, z: float) -> ToolPose:
    return tool_at((x - HOME_M[0], y - HOME_M[1], z - HOME_M[2]))


def test_what_it_sees_becomes_its_target() -> None:
    state, answer = step(SETTINGS, SkillState(), sensed(soap_at=(0.56, -0.25)))
    assert state.stage is Stage.INSPECT
    assert state.target_m == pytest.approx((0.56, -0.25), abs=0.013)
    assert isinstance(answer, ActionChunk)
    assert not answer.gripper.any()


def test_what_lies_outside_the_source_tote_is_no_target() -> None:
    state, _ = step(SETTINGS, SkillState(), sensed(pose(0.5, 0.0, 0.3), soap_at=(0.5, 0.16)))
    assert state.target_m is None


def test_it_says_that_it_found_nothing_after_every_view_and_then_looks_anew() -> None:
    state, answer = SkillState(), None
    for x, y, z in SETTINGS.views_m:
        for _ in range(STYLE.patience):
            assert not isinstance(answer, NothingFound)
            state, answer = step(SETTINGS, state, sensed(pose(x, y, z)))
    assert isinstance(answer, NothingFound)
    assert "no soap is seen from any of 2 views" in answer.reason
    assert state.view == 0


def test_a_network_that_sees_the_sku_everywhere_is_believed_where_it_is_surest() -> None:
    seen = sensed(soap_at=(0.56, -0.25))
    assert seen.products is not None
    hazy = replace(seen, products=np.maximum(seen.products, np.float32(0.6)))
    state, _ = step(SETTINGS, SkillState(), hazy)
    assert state.target_m == pytest.approx((0.56, -0.25), abs=0.013)
    everywhere = replace(seen, products=np.ones_like(seen.products))
    assert step(SETTINGS, SkillState(), everywhere)[0].target_m is None


def test_what_is_not_seen_from_close_by_is_tried_where_it_was_seen() -> None:
    state = SkillState(stage=Stage.INSPECT, target_m=(0.56, -0.25))
    beside = pose(0.56 - 0.085, -0.25, SETTINGS.rim_z_m + STYLE.inspect_above_rim_m)
    for _ in range(STYLE.patience + 1):
        assert state.stage is Stage.INSPECT
        state, _ = step(SETTINGS, state, sensed(beside))
    assert (state.stage, state.target_m) == (Stage.ABOVE, (0.56, -0.25))


def test_without_a_picture_it_waits_where_it_has_to_see() -> None:
    for _ in range(10):
        state, answer = step(SETTINGS, SkillState(), replace(sensed(), products=None))
        assert state.target_m is None
        assert isinstance(answer, ActionChunk)


def test_the_descent_ends_when_the_vacuum_closes_and_not_at_a_known_height() -> None:
    state = SkillState(stage=Stage.DESCEND, target_m=(0.5, -0.22))
    for z in (0.075, 0.055, 0.036):
        after, _ = step(SETTINGS, state, sensed(pose(0.5, -0.22, z), vacuum=0.9, gripper=1.0))
        assert after.stage is Stage.DELIVER
        after, answer = step(SETTINGS, state, sensed(pose(0.5, -0.22, z), vacuum=0.1, gripper=1.0))
        assert after.stage is Stage.DESCEND
        assert isinstance(answer, ActionChunk)
        assert -STYLE.descent_m - 1e-9 <= answer.waypoints_m[:, 2].min() < 0.0
        assert answer.gripper.all()


def test_a_leaky_or_noisy_vacuum_needs_two_readings() -> None:
    state, here = SkillState(stage=Stage.DESCEND, target_m=(0.5, -0.22)), pose(0.5, -0.22, 0.05)
    doubtful, answer = step(SETTINGS, state, sensed(here, vacuum=0.33, gripper=1.0))
    assert doubtful.stage is Stage.DESCEND
    assert isinstance(answer, ActionChunk)
    assert not answer.waypoints_m[:, 2].any()  # it waits where something may have closed the cup
    assert step(SETTINGS, doubtful, sensed(here, vacuum=0.33, gripper=1.0))[0].stage is Stage.DELIVER
    assert step(SETTINGS, doubtful, sensed(here, vacuum=0.1, gripper=1.0))[0] == state


def test_it_never_goes_below_the_lowest_top_and_the_cups_stroke() -> None:
    state, lowest = SkillState(stage=Stage.DESCEND, target_m=(0.5, -0.22)), 0.036 - STYLE.press_m
    _, answer = step(SETTINGS, state, sensed(pose(0.5, -0.22, lowest + 0.002), gripper=1.0))
    assert isinstance(answer, ActionChunk)
    assert answer.waypoints_m[:, 2].min() == pytest.approx(-0.002, abs=1e-6)


def test_a_point_where_the_vacuum_did_not_close_is_not_tried_again() -> None:
    state = SkillState(stage=Stage.DESCEND, target_m=(0.5, -0.22), waited=STYLE.patience)
    state, _ = step(SETTINGS, state, sensed(pose(0.5, -0.22, 0.026), gripper=1.0))
    assert (state.stage, state.avoid) == (Stage.LOOK, ((0.5, -0.22),))
    for _ in range(4):  # one point after another of the same object
        state, _ = step(SETTINGS, replace(state, stage=Stage.LOOK), sensed(soap_at=(0.5, -0.22)))
        assert state.target_m is not None
        apart = [float(np.hypot(*np.subtract(state.target_m, tried))) for tried in state.avoid]
        assert min(apart) >= STYLE.tried_m
        state = replace(state, avoid=(*state.avoid, state.target_m))


def test_what_is_lost_on_the_way_is_looked_for_again() -> None:
    state = SkillState(stage=Stage.DELIVER, target_m=(0.5, -0.22))
    after, _ = step(SETTINGS, state, sensed(pose(0.5, -0.1, 0.2), vacuum=0.05, gripper=1.0))
    assert after.stage is Stage.DELIVER
    after, answer = step(SETTINGS, after, sensed(pose(0.5, -0.1, 0.2), vacuum=0.05, gripper=1.0))
    assert after.stage is Stage.LOOK
    assert isinstance(answer, ActionChunk)
    assert not answer.gripper.any()


def test_it_lets_go_over_the_destination_only() -> None:
    state = SkillState(stage=Stage.DELIVER, target_m=(0.5, -0.22))
    for x, y in ((0.5, -0.22), (0.5, 0.0), (0.5, 0.17)):
        _, answer = step(SETTINGS, state, sensed(pose(x, y, 0.24), vacuum=0.9, gripper=1.0))
        assert isinstance(answer, ActionChunk)
        path = pose(x, y, 0.24).position_m + answer.waypoints_m
        away = np.hypot(*(path[answer.gripper == 0.0, :2] - SETTINGS.drop_m).T)
        assert (away < 0.03).all()
    over = pose(0.5, 0.22, SETTINGS.sizes_m["soap"][2] + STYLE.release_above_m)
    _, answer = step(SETTINGS, state, sensed(over, vacuum=0.9, gripper=1.0))
    assert isinstance(answer, ActionChunk)
    assert not answer.gripper.any()


def test_an_sku_without_a_size_is_not_tried() -> None:
    _, answer = step(SETTINGS, SkillState(), sensed(sku="tea"))
    assert isinstance(answer, Undecodable)
    assert "tea" in answer.reason
