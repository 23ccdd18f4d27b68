"""A cell of a few lines, for testing the supervisor: one axis, one cup, one scale, and faults at chosen instants."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from spinal.records import Proprioception
from spinal.supervise import (
    Action,
    BeginAttempt,
    BeginRecovery,
    DropJob,
    EndAttempt,
    GiveAuthority,
    Input,
    Job,
    Note,
    RecordPlacing,
    Settings,
    Source,
    State,
    StopRobot,
    Weight,
    Zone,
    step,
    wants_job,
)

STEP_NS = 20_000_000
SECOND_NS = 1_000_000_000
HOME_Y_M, DESTINATION_Y_M = -0.3, 0.3

SETTINGS = Settings(
    home_rad=(0.0,),
    weights={"red_box": Weight(mass_kg=0.1, tolerance_kg=0.03), "blue_can": Weight(mass_kg=0.3, tolerance_kg=0.03)},
    destination=Zone(x_min_m=0.2, x_max_m=0.6, y_min_m=0.15, y_max_m=0.45),
    attempts_max=3,
    attempt_timeout_ns=8 * SECOND_NS,
    home_timeout_ns=4 * SECOND_NS,
)

# What a policy wants at one step: (y of the tool in m, tool is down, vacuum on).
Wish = tuple[float, bool, bool]
Policy = Callable[["SmallCell"], Iterator[Wish]]


def good_policy(cell: SmallCell) -> Iterator[Wish]:
    """Pick one item at home, carry it over and let go."""
    while not cell.is_sealed:
        yield HOME_Y_M, True, True
    for _ in range(10):
        yield HOME_Y_M, True, True
    while abs(cell.y_m - DESTINATION_Y_M) > 0.01:
        yield DESTINATION_Y_M, False, True
    for _ in range(5):
        yield DESTINATION_Y_M, False, True
    while True:
        yield DESTINATION_Y_M, False, False


def missing_policy(cell: SmallCell) -> Iterator[Wish]:
    """Carry nothing over."""
    for _ in range(20):
        yield HOME_Y_M, False, True
    while True:
        yield DESTINATION_Y_M, False, False


def clinging_policy(cell: SmallCell) -> Iterator[Wish]:
    """Pick an item and never let go."""
    while True:
        yield HOME_Y_M, not cell.is_sealed, True


@dataclass
class SmallCell:
    """The world, with the supervisor in the loop; `run` moves virtual time."""

    policy: Policy = good_policy
    others: dict[str, Policy] = field(default_factory=dict)  # by rung, where it is not `policy`
    settings: Settings = SETTINGS
    item_kg: float = 0.1
    now_ns: int = SECOND_NS
    y_m: float = 0.0
    is_sealed: bool = False
    is_gripper_on: bool = False
    leak: bool = False
    seals: bool = True
    mode: str = "SOS"
    trigger: str = ""
    scale_kg: float = 0.5
    scale_reads: bool = True
    is_policy_ready: bool = True
    is_home_ready: bool = True
    reads: bool = True
    frozen_at_ns: int | None = None
    leaning_kg: float = 0.0
    speed_m_s: float = 0.6
    is_slowed: bool = False
    pace: float = 1.0
    played_ns: int = 0
    stores_intents: bool = True
    is_lease_lost: bool = False
    is_cancel_requested: bool = False
    is_stop_requested: bool = False
    is_resume_requested: bool = False
    alarm: str = ""
    alarms_once: bool = True
    recovers: bool = True
    jobs: list[Job] = field(default_factory=lambda: [Job(order="T1", sku="red_box", attempt=1)])
    state: State = field(default_factory=State)
    log: list[tuple[int, Action]] = field(default_factory=list)
    _job: Job | None = None
    _stored: tuple[str, int] | None = None
    _recovered: tuple[str, int] | None = None
    _script: Iterator[Wish] | None = None
    _falling: list[tuple[int, float]] = field(default_factory=list)

    def run(self, until: Callable[[SmallCell], bool], seconds_max: float = 60.0) -> None:
        """Go on until `until(cell)`; not getting there is an error."""
        for _ in range(int(seconds_max / 0.02)):
            if until(self):
                return
            self.advance()
        raise AssertionError(f"did not get there in {seconds_max} s: {self.state}")

    def run_for(self, seconds: float) -> None:
        """Go on for some time."""
        for _ in range(int(seconds / 0.02)):
            self.advance()

    def run_to_the_end(self) -> EndAttempt:
        """Go on until the order has its last ending, and return it."""
        self.run(lambda cell: bool(cell.endings) and cell.endings[-1].ending != "retry")
        return self.endings[-1]

    def found(self, kind: type[Action]) -> list[Action]:
        """Return the actions of one kind so far."""
        return [action for _, action in self.log if isinstance(action, kind)]

    @property
    def endings(self) -> list[EndAttempt]:
        """Return the endings so far."""
        return [action for _, action in self.log if isinstance(action, EndAttempt)]

    @property
    def source(self) -> Source:
        """Return who has authority."""
        return self.state.authority.source

    def advance(self) -> None:
        """Move the world by one step and ask the supervisor."""
        self.now_ns += STEP_NS
        self._move()
        given = self._look()
        if self._job is None and self.jobs and wants_job(self.state, given):
            self._job = self.jobs.pop(0)
        self.state, actions = step(self.settings, self.state, replace(given, job=self._job), self.now_ns)
        for action in actions:
            self.log.append((self.now_ns, action))
            self._obey(action)

    def _obey(self, action: Action) -> None:
        match action:
            case BeginAttempt(rung=rung):
                self._script = self.others.get(rung, self.policy)(self)
                self.alarm = "" if self.alarms_once else self.alarm
            case BeginRecovery(order=order, attempt=attempt) if self.recovers:
                self._recovered = (order, attempt)
            case RecordPlacing(order=order, attempt=attempt) if self.stores_intents:
                self._stored = (order, attempt)
            case EndAttempt(ending=ending) if ending != "retry":
                self._job = None
            case DropJob():
                self._job = None
            case StopRobot():
                self.mode = "SOS"
            case GiveAuthority() | Note() | _:
                pass

    def _move(self) -> None:
        wish: Wish | None = None
        match self.source:
            case Source.POLICY | Source.SECOND | Source.SKILL if self.is_policy_ready and self._script is not None:
                wish = next(self._script)
            case Source.HOME if self.is_home_ready:
                wish = (HOME_Y_M, False, self.state.authority.is_gripper_on)
            case _:
                pass
        is_free = self.mode in ("SOS", "SS2", "TRACK")
        if is_free:
            self.mode = "TRACK" if wish is not None else "SOS"
        if wish is None or not is_free:
            return
        y_m, is_down, is_on = wish
        self.played_ns += round(self.pace * STEP_NS)
        reach_m = self.pace * self.speed_m_s * STEP_NS / SECOND_NS
        self.y_m += max(-reach_m, min(reach_m, y_m - self.y_m))
        self._grip(is_down, is_on)

    def _grip(self, is_down: bool, is_on: bool) -> None:
        self.is_gripper_on = is_on
        if self.is_sealed and (not is_on or self.leak):
            self.is_sealed = False
            zone = self.settings.destination
            if zone.y_min_m <= self.y_m <= zone.y_max_m:
                self._falling.append((self.now_ns + 200_000_000, self.item_kg))
        elif is_down and is_on and self.seals and not self.leak:
            self.is_sealed = True

    def _look(self) -> Input:
        arrived = [mass for at_ns, mass in self._falling if at_ns <= self.now_ns]
        self._falling = [(at_ns, mass) for at_ns, mass in self._falling if at_ns > self.now_ns]
        self.scale_kg += sum(arrived)
        level = 0.9 if self.is_sealed else 0.1 if self.is_gripper_on else 0.02
        zone = self.settings.destination
        leaning_kg = self.leaning_kg if zone.y_min_m <= self.y_m <= zone.y_max_m else 0.0
        tool = np.array([0.4, self.y_m, 0.3])
        joints = np.array([self.y_m - HOME_Y_M])
        proprioception = Proprioception(
            at_ns=self.frozen_at_ns or self.now_ns,
            joints_commanded_rad=joints,
            joints_measured_rad=joints,
            tool_commanded_m=tool,
            tool_measured_m=tool,
            tool_velocity_commanded_m_s=np.zeros(3),
            gripper=1.0 if self.is_gripper_on else 0.0,
            inputs={
                "vacuum": level,
                "destination_scale_kg": self.scale_kg + leaning_kg if self.scale_reads else math.nan,
            },
            played_ns=self.played_ns,
            mode=self.mode,
        )
        return Input(
            proprioception=proprioception if self.reads else None,
            trigger=self.trigger,
            is_slowed=self.is_slowed,
            is_policy_ready=self.is_policy_ready,
            is_home_ready=self.is_home_ready,
            stored_intent=self._stored,
            is_lease_lost=self.is_lease_lost,
            is_cancel_requested=self.is_cancel_requested,
            is_stop_requested=self.is_stop_requested,
            is_resume_requested=self.is_resume_requested,
            alarm=self.alarm,
            recovered=self._recovered,
        )
