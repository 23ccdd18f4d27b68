"""An attempt, from the first motion that the policy is let make to what became of the order."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from spinal.supervise.actions import (
    Action,
    DropJob,
    EndAttempt,
    Ending,
    GiveAuthority,
    Input,
    Note,
    RecordPlacing,
    SlowDown,
    StopRobot,
)
from spinal.supervise.approach import is_settled_at_home
from spinal.supervise.outcome import NOTHING_ARRIVED, Cause, Facts, Outcome, Result, judge
from spinal.supervise.questions import is_over_destination, stop_reason, why_end_picking
from spinal.supervise.reading import Mode
from spinal.supervise.rungs import next_try, rung_of, skip
from spinal.supervise.scale import QuietScale
from spinal.supervise.settings import MILLISECOND_NS, Settings
from spinal.supervise.sight import Look, agree
from spinal.supervise.source import Source
from spinal.supervise.state import NO_AUTHORITY, State, Step
from spinal.supervise.turns import Turn

SLOW_FOR_NS: Final = 1_000 * MILLISECOND_NS
"""How long one `SlowDown` lasts: nothing takes it back, so it is short, and said again while the attempt goes on."""
SLOW_AGAIN_NS: Final = 500 * MILLISECOND_NS


def step_picking(settings: Settings, state: State, given: Input, now_ns: int) -> Step:
    """Let the rung's source work until the attempt ends."""
    job = state.job
    assert job is not None, "picking is entered with a job only"
    ended = why_end_picking(settings, state, given, now_ns)
    if ended is not None:
        cause, detail, halt = ended
        state = replace(state, cause=cause, detail=detail, halt=halt)
        if cause is Cause.ALARM:
            # First the verified stop, with whatever is held; then home has the arm.
            note = Note(text="alarm: the attempt is stopped", data={"alarm": detail})
            return state.take(Turn.ALARM, now_ns, authority=NO_AUTHORITY), (StopRobot(), note)
        return _start_check(state, given, Turn.ENDED, now_ns)
    actions: tuple[Action, ...] = ()
    if state.trace.was_held and not state.is_intent_asked:
        weight = settings.weights[job.sku]
        record = RecordPlacing(
            order=job.order,
            attempt=state.attempt,
            scale_kg=state.before_kg,
            expected_kg=weight.mass_kg,
            tolerance_kg=weight.tolerance_kg,
        )
        state, actions = replace(state, is_intent_asked=True), (record,)
    rung = rung_of(settings, state)
    if rung.speed_scale < 1 and now_ns - state.slowed_ns >= SLOW_AGAIN_NS:
        state = replace(state, slowed_ns=now_ns)
        actions = (*actions, SlowDown(scale=rung.speed_scale, for_ns=SLOW_FOR_NS))
    # Nothing may be released before the intent is on the disk, so the tool waits outside until it is.
    must_wait = state.trace.has_item and not state.is_intent_stored and is_over_destination(settings, state)
    source = Source.NONE if must_wait else rung.source
    if must_wait and state.authority.source is rung.source:
        actions = (*actions, Note(text="waiting at the destination until the intent is stored"))
    waited_ns = now_ns if must_wait else state.tracking_at_ns
    return replace(state, authority=GiveAuthority(source=source), tracking_at_ns=waited_ns), actions


def step_stopping(settings: Settings, state: State, given: Input, now_ns: int) -> Step:
    """Wait until the arm stands after an alarm; whatever keeps it from standing is judged in the check."""
    reading = state.last_reading
    stands = reading is not None and reading.mode is Mode.SOS
    is_late = now_ns - state.since_ns >= settings.stop_timeout_ns
    if stands or is_late or reading is None or stop_reason(state, given):
        return _start_check(state, given, Turn.STOPPED, now_ns)
    return state, ()


def _start_check(state: State, given: Input, turn: Turn, now_ns: int) -> Step:
    note = Note(text="attempt ended", data={"cause": str(state.cause), "detail": state.detail})
    return _clear_the_scale(state.take(turn, now_ns, scale=QuietScale()), given), (note,)


