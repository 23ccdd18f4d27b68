"""The attempt state machine: pure, so that lockstep and real time run the same decisions.

    idle ──job──► homing ──at home, scale at rest──► picking ──released, lost, time up, interrupted──► checking
     ▲              ▲                                                                                     │
     │              └────────────── nothing arrived and a try is left ────────────────────────────────────┤
     ├──────────────────────────── done, failed, returned, cancelled, needs review ───────────────────────┤
    halted ◄── latched stop, stop asked for, home not reached, scale silent (once the order is put down) ─┘

What is known when: the scale before is read at home, with nothing moving. From the moment the vacuum holds something,
the intent to place it is being stored, and the tool may enter the destination only when it is. After the attempt the
arm leaves the destination and the scale comes to rest before anything is judged.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from spinal.supervise.actions import (
    Action,
    BeginAttempt,
    DropJob,
    EndAttempt,
    Ending,
    GiveAuthority,
    Input,
    Job,
    Note,
    RecordPlacing,
    Source,
    StopRobot,
)
from spinal.supervise.outcome import NOTHING_ARRIVED, Facts, Outcome, Result, judge
from spinal.supervise.questions import (
    can_work,
    is_over_destination,
    stop_reason,
    why_end_picking,
    why_give_up_homing,
)
from spinal.supervise.reading import Mode, read
from spinal.supervise.scale import QuietScale
from spinal.supervise.settings import Settings
from spinal.supervise.state import Phase, State
from spinal.supervise.trace import Trace, follow

Step = tuple[State, tuple[Action, ...]]
PERSON_NEAR: Final = "person_near"
"""System 1's word for holding the robot because of a person."""
TRACKING: Final = "none"
"""System 1's word for following proposals."""
NO_AUTHORITY: Final = GiveAuthority(source=Source.NONE)


def wants_job(state: State, given: Input) -> bool:
    """Return whether a job may be leased now: the cell has none, is empty-handed, and everything it needs is there."""
    is_free = state.phase in (Phase.IDLE, Phase.HOMING) and state.job is None
    return is_free and not state.trace.has_item and can_work(state, given)


def step(settings: Settings, state: State, given: Input, now_ns: int) -> Step:
    """Return the next state and what to do, in order. Call it at the decision rate or faster, with `now_ns` rising."""
    state = _look(settings, _wait(state, given, now_ns), given, now_ns)
    before = state.authority
    match state.phase:
        case Phase.IDLE:
            state, actions = _step_idle(state, given, now_ns)
        case Phase.HOMING:
            state, actions = _step_homing(settings, state, given, now_ns)
        case Phase.PICKING:
            state, actions = _step_picking(settings, state, given, now_ns)
        case Phase.CHECKING:
            state, actions = _step_checking(settings, state, given, now_ns)
        case Phase.HALTED:
            state, actions = _step_halted(state, given, now_ns)
    if given.is_stop_requested and before.source is not Source.NONE:
        actions = (StopRobot(), *actions)
    if state.authority != before:
        actions = (*actions, state.authority)
    return state, actions


def _wait(state: State, given: Input, now_ns: int) -> State:
    """While the arm waits for a person to go away no time runs out; while it is made slow, time is action time."""
    since_ns = 0 if state.stepped_ns is None else now_ns - state.stepped_ns
    played_ns = None if given.proprioception is None else given.proprioception.played_ns
    waited_ns = since_ns if given.trigger == PERSON_NEAR else 0
    if given.is_slowed and given.trigger == TRACKING and played_ns is not None and state.played_ns is not None:
        waited_ns = min(max(since_ns - (played_ns - state.played_ns), 0), since_ns)
    return replace(
        state,
        stepped_ns=now_ns,
        played_ns=played_ns,
        since_ns=state.since_ns + waited_ns,
        tracking_at_ns=state.tracking_at_ns + waited_ns,
        waited_ns=state.waited_ns + waited_ns,
    )


def _look(settings: Settings, state: State, given: Input, now_ns: int) -> State:
    """Take in the newest reading; one that is too old counts as none."""
    if state.is_intent_asked and state.job is not None and given.stored_intent == (state.job.order, state.attempt):
        state = replace(state, is_intent_stored=True)
    if given.proprioception is None:
        is_old = state.last_reading is None or now_ns - state.last_reading.at_ns > settings.reading_age_max_ns
        return replace(state, last_reading=None) if is_old else state
    reading = read(settings, given.proprioception)
    if now_ns - reading.at_ns > settings.reading_age_max_ns:
        return replace(state, last_reading=None)
    if state.last_reading is not None and reading.at_ns <= state.last_reading.at_ns:
        return state
    is_home = reading.home_error_rad <= settings.home_tolerance_rad
    at_home_since_ns = (state.at_home_since_ns or reading.at_ns) if is_home else None
    is_tracking = reading.mode is Mode.TRACK
    return replace(
        state,
        last_reading=reading,
        trace=follow(settings, state.trace, reading),
        scale=state.scale.feed(settings, reading.at_ns, reading.scale_kg),
        at_home_since_ns=at_home_since_ns,
        tracking_at_ns=reading.at_ns if is_tracking else state.tracking_at_ns,
    )


