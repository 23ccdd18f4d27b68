"""What goes into the supervisor and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from spinal.records import Proprioception, Seen
from spinal.supervise.ladder import Recovery
from spinal.supervise.outcome import Result
from spinal.supervise.source import Source
from spinal.supervise.trace import Point


class Ending(StrEnum):
    """What becomes of the order after an attempt; the task store knows the same words."""

    COMPLETE = "complete"
    RETRY = "retry"
    RETURN = "return"
    FAIL = "fail"
    REVIEW = "review"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One unit of one order, leased to this cell. `attempt` is the lease's; each retry adds one to it."""

    order: str
    sku: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What is known at one step. All flags are levels, not edges: give them as they are now, at every step.

    `proprioception` is the newest reading or None. `job` is looked at only while `wants_job` says so, and must stay the
    same until its `EndAttempt` or `DropJob`. `stored_intent` is (order, attempt) of the last `RecordPlacing` that is on
    the disk, `recovered` that of the last `BeginRecovery` whose motion is done. `is_latched`: System 1 says that only a
    person's reset ends its stop, whatever its mode. `is_slowed`: it lets the arm move only slowly, for a person who is
    near or because less speed was asked for. `alarm`: why a monitor of this attempt expects it to fail. `trouble`: why
    the source with authority proposes nothing, such as a picture that is missing. `seen`: the newest look at the
    destination.
    """

    proprioception: Proprioception | None
    trigger: str = ""
    is_latched: bool = False
    is_slowed: bool = False
    is_policy_ready: bool = False
    is_home_ready: bool = False
    job: Job | None = None
    stored_intent: tuple[str, int] | None = None
    is_lease_lost: bool = False
    is_cancel_requested: bool = False
    is_stop_requested: bool = False
    is_resume_requested: bool = False
    alarm: str = ""
    trouble: str = ""
    recovered: tuple[str, int] | None = None
    seen: Seen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveAuthority:
    """Let `source` move the robot, and nobody else. `is_gripper_on` is what home's proposals must keep."""

    source: Source
    is_gripper_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRobot:
    """Ask System 1 for a safe stop 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginAttempt:
    """Tell the source that is given authority next what to pick, on which rung of the ladder.

    `avoid_m`: where the tool was when earlier grasps of this order failed, base frame, the newest last.
    """

    order: str
    sku: str
    attempt: int
    rung: str = "policy"
    avoid_m: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginRecovery:
    """Tell the recovering source which motion to make before the attempt; then set `Input.recovered`.

    `number` counts the order's recoveries from 0, so that each can differ. `avoid_m` is as in `BeginAttempt`.
    """

    order: str
    sku: str
    attempt: int
    recovery: Recovery
    number: int
    avoid_m: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowDown:
    """Let System 1 hold the joints to this share of their speed limits, for so long from now. Never faster."""

    scale: float
    for_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRung:
    """Write down that the cell goes down or up the ladder: from where, to where, why, and what brings it up again."""

    before: str
    after: str
    reason: str
    clears: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPlacing:
    """Store, durably, that the item may be released from now on; then set `Input.stored_intent`."""

    order: str
    attempt: int
    scale_kg: float
    expected_kg: float
    tolerance_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAttempt:
    """Store what became of the attempt and of the order."""

    order: str
    ending: Ending
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class DropJob:
    """Forget the job without ending it: its lease was lost, and the task store has decided about the order."""

    order: str
    result: Result | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Write something down for people: journal, recording, log."""

    text: str
    data: Mapping[str, Any] = field(default_factory=dict)


Action = (
    GiveAuthority
    | StopRobot
    | BeginAttempt
    | BeginRecovery
    | SlowDown
    | ChangeRung
    | RecordPlacing
    | EndAttempt
    | DropJob
    | Note
)