def step_checking(settings: Settings, state: State, given: Input, now_ns: int) -> Step:
    """Put back what still hangs on the cup, wait for the scale, and judge."""
    job = state.job
    assert job is not None, "checking is entered with a job only"
    state = _clear_the_scale(replace(state, halt=state.halt or stop_reason(state, given)), given)
    if state.trace.has_item and not state.halt:
        # An order does not end while its item hangs on the cup: first it goes back to where it came from.
        waited_ns = now_ns - state.since_ns
        if waited_ns < settings.check_timeout_ns + settings.home_timeout_ns:
            return _put_back(settings, state, given), ()
        if given.is_home_ready:
            state = replace(state, halt="the item could not be put back", authority=NO_AUTHORITY)
    if state.authority.source is Source.HOME and is_over_destination(settings, state):
        state = replace(state, scale=QuietScale())  # the arm may lean on the tote
    after_kg = state.scale.weight(settings)
    if after_kg is None and now_ns - max(state.since_ns, state.trace.since_ns) < settings.check_timeout_ns:
        return state, ()
    facts = Facts(
        sku=job.sku,
        started_ns=state.started_ns,
        ended_ns=now_ns,
        cause=state.cause,
        detail=state.detail,
        before_kg=state.before_kg,
        after_kg=after_kg,
        trace=state.trace,
        is_intent_stored=state.is_intent_stored,
        is_put_back=state.is_put_back,
        look=_look_of(settings, state),
    )
    state = replace(state, judged_kg=after_kg)
    result = judge(settings, facts)
    if given.is_lease_lost:
        return _leave(state, now_ns), (DropJob(order=job.order, result=result),)
    ending = _final_ending(settings, state, given, result)
    if ending is not None:
        return _leave(state, now_ns), (EndAttempt(order=job.order, ending=ending, result=result),)
    again = next_try(settings, state, result)
    if again is not None:
        again = again.take(Turn.AGAIN, now_ns, attempt=state.attempt + 1)
        return again, (EndAttempt(order=job.order, ending=Ending.RETRY, result=result),)
    state, result, actions = skip(settings, state, result)
    return _leave(state, now_ns), (EndAttempt(order=job.order, ending=Ending.FAIL, result=result), *actions)


def _look_of(settings: Settings, state: State) -> Look | None:
    """Return the destination before and after: a look counts after the item left the cup, and before any next one."""
    if not settings.has_sight:
        return None
    left_ns = state.trace.since_ns if state.trace.was_held and not state.trace.has_item else None
    after = () if left_ns is None else tuple(seen for seen in state.looks if seen.at_ns >= left_ns)
    return Look(before=state.seen_before, after=agree(after))


def _final_ending(settings: Settings, state: State, given: Input, result: Result) -> Ending | None:
    """Return how the order ends by this result alone; None when it may be tried again."""
    if result.outcome is Outcome.PLACED:
        return Ending.COMPLETE
    if result.outcome not in NOTHING_ARRIVED:
        return Ending.REVIEW
    if given.is_cancel_requested:
        return Ending.CANCEL
    is_over = result.outcome is Outcome.INTERRUPTED and settings.ladder is None
    return Ending.RETURN if state.halt or is_over else None


def _clear_the_scale(state: State, given: Input) -> State:
    """Let home take the arm away from the destination, with the item if there is one; stand still after a stop."""
    if state.halt or not given.is_home_ready:
        return replace(state, authority=NO_AUTHORITY)
    return replace(state, authority=GiveAuthority(source=Source.HOME, is_gripper_on=state.trace.has_item))


def _put_back(settings: Settings, state: State, given: Input) -> State:
    """Carry the item home and let go of it there; without home's source, stand still and wait for it."""
    if not (given.is_home_ready and is_settled_at_home(settings, state)):
        return state
    return replace(state, is_put_back=True, authority=GiveAuthority(source=Source.HOME, is_gripper_on=False))


def _leave(state: State, now_ns: int) -> State:
    """Drop the job and go on home, where the next job may be taken on the way; or halt if there was a reason for it."""
    if state.halt:
        return state.take(Turn.CHECK_FAULT, now_ns, job=None, attempt=0, authority=NO_AUTHORITY)
    return state.take(Turn.DONE, now_ns, job=None, attempt=0)