def _step_idle(state: State, given: Input, now_ns: int) -> Step:
    fault = stop_reason(state, given)
    if fault:
        return _halt(state, fault, now_ns)
    if not can_work(state, given):
        return state, ()
    if state.trace.has_item:
        return _go_home(state, now_ns), (Note(text="something hangs on the cup: putting it back"),)
    if given.job is None or given.is_lease_lost:
        return state, ()
    return _take_job(_go_home(state, now_ns), given.job), ()


def _step_homing(settings: Settings, state: State, given: Input, now_ns: int) -> Step:
    trouble = why_give_up_homing(settings, state, given, now_ns)
    if trouble is not None:
        reason, needs_person = trouble
        return _put_down(state, Outcome.INTERRUPTED, reason, now_ns, halt=reason if needs_person else "")
    if given.job is not None and not given.is_lease_lost and wants_job(state, given):
        state = replace(_take_job(state, given.job), since_ns=now_ns)
    if given.is_lease_lost and state.job is not None:
        return replace(state, job=None), (DropJob(order=state.job.order, result=None),)
    if given.is_cancel_requested and state.job is not None:
        return _put_down(state, Outcome.CANCELLED, "the order was cancelled", now_ns, halt="")
    if not given.is_home_ready:
        return replace(state, authority=NO_AUTHORITY), ()
    if not _is_settled_at_home(settings, state):
        # The item stays on the cup until it is above the source tote again.
        grip = GiveAuthority(source=Source.HOME, is_gripper_on=state.trace.has_item)
        leans = is_over_destination(settings, state)
        return replace(state, authority=grip, scale=QuietScale() if leans else state.scale), ()
    state = replace(state, authority=GiveAuthority(source=Source.HOME, is_gripper_on=False))
    if state.trace.has_item:
        return state, ()
    if state.job is None:
        return replace(state, phase=Phase.IDLE, since_ns=now_ns, authority=NO_AUTHORITY), ()
    weight_kg = state.scale.weight(settings)
    if weight_kg is None or not given.is_policy_ready:
        return state, ()
    return _begin_attempt(settings, state, state.job, weight_kg, now_ns)


def _begin_attempt(settings: Settings, state: State, job: Job, before_kg: float, now_ns: int) -> Step:
    change_kg = 0.0 if state.judged_kg is None else before_kg - state.judged_kg
    if state.attempt > job.attempt and not abs(change_kg) <= settings.weights[job.sku].tolerance_kg:
        # Something arrived or left after the last try was judged; trying again might place a second unit.
        reason = f"the destination changed by {change_kg:+.3f} kg after the last attempt was judged"
        result = Result(outcome=Outcome.UNCLEAR, reasons=(reason,), evidence={"change_kg": change_kg})
        return _leave(state, now_ns), (EndAttempt(order=job.order, ending=Ending.REVIEW, result=result),)
    state = replace(
        state,
        phase=Phase.PICKING,
        since_ns=now_ns,
        started_ns=now_ns,
        waited_ns=0,
        authority=GiveAuthority(source=Source.POLICY),
        trace=Trace(),
        before_kg=before_kg,
        is_intent_asked=False,
        is_intent_stored=False,
        is_put_back=False,
        tracking_at_ns=now_ns,
    )
    return state, (BeginAttempt(order=job.order, sku=job.sku, attempt=state.attempt),)


def _step_picking(settings: Settings, state: State, given: Input, now_ns: int) -> Step:
    job = state.job
    assert job is not None, "picking is entered with a job only"
    ended = why_end_picking(settings, state, given, now_ns)
    if ended is not None:
        cause, detail, halt = ended
        state = replace(state, cause=cause, detail=detail, halt=halt)
        return _start_check(state, given, now_ns)
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
    # Nothing may be released before the intent is on the disk, so the tool waits outside until it is.
    must_wait = state.trace.has_item and not state.is_intent_stored and is_over_destination(settings, state)
    source = Source.NONE if must_wait else Source.POLICY
    if must_wait and state.authority.source is Source.POLICY:
        actions = (*actions, Note(text="waiting at the destination until the intent is stored"))
    waited_ns = now_ns if must_wait else state.tracking_at_ns
    return replace(state, authority=GiveAuthority(source=source), tracking_at_ns=waited_ns), actions


