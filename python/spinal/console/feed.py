"""What the console shows, and where it comes from: the composition root implements `Feed`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from spinal.records import Frame


class Worker(StrEnum):
    """What the policy worker's process is doing."""

    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """One joint now, rad, and its position limits in the safety profile."""

    name: str
    commanded_rad: float
    measured_rad: float
    position_min_rad: float
    position_max_rad: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """The person with the least room, and the distance that is required, by its terms; all in m.

    `resume_m`: where a robot that waits for the person goes on, None while it does not wait.
    """

    distance_m: float
    required_m: float
    human_m: float
    reaction_m: float
    stopping_m: float
    intrusion_m: float
    human_uncertainty_m: float
    robot_uncertainty_m: float
    resume_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemOne:
    """What System 1 published at `at_ns`.

    `mode`, `trigger` and `clears` are the names that the core uses (`"track"`, `"proposal_gap"`, `"next_proposal"`);
    the page has the sentences for them and shows a name that it does not know as the worst case. `monitor` says whether
    the independent monitor is there (none, alive, silent), `monitor_stop` and `monitor_check` what it asks for and why.
    `vacuum` is 0..1 and `scale_kg` kg, None where the cell has none. `speed_scale` is the share of the joints' speed
    limits that is allowed, and `tighten_reason` why it is less than 1. `admitted`, `trimmed` and `refused` count
    proposals, `gated` the ticks in which the gate limited the motion, `limited_by` the check that it last did so for.
    `people` is None where nobody is looked for. `tick_hz` is measured over the last second, None before that.
    """

    at_ns: int
    mode: str
    trigger: str
    clears: str
    is_powered: bool
    is_at_rest: bool
    is_estop_pressed: bool
    monitor: str
    monitor_stop: str
    monitor_check: str
    joints: tuple[Joint, ...]
    tracking_error_rad: float
    tracking_error_max_rad: float
    gripper: float
    vacuum: float | None
    scale_kg: float | None
    admitted: int
    trimmed: int
    refused: int
    gated: int
    limited_by: str | None
    ticks: int
    tick_hz: float | None
    tick_target_hz: float
    deadline_misses: int
    speed_scale: float
    tighten_reason: str | None
    people: Separation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemTwo:
    """The policy worker: its state, how often it decides and how long a decision takes (None before the first)."""

    policy: str
    worker: Worker
    restarts: int
    decision_hz: float | None
    decision_target_hz: float
    latency_ms: float | None
    latency_p99_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One order as the task store has it; `reason` says why it is in this state."""

    id: str
    sku: str
    quantity: int
    placed: int
    state: str
    attempts: int
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Totals of this run.

    `attempts` were judged, of which `successes` placed the unit; the interval is two-sided 95 % (the feed says by which
    method in `interval`). The rate and its bounds are 0..1, None while there is no attempt.
    """

    orders_done: int
    orders_failed: int
    orders_open: int
    retries: int
    attempts: int
    successes: int
    success_rate: float | None
    success_lower95: float | None
    success_upper95: float | None
    interval: str
    cycle_time_p50_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """One verdict of the gate on a proposal: what became of it and, if anything was found, why in words and numbers."""

    at_ns: int
    source: str
    sequence: int
    outcome: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything on the page except the pictures, at `at_ns` of the feed's clock.

    `phase` is the supervisor's; `task` says in words what is being worked on. `can_resume` says whether a Resume would
    be taken now, `notice` what an operator should know (why not, or what to look at). Orders in work come first;
    verdicts newest first. `system_one` is None while System 1 has published nothing.
    """

    at_ns: int
    cell: str
    run: str
    is_simulated: bool
    started_at_ns: int
    phase: str
    task: str | None
    can_resume: bool
    notice: str | None
    system_one: SystemOne | None
    system_two: SystemTwo
    orders: tuple[OrderRow, ...]
    counts: Counts
    verdicts: tuple[VerdictRow, ...]


class Feed(Protocol):
    """Where the console reads. It is called on the event loop, ten times a second while somebody looks: it must return
    what is already known, without waiting. All instants are of one clock, that of `now_ns`.
    """

    @property
    def cameras(self) -> Sequence[str]:
        """Return the names of the cameras; the first is shown largest."""

    def now_ns(self) -> int:
        """Return the present instant."""

    def snapshot(self) -> Snapshot:
        """Return what is known now."""

    def frame(self, camera: str) -> Frame | None:
        """Return the newest picture of this camera, None before the first."""
