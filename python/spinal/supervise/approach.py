"""Before an attempt: home with the scale at rest, and a recovery where the rung has one."""

from __future__ import annotations

from dataclasses import replace

from spinal.records import Seen
from spinal.supervise.actions import (
    Action,
    BeginAttempt,
    BeginRecovery,
    DropJob,
    EndAttempt,
    Ending,
    GiveAuthority,
    Input,
    Job,
    Note,
)
from spinal.supervise.outcome import Outcome, Result
from spinal.supervise.questions import is_over_destination, why_give_up_homing, why_give_up_recovering
from spinal.supervise.rungs import rung_of
from spinal.supervise.scale import QuietScale
from spinal.supervise.settings import Settings
from spinal.supervise.sight import EMPTY, agree
from spinal.supervise.source import Source
from spinal.supervise.state import NO_AUTHORITY, State, Step
from spinal.supervise.trace import Trace
from spinal.supervise.turns import Phase, Turn


def step_homing(settings: Settings, state: State, given: Input, now_ns: int, *, may_take: bool) -> Step:
    """Go home, and begin the next attempt there. `may_take`: an order may be taken on the way."""
    trouble = why_give_up_homing(settings, state, given, now_ns)
    if trouble is not None:
        reason, needs_person = trouble
        return put_down(state, Outcome.INTERRUPTED, reason, now_ns, halt=reason if needs_person else "")
    if given.job is not None and not given.is_lease_lost and may_take:
        state = replace(take_job(state, given.job), since_ns=now_ns)
    if given.is_lease_lost and state.job is not None:
        return replace(state, job=None), (DropJob(order=state.job.order, result=None),)
    if given.is_cancel_requested and state.job is not None:
        return put_down(state, Outcome.CANCELLED, "the order was cancelled", now_ns, halt="")
    if not given.is_home_ready:
        return replace(state, authority=NO_AUTHORITY), ()
    if not is_settled_at_home(settings, state):
        # The item stays on the cup until it is above the source tote again.
        grip = GiveAuthority(source=Source.HOME, is_gripper_on=state.trace.has_item)
        leans = is_over_destination(settings, state)
        return replace(state, authority=grip, scale=QuietScale() if leans else state.scale), ()
    state = replace(state, authority=GiveAuthority(source=Source.HOME, is_gripper_on=False))
    if state.trace.has_item:
        return state, ()
    if state.job is None:
        return state.take(Turn.EMPTY, now_ns, authority=NO_AUTHORITY), ()
    weight_kg = state.scale.weight(settings)
    if weight_kg is None or not given.is_policy_ready:
        return state, ()
    return _leave_home(settings, state, state.job, weight_kg, now_ns)


def _seen_before(settings: Settings, state: State, job: Job, before_kg: float) -> Seen | None:
    """Return what lies in the destination: nothing, by the scale, or what the camera saw when it was last judged."""
    if abs(before_kg) <= min(weight.tolerance_kg for weight in settings.weights.values()):
        return EMPTY
    is_same = state.judged_kg is not None and abs(before_kg - state.judged_kg) <= settings.weights[job.sku].tolerance_kg
    return agree(state.looks) if is_same else None


def _leave_home(settings: Settings, state: State, job: Job, before_kg: float, now_ns: int) -> Step:
    change_kg = 0.0 if state.judged_kg is None else before_kg - state.judged_kg
    if state.attempt > job.attempt and not abs(change_kg) <= settings.weights[job.sku].tolerance_kg:
        # Something arrived or left after the last try was judged; trying again might place a second unit.
        reason = f"the destination changed by {change_kg:+.3f} kg after the last attempt was judged"
        result = Result(outcome=Outcome.UNCLEAR, reasons=(reason,), evidence={"change_kg": change_kg})
        end = EndAttempt(order=job.order, ending=Ending.REVIEW, result=result)
        return replace(state, since_ns=now_ns, job=None, attempt=0), (end,)
    state = replace(state, before_kg=before_kg, seen_before=_seen_before(settings, state, job, before_kg))
    recovery = rung_of(settings, state).recovery(state.tries)
    if recovery is None:
        return _begin_attempt(settings, state, job, Turn.PICK, now_ns)
    begin = BeginRecovery(
        order=job.order,
        sku=job.sku,
        attempt=state.attempt,
        recovery=recovery,
        number=state.recoveries,
        avoid_m=state.avoid_m,
    )
    authority = GiveAuthority(source=Source.RECOVER)
    state = state.take(Turn.RECOVER, now_ns, authority=authority, recoveries=state.recoveries + 1)
    return state, (begin,)