def _start_check(state: State, given: Input, now_ns: int) -> Step:
    state = replace(state, phase=Phase.CHECKING, since_ns=now_ns, scale=QuietScale())
    note = Note(text="attempt ended", data={"cause": str(state.cause), "detail": state.detail})
    return _clear_the_scale(state, given), (note,)


def _step_checking(settings: Settings, state: State, given: Input, now_ns: int) -> Step:
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
    )
    state = replace(state, judged_kg=after_kg)
    result = judge(settings, facts)
    if given.is_lease_lost:
        return _leave(state, now_ns), (DropJob(order=job.order, result=result),)
    ending = _ending(settings, state, given, result)
    end = EndAttempt(order=job.order, ending=ending, result=result)
    if ending is Ending.RETRY:
        return replace(state, phase=Phase.HOMING, since_ns=now_ns, attempt=state.attempt + 1), (end,)
    return _leave(state, now_ns), (end,)


def _ending(settings: Settings, state: State, given: Input, result: Result) -> Ending:
    if result.outcome is Outcome.PLACED:
        return Ending.COMPLETE
    if result.outcome not in NOTHING_ARRIVED:
        return Ending.REVIEW
    if given.is_cancel_requested:
        return Ending.CANCEL
    if state.halt or result.outcome is Outcome.INTERRUPTED:
        return Ending.RETURN
    tries = 1 if state.job is None else state.attempt - state.job.attempt + 1
    return Ending.RETRY if tries < settings.attempts_max else Ending.FAIL


def _clear_the_scale(state: State, given: Input) -> State:
    """Let home take the arm away from the destination, with the item if there is one; stand still after a stop."""
    if state.halt or not given.is_home_ready:
        return replace(state, authority=NO_AUTHORITY)
    return replace(state, authority=GiveAuthority(source=Source.HOME, is_gripper_on=state.trace.has_item))


def _put_back(settings: Settings, state: State, given: Input) -> State:
    """Carry the item home and let go of it there; without home's source, stand still and wait for it."""
    if not (given.is_home_ready and _is_settled_at_home(settings, state)):
        return state
    return replace(state, is_put_back=True, authority=GiveAuthority(source=Source.HOME, is_gripper_on=False))


def _is_settled_at_home(settings: Settings, state: State) -> bool:
    reading, since_ns = state.last_reading, state.at_home_since_ns
    return reading is not None and since_ns is not None and reading.at_ns - since_ns >= settings.home_settle_ns


def _leave(state: State, now_ns: int) -> State:
    """Drop the job and go on home, where the next job may be taken on the way; or halt if there was a reason for it."""
    if state.halt:
        return replace(state, phase=Phase.HALTED, since_ns=now_ns, job=None, attempt=0, authority=NO_AUTHORITY)
    return replace(state, phase=Phase.HOMING, since_ns=now_ns, job=None, attempt=0)


def _take_job(state: State, job: Job) -> State:
    return replace(state, job=job, attempt=job.attempt)


def _step_halted(state: State, given: Input, now_ns: int) -> Step:
    state = replace(state, authority=NO_AUTHORITY)
    if not given.is_resume_requested or stop_reason(state, given):
        return state, ()
    note = Note(text="resumed by a person", data={"after": state.halt})
    return replace(state, phase=Phase.IDLE, since_ns=now_ns, halt=""), (note,)


def _halt(state: State, reason: str, now_ns: int) -> Step:
    state = replace(state, phase=Phase.HALTED, since_ns=now_ns, halt=reason, authority=NO_AUTHORITY)
    return state, (Note(text="halted", data={"reason": reason}),)


def _put_down(state: State, outcome: Outcome, reason: str, now_ns: int, *, halt: str) -> Step:
    """End a job whose attempt has not begun: nothing was held for it, so there is nothing to check."""
    actions: tuple[Action, ...] = ()
    if state.job is not None:
        ending = Ending.CANCEL if outcome is Outcome.CANCELLED else Ending.RETURN
        result = Result(outcome=outcome, reasons=(reason,), evidence={"ended_because": "before the attempt began"})
        actions = (EndAttempt(order=state.job.order, ending=ending, result=result),)
    if halt:
        actions = (*actions, Note(text="halted", data={"reason": halt}))
    phase = Phase.HALTED if halt else Phase.IDLE
    state = replace(state, phase=phase, since_ns=now_ns, job=None, attempt=0, halt=halt, authority=NO_AUTHORITY)
    return state, actions


def _go_home(state: State, now_ns: int) -> State:
    return replace(state, phase=Phase.HOMING, since_ns=now_ns, scale=QuietScale())
