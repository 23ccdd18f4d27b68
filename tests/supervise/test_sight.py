"""The camera is a third witness: it may explain a strange weight, and it may call a person; it overrules nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_cell import SETTINGS
from test_outcome import ASTRAY, EMPTY, HELD, LOST_IN, LOST_OUT, RELEASED, facts

from spinal.records import Seen
from spinal.supervise import Outcome
from spinal.supervise.outcome import Facts, judge
from spinal.supervise.sight import Look, Sight, agree, compare
from spinal.supervise.trace import Trace

NOTHING = Seen(at_ns=1, counts={}, others=0, is_empty=True)
ONE = Seen(at_ns=9, counts={"red_box": 1}, others=0, is_empty=False)
TWO = replace(ONE, counts={"red_box": 2})
WRONG = replace(ONE, counts={"blue_can": 1})
MIXED = replace(ONE, counts={"red_box": 1, "blue_can": 1})
STRANGE = replace(ONE, counts={}, others=1)
DOUBTFUL = replace(ONE, doubts=("a part of blue_can",))
HAZY = replace(NOTHING, is_empty=False)


def seen_in(trace: Trace, gain_kg: float | None, after: Seen | None, before: Seen | None = NOTHING) -> Facts:
    return facts(trace, gain_kg, look=Look(before=before, after=after))


@pytest.mark.parametrize(
    ("after", "before", "found"),
    [
        (ONE, NOTHING, Sight.ONE),
        (TWO, ONE, Sight.ONE),
        (MIXED, WRONG, Sight.ONE),
        (TWO, NOTHING, Sight.SEVERAL),
        (WRONG, NOTHING, Sight.OTHER),
        (MIXED, NOTHING, Sight.OTHER),
        (STRANGE, NOTHING, Sight.OTHER),
        (NOTHING, NOTHING, Sight.NONE),
        (ONE, ONE, Sight.UNSURE),
        (HAZY, NOTHING, Sight.UNSURE),
        (NOTHING, ONE, Sight.UNSURE),
        (DOUBTFUL, NOTHING, Sight.UNSURE),
        (None, NOTHING, Sight.UNSURE),
        (ONE, None, Sight.UNSURE),
    ],
)
def test_what_came_in_is_what_changed_and_doubt_is_said(after: Seen | None, before: Seen | None, found: Sight) -> None:
    assert compare(Look(before=before, after=after), "red_box")[0] is found


@pytest.mark.hazard("H-20", "H-26")
@pytest.mark.parametrize(
    ("trace", "gain_kg", "after", "outcome"),
    [
        # The scale says one unit, and the vacuum how: the camera agrees, does not know, or contradicts.
        (RELEASED, 0.1, ONE, Outcome.PLACED),
        (RELEASED, 0.1, DOUBTFUL, Outcome.PLACED),
        (RELEASED, 0.1, None, Outcome.PLACED),
        (RELEASED, 0.1, HAZY, Outcome.PLACED),
        (RELEASED, 0.1, NOTHING, Outcome.UNCLEAR),
        (RELEASED, 0.1, WRONG, Outcome.UNCLEAR),
        (RELEASED, 0.1, STRANGE, Outcome.UNCLEAR),
        (RELEASED, 0.1, TWO, Outcome.UNCLEAR),
        # A weight that nothing explains: one unit is believed if all three tell of it.
        (RELEASED, 0.85, ONE, Outcome.PLACED),
        (LOST_IN, 0.85, ONE, Outcome.PLACED),
        (RELEASED, 0.85, TWO, Outcome.UNCLEAR),
        (RELEASED, 0.85, WRONG, Outcome.UNCLEAR),
        (RELEASED, 0.85, DOUBTFUL, Outcome.UNCLEAR),
        (RELEASED, 0.85, NOTHING, Outcome.UNCLEAR),
        (RELEASED, 0.85, None, Outcome.UNCLEAR),
        (ASTRAY, 0.85, ONE, Outcome.UNCLEAR),
        (LOST_OUT, 0.85, ONE, Outcome.UNCLEAR),
        (HELD, 0.85, ONE, Outcome.UNCLEAR),
        (EMPTY, 0.85, ONE, Outcome.UNCLEAR),
        # What arrived went down on the scale, or it never came to rest.
        (RELEASED, -0.85, ONE, Outcome.UNCLEAR),
        (RELEASED, None, ONE, Outcome.UNCLEAR),
        # Two units or another SKU by weight: the camera makes it no success.
        (RELEASED, 0.2, ONE, Outcome.UNCLEAR),
        (RELEASED, 0.2, TWO, Outcome.DOUBLE_PICK),
        (RELEASED, 0.3, ONE, Outcome.UNCLEAR),
        (RELEASED, 0.3, WRONG, Outcome.WRONG_ITEM),
        # Nothing by weight: the camera agrees, does not know, or contradicts.
        (RELEASED, 0.0, NOTHING, Outcome.DROPPED),
        (RELEASED, 0.0, None, Outcome.DROPPED),
        (RELEASED, 0.0, ONE, Outcome.UNCLEAR),
        (RELEASED, 0.0, WRONG, Outcome.UNCLEAR),
    ],
)
def test_the_fusion_row_by_row(trace: Trace, gain_kg: float | None, after: Seen | None, outcome: Outcome) -> None:
    assert judge(SETTINGS, seen_in(trace, gain_kg, after)).outcome is outcome


TWINS = replace(SETTINGS, weights={**SETTINGS.weights, "red_bag": SETTINGS.weights["red_box"]})


@pytest.mark.hazard("H-26")
@pytest.mark.parametrize(
    ("after", "outcome"),
    [(ONE, Outcome.PLACED), (DOUBTFUL, Outcome.PLACED), (None, Outcome.PLACED), (HAZY, Outcome.UNCLEAR)],
)
def test_a_weight_that_two_skus_share_needs_a_look_that_shows_the_ordered_one(
    after: Seen | None, outcome: Outcome
) -> None:
    assert judge(TWINS, seen_in(RELEASED, 0.1, after)).outcome is outcome


def test_two_looks_that_differ_are_in_doubt() -> None:
    assert agree(()) is None
    assert agree((ONE, ONE)) == ONE
    differing = agree((ONE, MIXED))
    assert differing is not None
    assert (differing.counts, differing.doubts) == ({"red_box": 1}, ("two looks differ",))
    assert compare(Look(before=NOTHING, after=differing), "red_box")[0] is Sight.UNSURE
    wavering = agree((NOTHING, ONE))
    assert wavering is not None
    assert not wavering.is_empty


def test_a_weight_that_the_camera_explains_is_a_finding_about_the_master_data() -> None:
    result = judge(SETTINGS, seen_in(RELEASED, 0.85, ONE))
    assert "master data: one red_box seems to weigh 0.850 kg, not 0.100 ± 0.030 kg" in result.reasons
    assert result.evidence["camera"]["found"] == "one"


def test_without_an_intent_on_the_disk_no_camera_makes_a_success() -> None:
    assert judge(SETTINGS, replace(seen_in(RELEASED, 0.85, ONE), is_intent_stored=False)).outcome is Outcome.UNCLEAR


TRACES = st.sampled_from([RELEASED, ASTRAY, LOST_IN, LOST_OUT, HELD, EMPTY])
LOOKS = st.sampled_from([NOTHING, ONE, TWO, WRONG, MIXED, STRANGE, DOUBTFUL, HAZY, None])
GAINS = st.one_of(st.none(), st.floats(-1.0, 2.0))


@given(TRACES, GAINS, LOOKS, LOOKS)
def test_a_success_was_one_without_the_camera_or_the_camera_saw_exactly_one(
    trace: Trace, gain_kg: float | None, before: Seen | None, after: Seen | None
) -> None:
    alone, fused = judge(SETTINGS, facts(trace, gain_kg)), judge(SETTINGS, seen_in(trace, gain_kg, after, before))
    if fused.outcome is Outcome.PLACED and alone.outcome is not Outcome.PLACED:
        assert compare(Look(before=before, after=after), "red_box")[0] is Sight.ONE
        assert trace in (RELEASED, LOST_IN)
        assert gain_kg is not None
        assert gain_kg > SETTINGS.weights["red_box"].tolerance_kg


@given(TRACES, GAINS)
def test_a_camera_that_saw_nothing_of_it_changes_no_outcome(trace: Trace, gain_kg: float | None) -> None:
    alone = judge(SETTINGS, facts(trace, gain_kg))
    assert judge(SETTINGS, seen_in(trace, gain_kg, None)).outcome is alone.outcome
    assert alone.evidence["camera"] is None