def step_recovering(settings: Settings, state: State, given: Input, now_ns: int) -> Step:
    """Let the recovery's motion be made; the attempt begins where it ends, or where it is when its time is up."""
    job = state.job
    assert job is not None, "recovering is entered with a job only"
    trouble = why_give_up_recovering(settings, state, given, now_ns)
    if trouble is not None:
        reason, needs_person = trouble
        return put_down(state, Outcome.INTERRUPTED, reason, now_ns, halt=reason if needs_person else "")
    if given.is_lease_lost:
        return state.take(Turn.RECOVERY_LEASE_LOST, now_ns, job=None), (DropJob(order=job.order, result=None),)
    if given.is_cancel_requested:
        return put_down(state, Outcome.CANCELLED, "the order was cancelled", now_ns, halt="")
    is_done = given.recovered == (job.order, state.attempt)
    is_late = settings.ladder is None or now_ns - state.since_ns >= settings.ladder.recover_timeout_ns
    if not given.is_policy_ready or state.last_reading is None or not (is_done or is_late):
        return state, ()
    state, actions = _begin_attempt(settings, state, job, Turn.RECOVERED, now_ns)
    return state, actions if is_done else (Note(text="the recovery did not end in time"), *actions)


def _begin_attempt(settings: Settings, state: State, job: Job, turn: Turn, now_ns: int) -> Step:
    rung = rung_of(settings, state)
    state = state.take(
        turn,
        now_ns,
        started_ns=now_ns,
        waited_ns=0,
        authority=GiveAuthority(source=rung.source),
        trace=Trace(),
        is_intent_asked=False,
        is_intent_stored=False,
        is_put_back=False,
        tracking_at_ns=now_ns,
        slowed_ns=0,
    )
    begin = BeginAttempt(order=job.order, sku=job.sku, attempt=state.attempt, rung=rung.name, avoid_m=state.avoid_m)
    return state, (begin,)


def put_down(state: State, outcome: Outcome, reason: str, now_ns: int, *, halt: str) -> Step:
    """End a job whose attempt has not begun: nothing was held for it, so there is nothing to check."""
    actions: tuple[Action, ...] = ()
    if state.job is not None:
        ending = Ending.CANCEL if outcome is Outcome.CANCELLED else Ending.RETURN
        result = Result(outcome=outcome, reasons=(reason,), evidence={"ended_because": "before the attempt began"})
        actions = (EndAttempt(order=state.job.order, ending=ending, result=result),)
    if halt:
        actions = (*actions, Note(text="halted", data={"reason": halt}))
    if state.phase is Phase.RECOVERING:
        turn = Turn.RECOVERY_FAULT if halt else Turn.RECOVERY_GIVEN_UP
    else:
        turn = Turn.HOMING_FAULT if halt else Turn.HOMING_GIVEN_UP
    return state.take(turn, now_ns, job=None, attempt=0, halt=halt, authority=NO_AUTHORITY), actions


def take_job(state: State, job: Job) -> State:
    """Return the state with a job; the job's first attempt is the lease's."""
    return replace(state, job=job, attempt=job.attempt)


def is_settled_at_home(settings: Settings, state: State) -> bool:
    """Return whether the arm has been at home for long enough to be at rest."""
    reading, since_ns = state.last_reading, state.at_home_since_ns
    return reading is not None and since_ns is not None and reading.at_ns - since_ns >= settings.home_settle_ns
