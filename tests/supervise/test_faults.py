"""What fails in mid-work stops the robot, gives the order back or to a person, and never loses it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_cell import (
    SECOND_NS,
    SETTINGS,
    SmallCell,
    missing_policy,
)

from spinal.supervise import (
    BeginAttempt,
    DropJob,
    Ending,
    Input,
    Job,
    Outcome,
    Phase,
    Source,
    StopRobot,
    wants_job,
)


def holding(cell: SmallCell) -> bool:
    """Return whether the supervisor knows that an item is held."""
    return cell.state.phase is Phase.PICKING and cell.state.trace.has_item


@pytest.mark.hazard("H-12")
def test_a_dead_worker_before_the_grasp_returns_the_order_and_the_cell_waits() -> None:
    cell = SmallCell(jobs=[Job(order="T1", sku="red_box", attempt=1), Job(order="T2", sku="red_box", attempt=1)])
    cell.run(lambda cell: cell.state.phase is Phase.PICKING)
    cell.is_policy_ready = cell.is_home_ready = False
    cell.advance()
    assert cell.source is Source.NONE
    end = cell.run_to_the_end()
    assert (end.ending, end.result.outcome) == (Ending.RETURN, Outcome.INTERRUPTED)
    assert "worker is gone" in " ".join(end.result.reasons)
    cell.run(lambda cell: cell.state.phase is Phase.IDLE)
    cell.run_for(5.0)
    assert len(cell.jobs) == 1
    cell.is_policy_ready = cell.is_home_ready = True
    cell.run(lambda cell: len(cell.endings) == 2)
    assert cell.endings[-1].result.outcome is Outcome.PLACED


@pytest.mark.hazard("H-12")
def test_a_worker_that_dies_right_after_the_release_does_not_undo_the_placing() -> None:
    cell = SmallCell()
    cell.run(lambda cell: cell.state.phase is Phase.PICKING and cell.state.trace.grip == "releasing")
    cell.is_policy_ready = cell.is_home_ready = False
    end = cell.run_to_the_end()
    assert (end.ending, end.result.outcome) == (Ending.COMPLETE, Outcome.PLACED)


@pytest.mark.hazard("H-16")
def test_a_person_s_stop_stops_the_robot_returns_the_order_and_waits_for_resume() -> None:
    cell = SmallCell()
    cell.run(lambda cell: cell.state.phase is Phase.PICKING)
    cell.is_stop_requested = True
    cell.advance()
    assert cell.found(StopRobot) == [StopRobot()]
    assert cell.source is Source.NONE
    assert cell.run_to_the_end().ending is Ending.RETURN
    assert cell.state.phase is Phase.HALTED
    assert cell.state.clears
    cell.is_stop_requested = False
    cell.run_for(2.0)
    assert cell.state.phase is Phase.HALTED
    cell.is_resume_requested = True
    cell.advance()
    assert cell.state.phase is Phase.IDLE


@pytest.mark.hazard("H-14")
@pytest.mark.parametrize("mode", ["SS1", "STO", "sto", "a mode nobody knows"])
def test_a_latched_stop_returns_the_order_and_resume_waits_for_the_reset(mode: str) -> None:
    cell = SmallCell(trigger="tracking_error")
    cell.run(lambda cell: cell.state.phase is Phase.PICKING)
    cell.mode = mode
    end = cell.run_to_the_end()
    assert end.ending is Ending.RETURN
    assert "tracking error" in " ".join(end.result.reasons)
    assert cell.state.phase is Phase.HALTED
    cell.is_resume_requested = True
    cell.run_for(1.0)
    assert cell.state.phase is Phase.HALTED
    cell.mode = "SOS"
    cell.run_for(0.1)
    assert cell.state.phase is Phase.IDLE


@pytest.mark.hazard("H-12")
def test_standing_still_for_too_long_interrupts_the_attempt() -> None:
    def sleepy(cell: SmallCell):  # type: ignore[no-untyped-def]
        while True:
            cell.is_asleep = True  # type: ignore[attr-defined]
            yield -0.3, False, False

    cell = SmallCell(policy=sleepy, settings=replace(SETTINGS, stall_max_ns=SECOND_NS))
    cell.run(lambda cell: cell.state.phase is Phase.PICKING)
    cell._script = None  # the worker is there, but proposes nothing: System 1 stays in SOS
    cell.trigger = "no fresh proposal"
    begun_ns = cell.now_ns
    cell.run(lambda cell: cell.state.phase is not Phase.PICKING)
    assert SECOND_NS <= cell.now_ns - begun_ns <= SECOND_NS + 100_000_000
    end = cell.run_to_the_end()
    assert end.ending is Ending.RETURN
    assert "stood in SOS: no fresh proposal" in " ".join(end.result.reasons)


@pytest.mark.hazard("H-17")
def test_readings_that_stop_interrupt_the_attempt() -> None:
    cell = SmallCell()
    cell.run(lambda cell: cell.state.phase is Phase.PICKING)
    cell.reads = False
    cell.run(lambda cell: cell.state.phase is Phase.CHECKING, seconds_max=1.0)
    assert "readings stopped" in cell.state.detail
    assert cell.run_to_the_end().ending is Ending.REVIEW  # nobody can say what the scale would show


@pytest.mark.hazard("H-27")
def test_a_lost_lease_stops_the_work_and_leaves_the_order_to_the_store() -> None:
    cell = SmallCell()
    cell.run(lambda cell: cell.state.phase is Phase.PICKING)
    cell.is_lease_lost = True
    cell.run(lambda cell: cell.state.phase is Phase.IDLE)
    assert cell.endings == []
    (drop,) = cell.found(DropJob)
    assert drop.result is not None
    assert drop.result.outcome is Outcome.INTERRUPTED


@pytest.mark.hazard("H-26")
def test_a_silent_scale_halts_the_cell_before_anything_is_picked() -> None:
    cell = SmallCell(scale_reads=False)
    cell.run(lambda cell: cell.state.phase is Phase.HALTED)
    assert cell.found(BeginAttempt) == []
    assert cell.endings[-1].ending is Ending.RETURN
    assert "scale" in cell.state.halt


@pytest.mark.hazard("H-13")
def test_a_home_that_is_not_reached_halts_the_cell() -> None:
    cell = SmallCell(settings=replace(SETTINGS, home_rad=(1.0,)))
    cell.run(lambda cell: cell.state.phase is Phase.HALTED)
    assert "home was not reached" in cell.state.halt
    assert cell.endings[-1].ending is Ending.RETURN


@pytest.mark.hazard("H-26")
def test_a_scale_that_stops_during_the_attempt_leaves_it_to_a_person() -> None:
    cell = SmallCell()
    cell.run(holding)
    cell.scale_reads = False
    end = cell.run_to_the_end()
    assert (end.ending, end.result.outcome) == (Ending.REVIEW, Outcome.UNCLEAR)


@pytest.mark.hazard("H-26")
def test_a_destination_that_changes_between_two_tries_is_not_tried_again() -> None:
    cell = SmallCell(policy=missing_policy)
    cell.run(lambda cell: bool(cell.endings))
    cell.scale_kg += 0.1
    cell.run(lambda cell: len(cell.endings) == 2)
    assert cell.endings[1].ending is Ending.REVIEW
    assert "changed by +0.100 kg" in " ".join(cell.endings[1].result.reasons)
    assert len(cell.found(BeginAttempt)) == 1


@pytest.mark.hazard("H-25")
def test_an_item_found_on_the_cup_is_put_back_before_the_next_job() -> None:
    cell = SmallCell(jobs=[])
    cell.advance()
    cell.is_sealed = cell.is_gripper_on = True
    cell.run_for(0.2)
    cell.jobs.append(Job(order="T1", sku="red_box", attempt=1))
    cell.run(lambda cell: not cell.is_sealed)
    assert cell.found(BeginAttempt) == []
    assert cell.y_m == pytest.approx(-0.3, abs=0.02)
    assert cell.run_to_the_end().result.outcome is Outcome.PLACED


def test_no_job_is_taken_while_something_is_missing() -> None:
    for missing in ("is_policy_ready", "is_home_ready", "reads"):
        cell = SmallCell()
        setattr(cell, missing, False)
        cell.run_for(2.0)
        assert len(cell.jobs) == 1, missing
        assert cell.log == [], missing


@pytest.mark.hazard("H-14")
def test_no_job_is_taken_while_system_1_is_latched() -> None:
    cell = SmallCell(mode="STO")
    cell.run_for(1.0)
    assert len(cell.jobs) == 1
    assert cell.state.phase is Phase.HALTED
    state = replace(cell.state, phase=Phase.IDLE)
    assert not wants_job(state, Input(proprioception=None, is_policy_ready=True, is_home_ready=True))


@pytest.mark.hazard("H-17")
def test_a_reading_that_stays_the_same_and_grows_old_counts_as_none() -> None:
    cell = SmallCell()
    cell.run(lambda cell: cell.state.phase is Phase.PICKING)
    cell.frozen_at_ns = cell.now_ns
    cell.run(lambda cell: cell.state.phase is Phase.CHECKING, seconds_max=1.0)
    assert "readings stopped" in cell.state.detail
    assert cell.now_ns - cell.frozen_at_ns > SETTINGS.reading_age_max_ns


def test_no_trigger_is_not_given_as_a_reason() -> None:
    cell = SmallCell(trigger="none")
    cell.run(lambda cell: cell.state.phase is Phase.PICKING)
    cell.mode = "STO"
    assert "none" not in " ".join(cell.run_to_the_end().result.reasons)
