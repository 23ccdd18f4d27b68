"""One attempt after the other: who may move the robot when, and how an order ends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_cell import (
    DESTINATION_Y_M,
    SECOND_NS,
    SETTINGS,
    SmallCell,
    clinging_policy,
    good_policy,
    missing_policy,
)

from spinal.supervise import (
    BeginAttempt,
    Ending,
    GiveAuthority,
    Job,
    Outcome,
    Phase,
    RecordPlacing,
    Source,
)


def holding(cell: SmallCell) -> bool:
    """Return whether the supervisor knows that an item is held."""
    return cell.state.phase is Phase.PICKING and cell.state.trace.has_item


def over_destination(cell: SmallCell) -> bool:
    return abs(cell.y_m - DESTINATION_Y_M) < 0.1


def test_a_good_pick_completes_the_order() -> None:
    cell = SmallCell()
    end = cell.run_to_the_end()
    assert (end.ending, end.result.outcome) == (Ending.COMPLETE, Outcome.PLACED)
    assert end.result.evidence["scale"]["gain_kg"] == pytest.approx(0.1)
    assert end.result.evidence["vacuum"]["holds"] == 1
    sources = [action.source for action in cell.found(GiveAuthority)]
    assert sources == [Source.HOME, Source.POLICY, Source.HOME]


def test_nobody_has_authority_before_the_first_job_and_after_the_last() -> None:
    cell = SmallCell(jobs=[])
    cell.run_for(1.0)
    assert cell.log == []
    cell.jobs.append(Job(order="T1", sku="red_box", attempt=1))
    cell.run_to_the_end()
    cell.run(lambda cell: cell.state.phase is Phase.IDLE)
    assert cell.source is Source.NONE


def test_the_next_job_is_taken_on_the_way_home_without_stopping() -> None:
    cell = SmallCell(jobs=[Job(order=f"T{n}", sku="red_box", attempt=1) for n in range(3)])
    cell.run(lambda cell: len(cell.endings) == 3)
    assert {end.result.outcome for end in cell.endings} == {Outcome.PLACED}
    sources = [action.source for action in cell.found(GiveAuthority)]
    assert sources == [Source.HOME, Source.POLICY] * 3 + [Source.HOME]


@pytest.mark.hazard("H-27")
def test_the_intent_is_stored_while_the_item_is_held_and_before_the_destination() -> None:
    cell = SmallCell()
    cell.run(lambda cell: bool(cell.found(RecordPlacing)))
    assert holding(cell)
    assert not over_destination(cell)
    (record,) = cell.found(RecordPlacing)
    assert record == RecordPlacing(
        order="T1", attempt=1, scale_kg=pytest.approx(0.5), expected_kg=0.1, tolerance_kg=0.03
    )


@pytest.mark.hazard("H-25", "H-27")
def test_the_tool_waits_at_the_destination_until_the_intent_is_stored() -> None:
    cell = SmallCell(stores_intents=False)
    cell.run(lambda cell: cell.state.phase is Phase.PICKING and cell.source is Source.NONE)
    assert SETTINGS.destination.contains(0.4, cell.y_m)
    assert cell.y_m < DESTINATION_Y_M - 0.1
    cell.run_for(2.0)
    assert holding(cell)
    cell._stored = ("T1", 1)
    assert cell.run_to_the_end().result.outcome is Outcome.PLACED


@pytest.mark.hazard("H-25")
def test_an_intent_that_never_gets_stored_ends_with_the_item_back_in_the_source() -> None:
    cell = SmallCell(stores_intents=False, settings=replace(SETTINGS, attempts_max=1))
    end = cell.run_to_the_end()
    assert (end.ending, end.result.outcome) == (Ending.FAIL, Outcome.TIMED_OUT)
    assert cell.scale_kg == pytest.approx(0.5)


@pytest.mark.hazard("H-27")
def test_the_intent_of_an_earlier_attempt_does_not_count() -> None:
    cell = SmallCell(stores_intents=False)
    cell._stored = ("T1", 0)
    cell.run(lambda cell: cell.state.phase is Phase.PICKING and cell.source is Source.NONE)


@pytest.mark.hazard("H-13")
def test_a_miss_is_tried_again_up_to_the_limit_and_then_fails() -> None:
    cell = SmallCell(policy=missing_policy)
    end = cell.run_to_the_end()
    assert [end.ending for end in cell.endings] == [Ending.RETRY, Ending.RETRY, Ending.FAIL]
    assert {end.result.outcome for end in cell.endings} == {Outcome.MISSED}
    assert "peak level 0.10" in " ".join(end.result.reasons)
    assert [begin.attempt for begin in cell.found(BeginAttempt)] == [1, 2, 3]


def test_attempts_go_on_from_the_number_of_the_lease() -> None:
    cell = SmallCell(policy=missing_policy, jobs=[Job(order="T1", sku="red_box", attempt=7)])
    cell.run_to_the_end()
    assert [begin.attempt for begin in cell.found(BeginAttempt)] == [7, 8, 9]


def test_each_attempt_begins_at_home_with_the_scale_at_rest() -> None:
    cell = SmallCell(policy=missing_policy)
    for count in range(3):
        cell.run(lambda cell: len(cell.found(BeginAttempt)) == count + 1)  # noqa: B023
        assert cell.state.last_reading is not None
        assert cell.state.last_reading.home_error_rad <= SETTINGS.home_tolerance_rad


@pytest.mark.hazard("H-13")
def test_the_time_limit_is_held_and_the_item_goes_back_where_it_came_from() -> None:
    cell = SmallCell(policy=clinging_policy)
    cell.run(lambda cell: cell.state.phase is Phase.CHECKING)
    assert cell.now_ns - cell.state.started_ns == 8 * SECOND_NS
    cell.run(lambda cell: bool(cell.endings))
    (end,) = cell.endings
    assert (end.ending, end.result.outcome) == (Ending.RETRY, Outcome.TIMED_OUT)
    assert "carried back" in " ".join(end.result.reasons)
    assert not cell.is_sealed
    assert cell.state.at_home_since_ns is not None


@pytest.mark.hazard("H-25")
@pytest.mark.parametrize(("is_slowed", "pace", "seconds"), [(True, 0.25, 32.0), (True, 1.0, 8.0), (False, 0.25, 8.0)])
def test_an_arm_that_is_made_slow_has_its_time_in_action_time(is_slowed: bool, pace: float, seconds: float) -> None:
    cell = SmallCell(policy=clinging_policy, trigger="none")
    cell.run(lambda cell: cell.source is Source.POLICY)
    began_ns = cell.now_ns
    cell.is_slowed, cell.pace = is_slowed, pace
    cell.run(lambda cell: cell.source is not Source.POLICY)
    assert (cell.now_ns - began_ns) * 1e-9 == pytest.approx(seconds, abs=0.1)


def test_an_arm_that_is_made_slow_and_stops_playing_in_a_stop_loses_its_time() -> None:
    cell = SmallCell(policy=clinging_policy, trigger="none")
    cell.run(lambda cell: cell.source is Source.POLICY)
    began_ns = cell.now_ns
    cell.is_slowed, cell.trigger, cell.pace = True, "awaiting_proposal", 0.0
    cell.run(lambda cell: cell.source is not Source.POLICY)
    assert (cell.now_ns - began_ns) * 1e-9 == pytest.approx(8.0, abs=0.1)


def test_an_order_does_not_end_while_its_item_hangs_on_the_cup() -> None:
    cell = SmallCell()
    cell.run(holding)
    cell.is_policy_ready = cell.is_home_ready = False
    cell.run_for(3.0)
    assert cell.endings == []
    cell.is_policy_ready = cell.is_home_ready = True
    end = cell.run_to_the_end()
    assert (end.ending, end.result.outcome) == (Ending.RETURN, Outcome.INTERRUPTED)
    assert not cell.is_sealed


@pytest.mark.hazard("H-25")
def test_an_item_that_is_lost_on_the_way_is_tried_again() -> None:
    cell = SmallCell()
    cell.run(holding)
    cell.run_for(0.4)
    cell.leak = True
    cell.run(lambda cell: cell.state.phase is Phase.CHECKING)
    cell.leak = False
    cell.run(lambda cell: bool(cell.endings))
    assert (cell.endings[0].ending, cell.endings[0].result.outcome) == (Ending.RETRY, Outcome.DROPPED)
    assert cell.run_to_the_end().result.outcome is Outcome.PLACED


def test_a_policy_that_loses_the_item_at_once_may_grasp_again_by_itself() -> None:
    def fumble(cell: SmallCell):  # type: ignore[no-untyped-def]
        while not cell.is_sealed:
            yield -0.3, True, True
        for _ in range(10):
            yield -0.3, True, True
        cell.leak = True
        for _ in range(18):
            yield -0.3, False, True
        cell.leak = False
        yield from good_policy(cell)

    cell = SmallCell(policy=fumble)
    end = cell.run_to_the_end()
    assert (end.ending, end.result.outcome) == (Ending.COMPLETE, Outcome.PLACED)
    assert end.result.evidence["vacuum"]["holds"] == 2


def test_an_item_that_falls_in_when_the_vacuum_is_lost_over_the_destination_counts() -> None:
    cell = SmallCell()
    cell.run(lambda cell: holding(cell) and over_destination(cell))
    cell.leak = True
    cell.run_for(0.3)
    cell.leak = False
    end = cell.run_to_the_end()
    assert end.result.outcome is Outcome.PLACED
    assert "fell in" in " ".join(end.result.reasons)


@pytest.mark.hazard("H-26")
def test_another_sku_in_the_destination_needs_a_person_and_the_next_order_goes_on() -> None:
    cell = SmallCell(item_kg=0.3, jobs=[Job(order=f"T{n}", sku="red_box", attempt=1) for n in (1, 2)])
    cell.run(lambda cell: bool(cell.endings))
    assert (cell.endings[0].ending, cell.endings[0].result.outcome) == (Ending.REVIEW, Outcome.WRONG_ITEM)
    assert "1 blue_can" in " ".join(cell.endings[0].result.reasons)
    cell.item_kg = 0.1
    cell.run(lambda cell: len(cell.endings) == 2)
    assert cell.endings[1].result.outcome is Outcome.PLACED


@pytest.mark.hazard("H-20", "H-26")
def test_two_items_at_once_need_a_person() -> None:
    end = SmallCell(item_kg=0.2).run_to_the_end()
    assert (end.ending, end.result.outcome) == (Ending.REVIEW, Outcome.DOUBLE_PICK)


def test_a_cancel_before_the_grasp_ends_the_order_without_placing() -> None:
    cell = SmallCell(seals=False)
    cell.run(lambda cell: cell.state.phase is Phase.PICKING)
    cell.is_cancel_requested = True
    end = cell.run_to_the_end()
    assert (end.ending, end.result.outcome) == (Ending.CANCEL, Outcome.CANCELLED)


def test_a_cancel_while_homing_ends_the_order_at_once() -> None:
    cell = SmallCell()
    cell.run(lambda cell: cell.state.phase is Phase.HOMING)
    cell.is_cancel_requested = True
    cell.advance()
    assert [end.ending for end in cell.endings] == [Ending.CANCEL]
    assert cell.found(BeginAttempt) == []


def test_a_cancel_with_the_item_in_hand_comes_too_late_for_this_unit() -> None:
    cell = SmallCell()
    cell.run(holding)
    cell.is_cancel_requested = True
    assert cell.run_to_the_end().ending is Ending.COMPLETE


def test_the_policy_keeps_authority_until_the_item_had_time_to_fall() -> None:
    cell = SmallCell()
    cell.run(lambda cell: cell.state.trace.grip == "released")
    released_ns = cell.now_ns
    cell.run(lambda cell: cell.state.phase is Phase.CHECKING)
    assert cell.now_ns - released_ns == SETTINGS.linger_ns


@pytest.mark.hazard("H-26")
def test_the_scale_is_believed_only_when_the_arm_has_left_the_destination() -> None:
    end = SmallCell(leaning_kg=0.07, speed_m_s=0.2).run_to_the_end()
    assert end.result.outcome is Outcome.PLACED
    assert end.result.evidence["scale"]["gain_kg"] == pytest.approx(0.1)
