"""The ladder: what does not work is tried differently, in bounded time, and every step down and up is written down."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_cell import HOME_Y_M, SmallCell, clinging_policy, good_policy, missing_policy
from small_ladder import LADDER, WITH_LADDER, jobs

from spinal.errors import CellError
from spinal.supervise import (
    BeginAttempt,
    BeginRecovery,
    ChangeRung,
    Ending,
    Note,
    Outcome,
    Phase,
    Recovery,
    Rung,
    SlowDown,
    Source,
    StopRobot,
    clears,
    level_of,
)

STICKY = replace(
    WITH_LADDER,
    ladder=replace(LADDER, rungs=(LADDER.rungs[0], replace(LADDER.rungs[1], clears_after=2), *LADDER.rungs[2:])),
)


def rungs_tried(cell: SmallCell) -> list[str]:
    return [action.rung for action in cell.found(BeginAttempt)]


def changes(cell: SmallCell) -> list[tuple[str, str]]:
    return [(action.before, action.after) for action in cell.found(ChangeRung)]


def holding(cell: SmallCell) -> bool:
    return cell.state.phase is Phase.PICKING and cell.state.trace.has_item


@pytest.mark.hazard("H-13")
def test_each_rung_is_tried_as_often_as_it_says_and_no_oftener_and_then_the_order_fails() -> None:
    cell = SmallCell(policy=missing_policy, settings=WITH_LADDER)
    end = cell.run_to_the_end()
    assert rungs_tried(cell) == ["policy", "policy", "careful", "second", "skill", "skill"]
    assert end.ending is Ending.FAIL
    assert "tried policy (missed), policy (missed), careful (missed)" in " ".join(end.result.reasons)


@pytest.mark.hazard("H-13")
def test_a_retry_differs_from_the_try_before_by_a_motion_or_a_rung() -> None:
    cell = SmallCell(policy=missing_policy, settings=WITH_LADDER)
    cell.run_to_the_end()
    begun = [action for _, action in cell.log if isinstance(action, BeginAttempt | BeginRecovery)]
    how = []
    for before, action in itertools.pairwise([None, *begun]):
        if isinstance(action, BeginAttempt):
            how.append((action.rung, before.recovery if isinstance(before, BeginRecovery) else None))
    assert how == [
        ("policy", None),
        ("policy", Recovery.NEW_VIEW),
        ("careful", Recovery.NEW_VIEW),
        ("second", Recovery.STIR),
        ("skill", Recovery.NEW_VIEW),
        ("skill", Recovery.STIR),
    ]
    assert [action.number for action in cell.found(BeginRecovery)] == [0, 1, 2, 3, 4]


def test_a_try_is_told_where_the_ones_before_it_grasped() -> None:
    cell = SmallCell(policy=missing_policy, settings=WITH_LADDER)
    cell.run_to_the_end()
    told = [action.avoid_m for action in cell.found(BeginAttempt)]
    assert [len(points) for points in told] == [0, 1, 2, 3, 4, 4]
    assert told[1] == (pytest.approx((0.4, HOME_Y_M, 0.3)),)


def test_the_first_rung_that_places_the_item_ends_the_order() -> None:
    cell = SmallCell(policy=missing_policy, others={"second": good_policy}, settings=WITH_LADDER)
    end = cell.run_to_the_end()
    assert (end.ending, end.result.outcome) == (Ending.COMPLETE, Outcome.PLACED)
    assert rungs_tried(cell) == ["policy", "policy", "careful", "second"]
    assert cell.log[-1][0] <= cell.now_ns
    sources = [action.source for _, action in cell.log if hasattr(action, "source")]
    assert sources.count(Source.SECOND) == 1


@pytest.mark.hazard("H-30")
def test_every_step_down_and_up_is_written_down_with_reason_and_clear_condition() -> None:
    cell = SmallCell(policy=missing_policy, others={"skill": good_policy}, settings=WITH_LADDER)
    level = level_of(WITH_LADDER, cell.state)
    seen = []

    def watched() -> None:
        nonlocal level
        cell.advance()
        now = level_of(WITH_LADDER, cell.state)
        if now != level:
            seen.append((level, now))
        level = now

    while cell.state.phase is not Phase.IDLE or not cell.endings:
        watched()
    assert (
        seen
        == changes(cell)
        == [
            ("policy", "careful"),
            ("careful", "second"),
            ("second", "skill"),
            ("skill", "policy"),
        ]
    )
    down, up = cell.found(ChangeRung)[:-1], cell.found(ChangeRung)[-1]
    assert all(change.reason.endswith("(missed)") and change.clears == "the next order" for change in down)
    assert (up.reason, up.clears) == ("the order has ended", "")


@pytest.mark.hazard("H-13")
def test_an_alarm_stops_the_arm_takes_it_home_and_leaves_the_rung() -> None:
    cell = SmallCell(seals=False, settings=WITH_LADDER)
    cell.run(lambda cell: cell.state.phase is Phase.PICKING)
    cell.run_for(0.5)
    cell.alarm = "kernel support 0.91 > 0.85"
    cell.advance()
    assert cell.state.phase is Phase.STOPPING
    assert cell.source is Source.NONE
    assert len(cell.found(StopRobot)) == 1
    cell.seals = True
    cell.run(lambda cell: bool(cell.endings))
    assert (cell.endings[0].ending, cell.endings[0].result.outcome) == (Ending.RETRY, Outcome.ALARMED)
    assert "kernel support 0.91 > 0.85" in cell.endings[0].result.reasons
    assert cell.found(ChangeRung)[0].reason == "policy (alarmed: kernel support 0.91 > 0.85)"
    assert cell.run_to_the_end().result.outcome is Outcome.PLACED
    assert rungs_tried(cell) == ["policy", "careful"]


@pytest.mark.hazard("H-25")
@pytest.mark.parametrize("after_s", [0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.2])
def test_an_alarm_while_the_item_is_held_never_drops_it_between_the_totes(after_s: float) -> None:
    cell = SmallCell(settings=WITH_LADDER)
    cell.run(holding)
    cell.run_for(after_s)
    places: list[float] = []
    was_sealed = cell.is_sealed
    cell.alarm = "alarm"
    while not cell.endings:
        cell.advance()
        if was_sealed and not cell.is_sealed:
            places.append(cell.y_m)
        was_sealed = cell.is_sealed
    zone = cell.settings.destination
    for y_m in places:
        assert abs(y_m - HOME_Y_M) < 0.02 or zone.y_min_m <= y_m <= zone.y_max_m
    assert cell.endings[0].result.outcome in (Outcome.ALARMED, Outcome.PLACED)


def test_an_alarm_after_the_release_comes_too_late_to_undo_the_placing() -> None:
    cell = SmallCell(settings=WITH_LADDER)
    cell.run(lambda cell: cell.state.phase is Phase.PICKING and cell.state.trace.grip == "releasing")
    cell.alarm = "alarm"
    assert cell.run_to_the_end().result.outcome is Outcome.PLACED
    assert cell.found(StopRobot) == []


@pytest.mark.hazard("H-12")
def test_a_worker_that_dies_costs_the_rung_and_not_the_order() -> None:
    cell = SmallCell(settings=WITH_LADDER)
    cell.run(lambda cell: cell.state.phase is Phase.PICKING)
    cell.is_policy_ready = cell.is_home_ready = False
    cell.advance()
    cell.is_policy_ready = cell.is_home_ready = True
    end = cell.run_to_the_end()
    assert (end.ending, rungs_tried(cell)) == (Ending.COMPLETE, ["policy", "careful"])
    assert "policy worker is gone" in cell.found(ChangeRung)[0].reason


@pytest.mark.hazard("H-16")
def test_a_person_s_stop_halts_on_any_rung_and_returns_the_order() -> None:
    cell = SmallCell(policy=missing_policy, settings=WITH_LADDER)
    cell.run(lambda cell: len(cell.found(BeginAttempt)) == 4)
    cell.is_stop_requested = True
    end = cell.run_to_the_end()
    assert (end.ending, cell.state.phase) == (Ending.RETURN, Phase.HALTED)
    assert cell.found(ChangeRung)[-1].after == "stop"


def test_less_speed_is_asked_for_on_the_careful_rung_only_and_again_and_again() -> None:
    cell = SmallCell(policy=missing_policy, settings=WITH_LADDER)
    cell.run_to_the_end()
    begun = [(at_ns, action.rung) for at_ns, action in cell.log if isinstance(action, BeginAttempt)]
    asked = [(at_ns, action) for at_ns, action in cell.log if isinstance(action, SlowDown)]
    careful_ns, second_ns = begun[2][0], begun[3][0]
    assert asked
    assert all(careful_ns <= at_ns < second_ns and action.scale == 0.5 for at_ns, action in asked)
    assert max(b - a for (a, _), (b, _) in itertools.pairwise(asked)) < asked[0][1].for_ns


def test_a_recovery_that_does_not_end_costs_its_time_and_no_more() -> None:
    cell = SmallCell(policy=missing_policy, settings=WITH_LADDER, recovers=False)
    cell.run(lambda cell: cell.state.phase is Phase.RECOVERING)
    began_ns = cell.now_ns
    cell.run(lambda cell: cell.state.phase is Phase.PICKING)
    assert cell.now_ns - began_ns == LADDER.recover_timeout_ns
    assert any("did not end in time" in note.text for note in cell.found(Note))


@pytest.mark.hazard("H-16")
def test_a_stop_in_a_recovery_halts_and_returns_the_order() -> None:
    cell = SmallCell(policy=missing_policy, settings=WITH_LADDER, recovers=False)
    cell.run(lambda cell: cell.state.phase is Phase.RECOVERING)
    assert cell.source is Source.RECOVER
    cell.is_stop_requested = True
    cell.advance()
    assert (cell.state.phase, cell.source, cell.endings[-1].ending) == (Phase.HALTED, Source.NONE, Ending.RETURN)


@pytest.mark.hazard("H-13")
def test_a_skipped_order_is_reported_and_the_cell_goes_on_with_the_next() -> None:
    cell = SmallCell(policy=missing_policy, settings=WITH_LADDER, jobs=jobs(2))
    cell.run(lambda cell: bool(cell.endings) and cell.endings[-1].ending is Ending.FAIL)
    cell.policy = good_policy
    cell.run(lambda cell: len(cell.endings) == 7)
    assert cell.endings[-1].result.outcome is Outcome.PLACED
    assert rungs_tried(cell)[-1] == "policy"
    skipped = [note for note in cell.found(Note) if note.text == "order skipped"]
    assert [note.data["order"] for note in skipped] == ["T1"]


@pytest.mark.hazard("H-13", "H-30")
def test_too_many_skipped_orders_hold_the_cell_until_a_person_has_looked() -> None:
    cell = SmallCell(policy=missing_policy, settings=WITH_LADDER, jobs=jobs(3))
    cell.run(lambda cell: cell.state.phase is Phase.ASKING, seconds_max=200)
    cell.run_for(5.0)
    assert len(cell.jobs) == 1
    assert cell.source is Source.NONE
    assert changes(cell)[-1] == ("skill", "ask")
    assert "presses Resume" in clears(WITH_LADDER, cell.state)
    cell.is_resume_requested, cell.policy = True, good_policy
    cell.advance()
    assert changes(cell)[-1] == ("ask", "policy")
    cell.is_resume_requested = False
    assert cell.run_to_the_end() is not None
    cell.run(lambda cell: cell.endings[-1].ending is Ending.COMPLETE)


@pytest.mark.hazard("H-13")
def test_a_cell_that_nobody_answers_stops() -> None:
    cell = SmallCell(policy=missing_policy, settings=WITH_LADDER, jobs=jobs(2))
    cell.run(lambda cell: cell.state.phase is Phase.ASKING, seconds_max=200)
    asked_ns, stops = cell.now_ns, len(cell.found(StopRobot))
    cell.run(lambda cell: cell.state.phase is Phase.HALTED)
    assert cell.now_ns - asked_ns == LADDER.ask_timeout_ns
    assert len(cell.found(StopRobot)) == stops + 1
    assert changes(cell)[-1] == ("ask", "stop")
    cell.is_resume_requested = True
    cell.advance()
    assert changes(cell)[-1] == ("stop", "policy")


def test_a_rung_that_clears_after_orders_is_left_after_that_many_in_a_row() -> None:
    cell = SmallCell(policy=missing_policy, others={"careful": good_policy}, settings=STICKY, jobs=jobs(4))
    cell.run(lambda cell: len([end for end in cell.endings if end.ending is Ending.COMPLETE]) == 4, seconds_max=200)
    assert rungs_tried(cell) == ["policy", "policy", "careful", "careful", "careful", "policy", "policy", "careful"]
    told = [change.clears for change in cell.found(ChangeRung) if change.after == "careful"]
    assert told[0] == "2 orders in a row placed like this (0 so far)"


@pytest.mark.hazard("H-13")
@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 200), st.sampled_from(["alarm", "policy", "seals", "recovers"])), max_size=8))
def test_an_order_ends_within_its_bound_of_time_and_tries_whatever_happens(story: list[tuple[int, str]]) -> None:
    cell = SmallCell(policy=missing_policy, settings=WITH_LADDER)
    began_ns = cell.now_ns
    script = iter(story)
    wait, what = next(script, (10**6, ""))
    while not (cell.endings and cell.endings[-1].ending is not Ending.RETRY):
        wait -= 1
        if wait == 0:
            match what:
                case "alarm":
                    cell.alarm = "alarm"
                case "policy":
                    cell.policy = clinging_policy if cell.policy is missing_policy else missing_policy
                case flag:
                    setattr(cell, flag, not getattr(cell, flag))
            wait, what = next(script, (10**6, ""))
        cell.advance()
        assert cell.now_ns - began_ns <= WITH_LADDER.order_time_max_ns
    assert len(cell.found(BeginAttempt)) <= sum(rung.attempts for rung in LADDER.rungs)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3)), min_size=1, max_size=5),
    st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60),
)
def test_the_rules_go_down_one_rung_at_a_time_and_never_below_the_last(
    shape: list[tuple[int, int]], story: list[tuple[bool, bool]]
) -> None:
    ladder = replace(
        LADDER,
        rungs=tuple(
            Rung(name=str(n), source=Source.POLICY, attempts=tries, clears_after=clears_after)
            for n, (tries, clears_after) in enumerate(shape)
        ),
    )
    began = rung = tries = placed = in_order = 0
    for is_placed, is_told in story:
        tries, in_order = tries + 1, in_order + 1
        below = None if is_placed else ladder.after_failure(rung, tries, is_told=is_told)
        if below is not None:
            assert rung <= below <= min(rung + 1, len(shape) - 1)
            rung, tries = below, tries if below == rung else 0
            continue
        assert in_order <= sum(count for count, _ in shape)
        after, placed = ladder.after_order(began, rung, placed, is_placed=is_placed)
        assert after <= rung
        assert after == 0 or shape[after][1] > 0, "only a rung that says so outlives its order"
        began, rung, tries, in_order = after, after, 0, 0


@pytest.mark.parametrize(
    "rungs", [(), (replace(LADDER.rungs[0], attempts=0),), (replace(LADDER.rungs[0], speed_scale=0.0),)]
)
def test_a_ladder_that_cannot_be_gone_down_is_refused(rungs: tuple[Rung, ...]) -> None:
    with pytest.raises(CellError, match="ladder"):
        replace(LADDER, rungs=rungs)


def test_an_alarm_in_a_cell_without_a_ladder_ends_the_attempt_and_counts_as_a_try() -> None:
    cell = SmallCell(seals=False, alarms_once=False, alarm="alarm")
    end = cell.run_to_the_end()
    assert [end.ending for end in cell.endings] == [Ending.RETRY, Ending.RETRY, Ending.FAIL]
    assert end.result.outcome is Outcome.ALARMED
    assert cell.found(ChangeRung) == cell.found(BeginRecovery) == []
