"""The attempt state machine: pure, so that lockstep and real time run the same decisions.

Its phases and every way between them stand in `turns`; docs/supervision.md draws them. What is known when: the scale
before is read at home, with nothing moving. From the moment the vacuum holds something, the intent to place it is being
stored, and the tool may enter the destination only when it is. After the attempt the arm leaves the destination and the
scale comes to rest before anything is judged.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from spinal.supervise.actions import DropJob, EndAttempt, Ending, Input, Note, StopRobot
from spinal.supervise.approach import step_homing, step_recovering, take_job
from spinal.supervise.attempt import step_checking, step_picking, step_stopping
from spinal.supervise.questions import can_work, stop_reason
from spinal.supervise.reading import Mode, read
from spinal.supervise.rungs import after_order, back_to_the_top, changed
from spinal.supervise.scale import QuietScale
from spinal.supervise.settings import Settings
from spinal.supervise.sight import LOOKS_KEPT
from spinal.supervise.source import Source
from spinal.supervise.state import NO_AUTHORITY, State, Step
from spinal.supervise.trace import follow
from spinal.supervise.turns import Phase, Turn

PERSON_NEAR: Final = "person_near"
"""System 1's word for holding the robot because of a person."""
TRACKING: Final = "none"
"""System 1's word for following proposals."""


def wants_job(state: State, given: Input) -> bool:
    """Return whether a job may be leased now: the cell has none, is empty-handed, and everything it needs is there."""
    is_free = state.phase in (Phase.IDLE, Phase.HOMING) and state.job is None and not state.ask
    return is_free and not state.trace.has_item and can_work(state, given)


def step(settings: Settings, state: State, given: Input, now_ns: int) -> Step:
    """Return the next state and what to do, in order. Call it at the decision rate or faster, with `now_ns` rising."""
    state = before = _look(settings, _wait(state, given, now_ns), given, now_ns)
    match state.phase:
        case Phase.IDLE:
            state, actions = _step_idle(state, given, now_ns)
        case Phase.HOMING:
            state, actions = step_homing(settings, state, given, now_ns, may_take=wants_job(state, given))
        case Phase.RECOVERING:
            state, actions = step_recovering(settings, state, given, now_ns)
        case Phase.PICKING:
            state, actions = step_picking(settings, state, given, now_ns)
        case Phase.STOPPING:
            state, actions = step_stopping(settings, state, given, now_ns)
        case Phase.CHECKING:
            state, actions = step_checking(settings, state, given, now_ns)
        case Phase.ASKING:
            state, actions = _step_asking(settings, state, given, now_ns)
        case Phase.HALTED:
            state, actions = _step_halted(state, given, now_ns)
    ended = next((action for action in actions if isinstance(action, EndAttempt | DropJob)), None)
    if isinstance(ended, DropJob) or (ended is not None and ended.ending is not Ending.RETRY):
        is_placed = isinstance(ended, EndAttempt) and ended.ending is Ending.COMPLETE
        state = after_order(settings, state, is_placed=is_placed)
    actions = (*actions, *changed(settings, before, state))
    if given.is_stop_requested and before.authority.source is not Source.NONE:
        actions = (StopRobot(), *actions)
    if state.authority != before.authority:
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
    """Take in the newest look and reading; a reading that is too old counts as none."""
    if given.seen is not None and (not state.looks or given.seen.at_ns > state.looks[-1].at_ns):
        state = replace(state, looks=(*state.looks, given.seen)[-LOOKS_KEPT:])
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
        note = Note(text="halted", data={"reason": fault})
        return state.take(Turn.IDLE_FAULT, now_ns, halt=fault, authority=NO_AUTHORITY), (note,)
    if state.ask:
        return state.take(Turn.ASK, now_ns, authority=NO_AUTHORITY), (
            Note(text="asking a person", data={"why": state.ask}),
        )
    if not can_work(state, given):
        return state, ()
    if state.trace.has_item:
        note = Note(text="something hangs on the cup: putting it back")
        return state.take(Turn.CLEAN, now_ns, scale=QuietScale()), (note,)
    if given.job is None or given.is_lease_lost:
        return state, ()
    return take_job(state.take(Turn.ORDER, now_ns, scale=QuietScale()), given.job), ()


def _step_asking(settings: Settings, state: State, given: Input, now_ns: int) -> Step:
    """Hold, at rest and with power, until a person says that the cell may go on; stop when nobody comes."""
    halt = stop_reason(state, given)
    if not halt and given.is_resume_requested:
        note = Note(text="resumed by a person", data={"after": state.ask})
        return back_to_the_top(state.take(Turn.ANSWERED, now_ns)), (note,)
    if not halt and settings.ladder is not None and now_ns - state.since_ns >= settings.ladder.ask_timeout_ns:
        halt = f"nobody answered: {state.ask}"
    if not halt:
        return state, ()
    note = Note(text="halted", data={"reason": halt})
    return state.take(Turn.NO_ANSWER, now_ns, halt=halt, authority=NO_AUTHORITY), (note, StopRobot())


def _step_halted(state: State, given: Input, now_ns: int) -> Step:
    state = replace(state, authority=NO_AUTHORITY)
    if not given.is_resume_requested or stop_reason(state, given):
        return state, ()
    note = Note(text="resumed by a person", data={"after": state.halt})
    return back_to_the_top(state.take(Turn.RESUMED, now_ns, halt="")), (note,)
