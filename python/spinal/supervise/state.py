"""Where the cell stands, and all that the supervisor remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from spinal.supervise.actions import GiveAuthority, Job, Source
from spinal.supervise.outcome import Cause
from spinal.supervise.reading import Reading
from spinal.supervise.scale import QuietScale
from spinal.supervise.trace import Trace


class Phase(StrEnum):
    """What the cell is doing."""

    IDLE = "idle"
    HOMING = "homing"
    PICKING = "picking"
    CHECKING = "checking"
    HALTED = "halted"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All that the supervisor remembers. Make the first one with `State()`: idle, nobody has authority.

    `before_kg` is the destination's weight when the attempt began, `judged_kg` when the last one was judged.
    `waited_ns`: how much of the attempt the arm waited for a person, or lost by being made slow; it does not count.
    `played_ns` is action time at the last step.
    `is_put_back`: the item was let go at home after the attempt, above the source.
    """

    phase: Phase = Phase.IDLE
    since_ns: int = 0
    authority: GiveAuthority = field(default_factory=lambda: GiveAuthority(source=Source.NONE))
    job: Job | None = None
    attempt: int = 0
    started_ns: int = 0
    stepped_ns: int | None = None
    waited_ns: int = 0
    played_ns: int | None = None
    trace: Trace = field(default_factory=Trace)
    scale: QuietScale = field(default_factory=QuietScale)
    before_kg: float = 0.0
    judged_kg: float | None = None
    is_intent_asked: bool = False
    is_intent_stored: bool = False
    is_put_back: bool = False
    at_home_since_ns: int | None = None
    tracking_at_ns: int = 0
    last_reading: Reading | None = None
    cause: Cause = Cause.RELEASED
    detail: str = ""
    halt: str = ""

    @property
    def clears(self) -> str:
        """Return what ends the halt, for people; empty when not halted."""
        return "" if self.phase is not Phase.HALTED else "a person checks the cell and presses Resume"
