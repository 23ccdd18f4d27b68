"""What the vacuum said during one attempt: the story of the item on the cup, reading by reading."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median

from spinal.supervise.reading import Reading
from spinal.supervise.settings import Settings

Point = tuple[float, float, float]


class Grip(StrEnum):
    """Where the item is, as far as the vacuum tells.

        empty → held → lost        (level fell while the vacuum was on)
                  └──→ releasing → released   (vacuum commanded off; then the level fell)
    Each may become `held` again when the policy grasps again.
    """

    EMPTY = "empty"
    HELD = "held"
    LOST = "lost"
    RELEASING = "releasing"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The story so far. Instants are ns; places are the tool's position in the base frame, m.

    `vacuum` is the level that decisions rest on: the median of `vacuum_newest`, readings as (instant, level).
    `low_tool_m` is the lowest place where the vacuum was on and nothing held, `held_tool_m` where the last hold began.
    """

    grip: Grip = Grip.EMPTY
    since_ns: int = 0
    change_since_ns: int | None = None
    change_tool_m: Point | None = None
    vacuum: float = 0.0
    vacuum_newest: tuple[tuple[int, float], ...] = ()
    vacuum_peak: float = 0.0
    holds: int = 0
    first_held_at_ns: int | None = None
    lost_at_ns: int | None = None
    lost_tool_m: Point | None = None
    release_at_ns: int | None = None
    release_tool_m: Point | None = None
    low_tool_m: Point | None = None
    held_tool_m: Point | None = None
    is_vacuum_missing: bool = False

    @property
    def has_item(self) -> bool:
        """Return whether something may hang on the cup now."""
        return self.grip in (Grip.HELD, Grip.RELEASING)

    @property
    def was_held(self) -> bool:
        """Return whether anything was held in this attempt."""
        return self.holds > 0

    @property
    def grasp_tool_m(self) -> Point | None:
        """Return where the attempt grasped: where it held something, else where it went lowest with the vacuum on."""
        return self.held_tool_m or self.low_tool_m


def follow(settings: Settings, trace: Trace, reading: Reading) -> Trace:
    """Return the trace after one more reading. A vacuum reading that is missing changes nothing but the note of it."""
    level = reading.vacuum
    if not 0.0 <= level <= 1.5:  # also NaN; a pump may read a little above its nominal level
        return replace(trace, is_vacuum_missing=True)
    trace = _filter(settings, trace, reading)
    match trace.grip:
        case Grip.HELD:
            return _follow_held(settings, trace, reading)
        case Grip.RELEASING:
            if trace.vacuum < settings.released_level:
                return _enter(trace, Grip.RELEASED, reading)
            return _follow_grasp(settings, trace, reading)
        case Grip.EMPTY | Grip.LOST | Grip.RELEASED:
            return _follow_grasp(settings, trace, reading)


def _filter(settings: Settings, trace: Trace, reading: Reading) -> Trace:
    """Take the median of the newest readings: some noisy ones are no grasp, and no loss."""
    newest = ((reading.at_ns, reading.vacuum), *trace.vacuum_newest)
    newest = tuple(entry for entry in newest if reading.at_ns - entry[0] < settings.vacuum_filter_ns)
    level = median(value for _, value in newest)
    return replace(trace, vacuum=level, vacuum_newest=newest, vacuum_peak=max(trace.vacuum_peak, level))


def _follow_held(settings: Settings, trace: Trace, reading: Reading) -> Trace:
    if not reading.is_gripper_on:
        released = _enter(trace, Grip.RELEASING, reading)
        return replace(released, release_at_ns=reading.at_ns, release_tool_m=reading.tool_m)
    is_low = trace.vacuum < settings.lost_level
    if reading.vacuum >= settings.lost_level and not is_low:
        return replace(trace, change_since_ns=None)
    if trace.change_since_ns is None:
        trace = replace(trace, change_since_ns=reading.at_ns, change_tool_m=reading.tool_m)
    began_ns = trace.change_since_ns or reading.at_ns
    if not is_low or reading.at_ns - began_ns < settings.loss_confirm_ns:
        return trace
    # The item fell where the level began to fall, not where the loss was confirmed.
    return replace(_enter(trace, Grip.LOST, reading), lost_at_ns=began_ns, lost_tool_m=trace.change_tool_m)


def _follow_grasp(settings: Settings, trace: Trace, reading: Reading) -> Trace:
    height_m = math.inf if trace.low_tool_m is None else trace.low_tool_m[2]
    if reading.is_gripper_on and reading.tool_m[2] < height_m:
        trace = replace(trace, low_tool_m=reading.tool_m)
    if not (reading.is_gripper_on and trace.vacuum >= settings.held_level):
        return replace(trace, change_since_ns=None)
    began_ns = reading.at_ns if trace.change_since_ns is None else trace.change_since_ns
    if trace.change_since_ns is None:
        trace = replace(trace, change_since_ns=began_ns, change_tool_m=reading.tool_m)
    if reading.at_ns - began_ns < settings.hold_confirm_ns:
        return trace
    held = _enter(trace, Grip.HELD, reading)
    first_ns = began_ns if trace.first_held_at_ns is None else trace.first_held_at_ns
    return replace(held, holds=trace.holds + 1, first_held_at_ns=first_ns, held_tool_m=trace.change_tool_m)


def _enter(trace: Trace, grip: Grip, reading: Reading) -> Trace:
    return replace(trace, grip=grip, since_ns=reading.at_ns, change_since_ns=None)
