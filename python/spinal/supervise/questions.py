"""The questions that the state machine asks: each looks at state and input and answers in words."""

from __future__ import annotations

from spinal.supervise.actions import Input
from spinal.supervise.outcome import Cause, is_over
from spinal.supervise.settings import Settings
from spinal.supervise.state import State
from spinal.supervise.trace import Grip


def can_work(state: State, given: Input) -> bool:
    """Return whether everything that work needs is there."""
    return (
        given.is_policy_ready
        and given.is_home_ready
        and not given.is_stop_requested
        and state.last_reading is not None
        and not state.last_reading.mode.is_latched
        and not given.is_latched
    )


def is_over_destination(settings: Settings, state: State) -> bool:
    """Return whether the tool is above the destination now."""
    return state.last_reading is not None and is_over(settings, state.last_reading.tool_m)


def is_placing(settings: Settings, state: State) -> bool:
    """Return whether the item was let go over the destination: what an alarm says then comes too late."""
    trace = state.trace
    return trace.grip in (Grip.RELEASING, Grip.RELEASED) and is_over(settings, trace.release_tool_m)


def stop_reason(state: State, given: Input) -> str:
    """Return why the robot must stand still until a person has looked; empty when it need not."""
    return _latched_fault(state, given) or ("stop asked for by a person" if given.is_stop_requested else "")


def why_end_picking(settings: Settings, state: State, given: Input, now_ns: int) -> tuple[Cause, str, str] | None:
    """Return why the policy's turn is over (cause, detail, what to halt for), or None when it goes on."""
    trace = state.trace
    fault = stop_reason(state, given)
    if fault:
        return Cause.INTERRUPTED, fault, fault
    if given.is_lease_lost:
        return Cause.INTERRUPTED, "the lease was lost", ""
    if state.last_reading is None:
        return Cause.INTERRUPTED, "the robot's readings stopped", ""
    if trace.grip is Grip.RELEASED and is_over(settings, trace.release_tool_m):
        return (Cause.RELEASED, "", "") if now_ns - trace.since_ns >= settings.linger_ns else None
    if not given.is_policy_ready:
        return Cause.INTERRUPTED, "the policy worker is gone", ""
    if given.alarm and not is_placing(settings, state):
        return Cause.ALARM, given.alarm, ""
    if now_ns - state.tracking_at_ns > settings.stall_max_ns:
        why = f"System 1 stood in {state.last_reading.mode.name}{_because(given)}"
        return Cause.INTERRUPTED, f"{why}; {given.trouble}" if given.trouble else why, ""
    if now_ns - state.started_ns - state.waited_ns >= settings.attempt_timeout_ns:
        return Cause.TIMEOUT, "", ""
    if given.is_cancel_requested and not trace.was_held:
        return Cause.CANCELLED, "", ""
    is_gone = trace.grip is Grip.LOST and (
        is_over(settings, trace.lost_tool_m)
        or is_over_destination(settings, state)
        or now_ns - trace.since_ns >= settings.regrasp_wait_ns
    )
    return (Cause.LOST, "", "") if is_gone else None


def why_give_up_recovering(settings: Settings, state: State, given: Input, now_ns: int) -> tuple[str, bool] | None:
    """Return why the attempt is given up before it begins and whether a person must look, or None when it goes on."""
    fault = stop_reason(state, given)
    if fault:
        return fault, True
    if settings.ladder is not None and now_ns - state.since_ns < settings.ladder.recover_timeout_ns:
        return None
    if state.last_reading is None:
        return "the robot's readings stopped", False
    return None if given.is_policy_ready else ("the policy worker did not come back in time", False)


def why_give_up_homing(settings: Settings, state: State, given: Input, now_ns: int) -> tuple[str, bool] | None:
    """Return why home is given up and whether a person must look, or None when it goes on."""
    fault = stop_reason(state, given)
    if fault:
        return fault, True
    reading = state.last_reading
    if now_ns - state.since_ns < settings.home_timeout_ns:
        return None
    if reading is None:
        return "the robot's readings stopped", False
    if not given.is_home_ready or not given.is_policy_ready:
        return "the policy worker did not come back in time", False
    if not reading.home_error_rad <= settings.home_tolerance_rad:
        return f"home was not reached ({reading.home_error_rad:.3f} rad away)", True
    if state.trace.has_item:
        return "the item does not come off the cup", True
    return "the destination scale gives no reading at rest", True


def _latched_fault(state: State, given: Input) -> str:
    reading = state.last_reading
    if reading is None or not (reading.mode.is_latched or given.is_latched):
        return ""
    return f"System 1 is in {reading.mode.name}{_because(given)}"


def _because(given: Input) -> str:
    return f": {given.trigger.replace('_', ' ')}" if given.trigger not in ("", "none") else ""
