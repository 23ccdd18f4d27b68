from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from moments import CAMERAS, STEPS, moment, without_camera

from spinal.records import Health
from spinal.watch import Moment, Signals
from spinal.watch.pictures import brightness, sharpness


def measured(*moments: Moment) -> dict[str, list[float]]:
    signals = Signals(CAMERAS)
    rows = [signals.look(one).values for one in moments]
    return {name: [float(row[column]) for row in rows] for column, name in enumerate(signals.names)}


def test_a_chunk_that_goes_on_as_the_last_one_said_has_no_disagreement() -> None:
    overlap = measured(*(moment(number) for number in range(5)))["overlap"]
    assert math.isnan(overlap[0])
    assert overlap[1:] == pytest.approx([0.0] * 4, abs=1e-12)


def test_a_chunk_that_goes_elsewhere_disagrees_by_the_distance() -> None:
    aside_m = np.stack([0.02 * np.arange(1, STEPS + 1), np.full(STEPS, 0.03), np.zeros(STEPS)], axis=1)
    assert measured(moment(0), moment(1, waypoints_m=aside_m))["overlap"][1] == pytest.approx(0.03)


def test_chunks_are_compared_in_action_time_not_on_the_clock() -> None:
    # The arm waited 10 s for a person: nothing was played, so the new chunk says the same as the last one did.
    later = moment(1, tool_m=(0.0, 0.0, 0.3))
    robot = replace(later.observation.proprioception, played_ns=0)
    waited = replace(later, observation=replace(later.observation, at_ns=10_000_000_000, proprioception=robot))
    found = measured(moment(0), waited)
    assert found["overlap"][1] == pytest.approx(0.0, abs=1e-12)
    assert found["stall"][1] == 0.0


def test_nothing_in_common_is_not_known_rather_than_zero() -> None:
    assert math.isnan(measured(moment(0), moment(5))["overlap"][1])


def test_turning_back_and_switching_the_gripper_are_reversals() -> None:
    back_m = np.stack([-0.02 * np.arange(1, STEPS + 1), np.zeros(STEPS), np.zeros(STEPS)], axis=1)
    moments = [moment(number, waypoints_m=back_m if number % 2 else None) for number in range(11)]
    assert measured(*moments)["reversal"][-1] == 1.0
    assert measured(*(moment(number) for number in range(11)))["reversal"][-1] == 0.0
    still_m = np.zeros((STEPS, 3))
    assert measured(moment(0), moment(1, waypoints_m=still_m), moment(2))["reversal"][-1] == 0.0
    on = replace(moment(1).chunk, gripper=np.ones(STEPS))
    assert measured(moment(0), replace(moment(1), chunk=on))["reversal"][-1] == pytest.approx(0.1)


def test_a_tool_that_stays_within_three_centimetres_stalls() -> None:
    stalled = [moment(number, tool_m=(0.01 * (number % 2), 0.0, 0.3)) for number in range(11)]
    assert measured(*stalled)["stall"][-1] == pytest.approx(2.0)
    assert measured(*(moment(number) for number in range(11)))["stall"][-1] == pytest.approx(0.2)


def test_tracking_is_the_worst_joint() -> None:
    one = moment(0)
    robot = replace(one.observation.proprioception, joints_measured_rad=np.array([0.1, 0.1, 0.15, 0.1, 0.1, 0.1]))
    one = replace(one, observation=replace(one.observation, proprioception=robot))
    assert measured(one)["tracking"] == pytest.approx([0.05])


def test_aim_is_what_the_policy_itself_sees_there_and_ends_when_it_grips() -> None:
    one = moment(0)
    assert measured(one)["aim"] == pytest.approx([0.75])
    robot = replace(one.observation.proprioception, gripper=1.0)
    assert measured(replace(one, observation=replace(one.observation, proprioception=robot)))["aim"] == [0.0]
    insight = replace(one.chunk.insight, target=np.full(2, np.nan, np.float32))
    assert measured(replace(one, chunk=replace(one.chunk, insight=insight)))["aim"] == [math.inf]


def test_the_same_picture_under_a_new_instant_is_frozen_and_under_the_same_instant_is_not_new() -> None:
    image = np.random.default_rng(1).integers(0, 255, (16, 16, 3), dtype=np.uint8)
    assert measured(*(moment(number, image=image) for number in range(4)))["frozen wrist"] == [0.0, 1.0, 2.0, 3.0]
    same = moment(0, image=image)
    assert measured(same, same, same)["frozen wrist"] == [0.0, 0.0, 0.0]
    assert measured(moment(0), moment(1), moment(2))["frozen wrist"] == [0.0, 0.0, 0.0]


def test_a_missing_camera_is_counted_and_its_signals_are_not_known() -> None:
    found = measured(moment(0), without_camera(moment(1)), without_camera(moment(2)), moment(3))
    assert found["missing"] == [0.0, 1.0, 2.0, 0.0]
    assert math.isnan(found["sharpness wrist"][1])
    assert math.isnan(found["overlap"][1])


def test_a_stale_part_is_counted_and_its_age_told() -> None:
    one = moment(0)
    stale = replace(
        one.observation, ages_ns={"wrist": 400_000_000, "robot": 0}, health={"wrist": Health.STALE, "robot": Health.OK}
    )
    found = measured(replace(one, observation=stale))
    assert found["staleness"] == [0.4]
    assert found["missing"] == [1.0]


def test_blur_lowers_sharpness_and_noise_raises_it_while_light_changes_brightness() -> None:
    generator = np.random.default_rng(2)
    image = np.kron(generator.integers(40, 160, (12, 12, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    blurred = (sum(np.roll(image.astype(int), (i, j), (0, 1)) for i in range(5) for j in range(5)) // 25).astype(
        np.uint8
    )
    noisy = np.clip(image + generator.normal(0, 15, image.shape), 0, 255).astype(np.uint8)
    assert sharpness(blurred) < sharpness(image) < sharpness(noisy)
    assert brightness((image * 0.4).astype(np.uint8)) < 0.5 * brightness(image)
    assert math.isfinite(sharpness(np.zeros((96, 96, 3), np.uint8)))


def test_an_attempt_leaves_nothing_behind_for_the_next_one() -> None:
    signals = Signals(CAMERAS)
    first = [signals.look(moment(number)).values for number in range(3)]
    signals.restart()
    assert np.array_equal(first, [signals.look(moment(number)).values for number in range(3)], equal_nan=True)
