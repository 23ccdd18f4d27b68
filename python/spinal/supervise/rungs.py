"""Going down and up the ladder: what the rules of `ladder` mean for the state."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from spinal.supervise.actions import Action, ChangeRung, Note
from spinal.supervise.ladder import ASK, STOP, Rung
from spinal.supervise.outcome import Cause, Outcome, Result
from spinal.supervise.settings import MILLISECOND_NS, Settings
from spinal.supervise.state import State
from spinal.supervise.turns import Phase

AVOID_MAX: Final = 4
"""How many places where grasps failed are remembered in an order. Chosen by hand."""
TELLING: Final = (Outcome.ALARMED, Outcome.INTERRUPTED)
"""Outcomes after which the same rung is not tried again in the order."""


def rung_of(settings: Settings, state: State) -> Rung:
    """Return the rung on which the cell stands."""
    return settings.rungs[state.rung]


def level_of(settings: Settings, state: State) -> str:
    """Return how the cell works now: the name of its rung, "ask" or "stop"."""
    if state.phase is Phase.HALTED:
        return STOP
    return ASK if state.ask else rung_of(settings, state).name


def clears(settings: Settings, state: State) -> str:
    """Return what brings the cell up the ladder, or out of its halt, for people; empty when it works as it should."""
    if settings.ladder is None or state.phase is Phase.HALTED:
        return state.clears
    if state.ask:
        wait_s = settings.ladder.ask_timeout_ns // (1000 * MILLISECOND_NS)
        return f"a person checks the cell and presses Resume; after {wait_s} s the cell stops"
    return settings.ladder.clears(state.rung, state.placed)


def changed(settings: Settings, before: State, after: State) -> tuple[Action, ...]:
    """Return what is to be written down of a step from one rung to another; nothing for a cell without a ladder."""
    left, entered = level_of(settings, before), level_of(settings, after)
    if settings.ladder is None or left == entered:
        return ()
    reason = after.halt or after.ask or after.rung_reason
    return (ChangeRung(before=left, after=entered, reason=reason, clears=clears(settings, after)),)


def next_try(settings: Settings, state: State, result: Result) -> State | None:
    """Return the state for the order's next try after one that placed nothing; None when there is none left."""
    tries = state.tries + 1
    if settings.ladder is None:
        has_more = tries < settings.attempts_max and result.outcome is not Outcome.INTERRUPTED
        return replace(state, tries=tries) if has_more else None
    rung = settings.ladder.after_failure(state.rung, tries, is_told=result.outcome in TELLING)
    if rung is None:
        return None
    state = replace(
        state,
        tried=(*state.tried, _tried(settings, state, result)),
        avoid_m=_avoid(state),
        tries=tries if rung == state.rung else 0,
    )
    return state if rung == state.rung else replace(state, rung=rung, rung_reason=f"{_tried(settings, state, result)}")


def skip(settings: Settings, state: State, result: Result) -> tuple[State, Result, tuple[Action, ...]]:
    """Return state and result of an order for which no rung is left: it ends with all that was tried."""
    ladder = settings.ladder
    if ladder is None:
        return state, result, ()
    tried = (*state.tried, _tried(settings, state, result))
    reason = "no rung of the ladder is left; tried " + ", ".join(tried)
    result = replace(result, reasons=(*result.reasons, reason))
    state = replace(state, skips=state.skips + 1)
    if state.skips > ladder.skips_max:
        state = replace(state, ask=f"{state.skips} orders in a row could not be done: {reason}")
    order = "" if state.job is None else state.job.order
    return state, result, (Note(text="order skipped", data={"order": order, "tried": list(tried)}),)


def after_order(settings: Settings, state: State, *, is_placed: bool) -> State:
    """Return the state once an order has ended: the rung for the next one, and nothing of the old one."""
    state = replace(state, tries=0, recoveries=0, tried=(), avoid_m=(), skips=0 if is_placed else state.skips)
    if settings.ladder is None:
        return state
    rung, placed = settings.ladder.after_order(state.began_rung, state.rung, state.placed, is_placed=is_placed)
    reason = "the order has ended" if rung != state.rung else state.rung_reason
    return replace(state, rung=rung, began_rung=rung, placed=placed, rung_reason=reason)


def back_to_the_top(state: State) -> State:
    """Return the state after a person has looked at why no rung was left; another stop's reset changes no rung."""
    if not state.ask:
        return state
    return replace(state, ask="", rung=0, began_rung=0, placed=0, skips=0, rung_reason="a person has looked")


def _tried(settings: Settings, state: State, result: Result) -> str:
    """Return in a few words what came of a try."""
    because = f": {state.detail}" if state.detail and state.cause in (Cause.ALARM, Cause.INTERRUPTED) else ""
    return f"{rung_of(settings, state).name} ({result.outcome}{because})"


def _avoid(state: State) -> tuple[tuple[float, float, float], ...]:
    point_m = state.trace.grasp_tool_m
    return state.avoid_m if point_m is None else (*state.avoid_m, point_m)[-AVOID_MAX:]
