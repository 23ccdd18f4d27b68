"""Where the cell stands, and all that the supervisor remembers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from spinal.records import Seen
from spinal.supervise.actions import Action, GiveAuthority, Job
from spinal.supervise.outcome import Cause
from spinal.supervise.reading import Reading
from spinal.supervise.scale import QuietScale
from spinal.supervise.source import Source
from spinal.supervise.trace import Point, Trace
from spinal.supervise.turns import Phase, Turn

NO_AUTHORITY: Final = GiveAuthority(source=Source.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All that the supervisor remembers. Make the first one with `State()`: idle, nobody has authority.

    `before_kg` is the destination's weight when the attempt began, `judged_kg` when the last one was judged.
    `waited_ns`: how much of the attempt the arm waited for a person, or lost by being made slow; it does not count.
    `played_ns` is action time at the last step.
    `is_put_back`: the item was let go at home after the attempt, above the source. `rung` is where the cell stands on
    its ladder, `began_rung` where the order began, `tries` on it in this order, `placed` the orders in a row from it,
    `skips` the orders in a row for which no rung was left, `rung_reason` why it stands there, `ask` why a person is
    asked, `tried` what came of each try and `avoid_m` where it grasped, both of this order. `looks` are
    the camera's newest looks at the destination, `seen_before` what lay there when the attempt began.
    """

    phase: Phase = Phase.IDLE
    since_ns: int = 0
    authority: GiveAuthority = NO_AUTHORITY
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
    rung: int = 0
    began_rung: int = 0
    tries: int = 0
    placed: int = 0
    skips: int = 0
    recoveries: int = 0
    rung_reason: str = ""
    ask: str = ""
    tried: tuple[str, ...] = ()
    avoid_m: tuple[Point, ...] = ()
    slowed_ns: int = 0
    looks: tuple[Seen, ...] = ()
    seen_before: Seen | None = None

    def take(self, turn: Turn, now_ns: int, **changes: Any) -> State:
        """Return the state in the phase that the turn leads to, with these changes besides."""
        assert self.phase is turn.before, f"{turn} is not a way out of {self.phase}"
        return replace(self, phase=turn.after, since_ns=now_ns, **changes)

    @property
    def clears(self) -> str:
        """Return what ends the halt or answers the question, for people; empty when there is none."""
        is_waiting = self.phase in (Phase.HALTED, Phase.ASKING)
        return "a person checks the cell and presses Resume" if is_waiting else ""


Step = tuple[State, tuple[Action, ...]]
"""The next state, and what to do, in order."""
