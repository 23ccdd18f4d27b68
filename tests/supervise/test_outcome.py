"""The outcome check believes two witnesses, the scale and the vacuum, and asks a person when they disagree."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_cell import SECOND_NS, SETTINGS

from spinal.errors import CellError
from spinal.supervise import Cause, Outcome, Settings, Weight, Zone
from spinal.supervise.outcome import Facts, judge
from spinal.supervise.reading import Mode, Reading, read
from spinal.supervise.scale import QuietScale
from spinal.supervise.trace import Grip, Trace, follow

IN, OUT = (0.4, 0.3, 0.3), (0.4, -0.3, 0.3)
STEP_NS = 20_000_000

RELEASED = Trace(grip=Grip.RELEASED, holds=1, vacuum_peak=0.9, first_held_at_ns=1, release_at_ns=2, release_tool_m=IN)
ASTRAY = replace(RELEASED, release_tool_m=OUT)
LOST_IN = Trace(grip=Grip.LOST, holds=1, vacuum_peak=0.9, first_held_at_ns=1, lost_at_ns=2, lost_tool_m=IN)
LOST_OUT = replace(LOST_IN, lost_tool_m=OUT)
HELD = Trace(grip=Grip.HELD, holds=1, vacuum_peak=0.9, first_held_at_ns=1)
EMPTY = Trace(vacuum_peak=0.25)


def facts(trace: Trace, gain_kg: float | None, **changes: object) -> Facts:
    before_kg = 0.5
    base = Facts(
        sku="red_box",
        started_ns=0,
        ended_ns=5 * SECOND_NS,
        cause=Cause.RELEASED,
        detail="",
        before_kg=before_kg,
        after_kg=None if gain_kg is None else before_kg + gain_kg,
        trace=trace,
        is_intent_stored=True,
        is_put_back=False,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("trace", "gain_kg", "outcome"),
    [
        (RELEASED, 0.1, Outcome.PLACED),
        (RELEASED, 0.0701, Outcome.PLACED),
        (RELEASED, 0.0699, Outcome.UNCLEAR),
        (RELEASED, 0.1299, Outcome.PLACED),
        (RELEASED, 0.1301, Outcome.UNCLEAR),
        (RELEASED, 0.0299, Outcome.DROPPED),
        (RELEASED, 0.0301, Outcome.UNCLEAR),
        (RELEASED, 0.2, Outcome.DOUBLE_PICK),
        (RELEASED, 0.3, Outcome.WRONG_ITEM),
        (RELEASED, 0.4, Outcome.DOUBLE_PICK),
        (RELEASED, 0.6, Outcome.UNCLEAR),
        (RELEASED, -0.1, Outcome.UNCLEAR),
        (RELEASED, None, Outcome.UNCLEAR),
        (LOST_IN, 0.1, Outcome.PLACED),
        (LOST_OUT, 0.1, Outcome.UNCLEAR),
        (ASTRAY, 0.1, Outcome.UNCLEAR),
        (HELD, 0.1, Outcome.UNCLEAR),
        (EMPTY, 0.1, Outcome.UNCLEAR),
        (EMPTY, 0.0, Outcome.MISSED),
        (EMPTY, None, Outcome.UNCLEAR),
        (LOST_OUT, 0.0, Outcome.DROPPED),
        (LOST_IN, 0.0, Outcome.DROPPED),
        (ASTRAY, 0.0, Outcome.DROPPED),
        (HELD, 0.0, Outcome.TIMED_OUT),
    ],
)
@pytest.mark.hazard("H-26")
def test_each_pair_of_testimonies_has_its_outcome(trace: Trace, gain_kg: float | None, outcome: Outcome) -> None:
    result = judge(SETTINGS, facts(trace, gain_kg))
    assert result.outcome is outcome, result.reasons
    assert result.reasons
    json.dumps(result.evidence, allow_nan=False)


@pytest.mark.hazard("H-26", "H-27")
def test_an_arrival_without_a_stored_intent_is_never_a_success() -> None:
    assert judge(SETTINGS, facts(RELEASED, 0.1, is_intent_stored=False)).outcome is Outcome.UNCLEAR


def test_an_item_carried_back_says_so() -> None:
    result = judge(SETTINGS, facts(ASTRAY, 0.0, cause=Cause.TIMEOUT, is_put_back=True))
    assert result.outcome is Outcome.TIMED_OUT
    assert "carried back" in result.reasons[1]


def test_what_the_weight_cannot_tell_apart_is_said() -> None:
    twins = replace(SETTINGS, weights={**SETTINGS.weights, "red_bag": Weight(mass_kg=0.11, tolerance_kg=0.03)})
    result = judge(twins, facts(RELEASED, 0.1))
    assert result.outcome is Outcome.PLACED
    assert any("1 red_bag" in reason for reason in result.reasons)
    assert result.evidence["scale"]["fits"] == ["1 red_bag", "1 red_box"]


@pytest.mark.hazard("H-26")
@given(gain_kg=st.floats(-2, 2), trace=st.sampled_from([RELEASED, LOST_IN, LOST_OUT, ASTRAY, HELD, EMPTY]))
def test_success_always_means_one_unit_of_weight_that_left_the_cup_over_the_destination(
    gain_kg: float, trace: Trace
) -> None:
    if judge(SETTINGS, facts(trace, gain_kg)).outcome is Outcome.PLACED:
        assert 0.069 < gain_kg < 0.131
        assert trace in (RELEASED, LOST_IN)


def reading(at: int, level: float, is_on: bool, tool: tuple[float, float, float] = OUT) -> Reading:
    return Reading(
        at_ns=at * STEP_NS,
        mode=Mode.TRACK,
        vacuum=level,
        scale_kg=0.5,
        is_gripper_on=is_on,
        tool_m=tool,
        home_error_rad=0.0,
    )


def follow_all(readings: list[Reading]) -> Trace:
    trace = Trace()
    for one in readings:
        trace = follow(SETTINGS, trace, one)
    return trace


def test_a_short_spike_of_vacuum_is_no_hold() -> None:
    spike = [reading(at, 0.9 if at in (3, 4) else 0.1, True) for at in range(10)]
    assert follow_all(spike).grip is Grip.EMPTY
    held = [reading(at, 0.9, True) for at in range(4)]
    assert follow_all(held).grip is Grip.HELD
    assert follow_all(held).first_held_at_ns == 0


def test_a_short_dip_of_vacuum_is_no_loss_and_a_long_one_happened_where_it_began() -> None:
    held = [reading(at, 0.9, True) for at in range(10)]
    dip = [reading(10 + at, 0.1, True, tool=(0.4, at / 10, 0.3)) for at in range(12)]
    recovered = [reading(14 + at, 0.9, True) for at in range(4)]
    assert follow_all([*held, *dip[:4], *recovered]).grip is Grip.HELD
    lost = follow_all([*held, *dip])
    assert lost.grip is Grip.LOST
    assert lost.lost_tool_m == (0.4, 0.0, 0.3)
    assert lost.lost_at_ns == 10 * STEP_NS


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.1])
def test_a_leaky_grasp_is_held_and_an_open_cup_is_not_however_noisy_the_sensor_is(noise: float) -> None:
    """A porous surface leaves 0.45 of the vacuum, an open cup draws 0.09 (crates/plant/src/suction.rs)."""
    random = np.random.default_rng(7)

    def levels(level: float, first: int, count: int) -> list[Reading]:
        noisy = np.clip(level + noise * random.normal(size=count), 0.0, 1.0)
        return [reading(first + at, float(one), True) for at, one in enumerate(noisy)]

    for _ in range(50):
        searching = levels(0.09, 0, 400)
        assert follow_all(searching).grip is Grip.EMPTY
        carrying = levels(0.45, 400, 200)
        assert follow_all([*searching, *carrying]).holds == 1
        assert follow_all([*searching, *carrying]).grip is Grip.HELD
        assert follow_all([*searching, *carrying, *levels(0.09, 600, 20)]).grip is Grip.LOST


def test_between_the_two_levels_nothing_changes() -> None:
    held = [reading(at, 0.9, True) for at in range(10)]
    between = [reading(10 + at, 0.26, True) for at in range(50)]
    assert follow_all([*held, *between]).grip is Grip.HELD
    assert follow_all(between).grip is Grip.EMPTY


def test_a_release_counts_only_when_the_level_has_fallen() -> None:
    held = [reading(at, 0.9, True) for at in range(10)]
    slow = [reading(10 + at, 0.2, False, tool=IN) for at in range(10)]
    assert follow_all([*held, *slow]).grip is Grip.RELEASING
    assert follow_all([*held, *slow]).has_item
    done = follow_all([*held, *slow, *(reading(20 + at, 0.1, False, tool=OUT) for at in range(4))])
    assert (done.grip, done.release_tool_m) == (Grip.RELEASED, IN)


@pytest.mark.hazard("H-18")
@pytest.mark.parametrize("level", [math.nan, math.inf, -math.inf, -0.1, 2.0])
def test_a_vacuum_reading_that_cannot_be_changes_nothing_but_is_noted(level: float) -> None:
    held = follow_all([reading(at, 0.9, True) for at in range(10)])
    after = follow(SETTINGS, held, reading(10, level, True))
    assert after == replace(held, is_vacuum_missing=True)


def weigh(masses: list[float]) -> float | None:
    scale = QuietScale()
    for at, kg in enumerate(masses):
        scale = scale.feed(SETTINGS, at * STEP_NS, kg)
    return scale.weight(SETTINGS)


@pytest.mark.parametrize("noise_kg", [0.0, 0.006, 0.012])
def test_a_noisy_scale_at_rest_is_believed_within_a_second_and_tells_one_unit_from_none(noise_kg: float) -> None:
    random = np.random.default_rng(3)
    for _ in range(200):
        found = weigh_until_believed(list(0.5 + noise_kg * random.normal(size=50)))
        assert found is not None
        assert abs(found - 0.5) < 0.015


def weigh_until_believed(masses: list[float]) -> float | None:
    scale = QuietScale()
    for at, kg in enumerate(masses):
        scale = scale.feed(SETTINGS, at * STEP_NS, kg)
        if (found := scale.weight(SETTINGS)) is not None:
            return found
    return None


def test_a_scale_that_drifts_or_jumps_is_not_at_rest() -> None:
    assert weigh([0.5 + 0.002 * at for at in range(40)]) is None, "0.1 kg/s"
    assert weigh([0.5, 0.6] * 20) is None


def test_a_weight_is_the_mean_of_a_quiet_while() -> None:
    assert weigh([0.5] * 15) is None
    assert weigh([0.5, 0.51] * 8) == pytest.approx(0.505)
    assert weigh([0.5] * 16 + [0.6]) is None
    assert weigh([0.5] * 16 + [0.6] * 16) == pytest.approx(0.6)
    assert weigh([]) is None


@pytest.mark.hazard("H-18")
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_reading_that_is_no_number_begins_the_wait_anew(bad: float) -> None:
    assert weigh([0.5] * 16 + [bad]) is None
    assert weigh([0.5] * 16 + [bad] + [0.5] * 15) is None
    assert weigh([0.5] * 16 + [bad] + [0.5] * 16) == pytest.approx(0.5)


@pytest.mark.hazard("H-18")
def test_a_scale_that_repeats_one_reading_is_not_quiet() -> None:
    scale = QuietScale()
    for _ in range(100):
        scale = scale.feed(SETTINGS, SECOND_NS, 0.5)
    assert scale.weight(SETTINGS) is None


@pytest.mark.hazard("H-26")
@pytest.mark.parametrize("weight", [(0.1, 0.05), (0.1, 0.0), (math.nan, 0.03), (0.1, math.nan), (-0.1, 0.03)])
def test_a_weight_that_the_scale_cannot_tell_from_nothing_is_refused_before_motion(
    weight: tuple[float, float],
) -> None:
    with pytest.raises(CellError, match="cannot tell one red_box from none"):
        replace(SETTINGS, weights={"red_box": Weight(mass_kg=weight[0], tolerance_kg=weight[1])})


def test_levels_that_are_out_of_order_are_refused() -> None:
    with pytest.raises(CellError, match="out of order"):
        replace(SETTINGS, held_level=0.2)


def test_a_point_that_is_no_number_is_in_no_zone() -> None:
    zone = Zone(x_min_m=0.0, x_max_m=1.0, y_min_m=0.0, y_max_m=1.0)
    assert zone.contains(0.0, 1.0)
    assert not zone.contains(math.nan, 0.5)
    assert not zone.contains(0.5, math.inf)


def test_settings_are_frozen_and_modes_fail_closed() -> None:
    assert Settings.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert Mode.parse("Track") is Mode.TRACK
    assert Mode.parse("") is Mode.STO
    assert read.__doc__
