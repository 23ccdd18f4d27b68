"""The supervisor in real time: readings in, authority, orders and notes out. The same decisions as in lockstep."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from spinal import _core, floor, supervise
from spinal.cell import Cell
from spinal.errors import OrderError
from spinal.observe import Assembler
from spinal.record import PickLine
from spinal.records import Task
from spinal.run import parts
from spinal.run.chain import chain_of
from spinal.run.channels import JsonWriter, TaskMessage
from spinal.run.crew import Crew
from spinal.run.vigil import Vigil

LEASE_NS = 30_000 * parts.MILLISECOND_NS
RESUME_NS = 1_000 * parts.MILLISECOND_NS
"""How long a resume is tried: a latched stop must be left first, which takes System 1 some ticks."""
CANCEL_LOOK_NS = 200 * parts.MILLISECOND_NS
RENEW_NS = 5_000 * parts.MILLISECOND_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What the conductor tells the rest of the host, and what it asks of it.

    `bring(sku)` asks for a tote with that SKU, `is_brought()` says when it is there, `scene()` which scene it is;
    `on_pick`, `on_note` and `on_scores` are for the record.
    """

    bring: Callable[[str], None]
    is_brought: Callable[[], bool]
    scene: Callable[[], dict[str, Any]]
    on_pick: Callable[[PickLine], None]
    on_note: Callable[[str, dict[str, Any]], None]
    on_scores: Callable[[dict[str, Any]], None]


class Conductor:
    """Drives the orders of one cell. Call `step` every SUPERVISE_NS."""

    def __init__(
        self,
        cell: Cell,
        arm: _core.Arm,
        link: Path,
        store: floor.TaskStore,
        crew: Crew,
        vigil: Vigil,
        scale_id: str,
        hooks: Hooks,
    ) -> None:
        """Take the host's end of `controls` and `task`. `scale_id` names this run's scale and its zero."""
        self._settings = replace(parts.supervise_settings(cell), has_sight=chain_of(cell).verifier)
        self._assembler = Assembler(
            cameras={}, inputs=cell.config.robot.inputs, arm=arm, robot_age_max_ns=parts.MILLISECOND_NS * 1000
        )
        self._controls = _core.Ring.writer(link / "controls")
        self._reset = _core.Flag.open(link / "reset")
        self._tasks = JsonWriter(link / "task")
        self._store = store
        self._crew = crew
        self._vigil = vigil
        self._scale_id = scale_id
        self._hooks = hooks
        self._lease: floor.Lease | None = None
        self._job: supervise.Job | None = None
        self._stored: tuple[str, int] | None = None
        self._renewed_ns = self._began_ns = self._order_began_ns = 0
        self.started_ns = time.monotonic_ns()
        self._is_lease_lost = False
        self._epoch = 0
        self._worker = 0
        self._task = Task(order="", sku="", attempt=0)
        self._recovery: supervise.BeginRecovery | None = None
        self._avoid_m: tuple[tuple[float, float, float], ...] = ()
        self._rung = ""
        self.state = supervise.State()
        self._is_cancel_requested = False
        self._cancel_looked_ns = self._resume_until_ns = 0
        self.wants_stop = False
        self.takes_orders = True

    def step(self, status: _core.Status, now_ns: int) -> None:
        """Look once, and do what the supervisor says."""
        self._assembler.add_status(status)
        if now_ns < self._resume_until_ns and status.clears == "reset":
            # The independent monitor is reset by its own lane; System 1 takes a reset only once the monitor is content.
            self._controls.push(_core.HostMessage.reset())
        observation = self._assembler.observe(now_ns, self._task)
        assert observation is not None, "a status was just added"
        is_ready = self._crew.is_worker_ready(now_ns)
        self._keep_lease(now_ns)
        self._watch()
        given = supervise.Input(
            proprioception=observation.proprioception,
            trigger=status.trigger,
            is_latched=status.clears == "reset",
            is_slowed=parts.is_slowed(status),
            is_policy_ready=is_ready,
            is_home_ready=is_ready,
            job=self._offered_job(),
            stored_intent=self._stored,
            is_lease_lost=self._is_lease_lost,
            is_cancel_requested=self._look_for_cancel(now_ns),
            is_stop_requested=self.wants_stop,
            is_resume_requested=now_ns < self._resume_until_ns,
            alarm=self._vigil.alarm(self._task.order, self._task.attempt),
            trouble=self._crew.trouble(),
            recovered=self._crew.recovered(),
            seen=self._crew.seen(),
        )
        if self.takes_orders and self._lease is None and supervise.wants_job(self.state, given):
            self._take_order(now_ns)
        self.state, actions = supervise.step(self._settings, self.state, given, now_ns)
        self.wants_stop = False
        for action in actions:
            self._do(action, now_ns)
        if self._worker != self._crew.worker_number:
            self._worker = self._crew.worker_number
            self._give(self.state.authority)

    def resume(self, now_ns: int) -> None:
        """A person has looked at the cell: leave latched stops and the halt, within RESUME_NS."""
        self._reset.up()
        self._resume_until_ns = now_ns + RESUME_NS

    def slow_down(self, scale: float, for_s: float) -> None:
        """A person wants the robot slower, at this share of the joints' speed limits, for so long. Never faster."""
        until_ns = time.monotonic_ns() + round(for_s * 1e9)
        self._controls.push(_core.HostMessage.tighten(scale, until_ns, "operator"))
        self.note("an operator asks for less speed", {"scale": scale, "for_s": for_s})

    @property
    def is_idle(self) -> bool:
        """Return whether no order is being worked on."""
        return self._lease is None and self.state.phase in (
            supervise.Phase.IDLE,
            supervise.Phase.ASKING,
            supervise.Phase.HALTED,
        )

    @property
    def rung_notice(self) -> str:
        """Return in one line that the cell is not on its highest rung, why, and what clears it; empty when it is."""
        if self._settings.ladder is None or self.state.rung == 0:
            return ""
        level, clears = supervise.level_of(self._settings, self.state), supervise.clears(self._settings, self.state)
        return f"working on rung {level}: {self.state.rung_reason}; clears with {clears}"

    @property
    def sku(self) -> str | None:
        """Return the SKU that is being worked on."""
        return None if self._lease is None else self._lease.sku

    def note(self, text: str, data: dict[str, Any]) -> None:
        """Write something into the journal and the record."""
        message = json.dumps({"note": text, **data}, default=str, sort_keys=True)
        self._controls.push(_core.HostMessage.note(message[:4000]))
        self._hooks.on_note(text, data)

    def _watch(self) -> None:
        """Write down what the worker's monitor found at a decision."""
        found = self._vigil.take(self._crew.health())
        if found is not None:
            self._controls.push(_core.HostMessage.note(json.dumps({"watched": found}, sort_keys=True)[:4000]))
            self._hooks.on_scores(found)

    def _take_order(self, now_ns: int) -> None:
        lease = self._store.lease(self._scale_id, LEASE_NS)
        if lease is None:
            return
        self._lease, self._stored, self._is_lease_lost = lease, None, False
        self._renewed_ns = self._order_began_ns = now_ns
        self._hooks.bring(lease.sku)
        self.note("order taken", {"order": lease.order, "sku": lease.sku, "attempt": lease.attempt})

    def _look_for_cancel(self, now_ns: int) -> bool:
        if self._lease is None:
            self._is_cancel_requested = False
        elif now_ns - self._cancel_looked_ns > CANCEL_LOOK_NS:
            self._cancel_looked_ns = now_ns
            self._is_cancel_requested = self._store.is_cancel_requested(self._lease)
        return self._is_cancel_requested

    def _offered_job(self) -> supervise.Job | None:
        if self._job is None and self._lease is not None and self._hooks.is_brought():
            lease = self._lease
            self._job = supervise.Job(order=lease.order, sku=lease.sku, attempt=lease.attempt)
        return self._job

    def _keep_lease(self, now_ns: int) -> None:
        if self._lease is not None and not self._is_lease_lost and now_ns - self._renewed_ns > RENEW_NS:
            self._renewed_ns = now_ns
            try:
                self._lease = self._store.renew(self._lease, LEASE_NS)
            except floor.LeaseLostError:
                self._is_lease_lost = True

    def _do(self, action: supervise.Action, now_ns: int) -> None:
        match action:
            case supervise.GiveAuthority():
                self._give(action)
            case supervise.StopRobot():
                self._controls.push(_core.HostMessage.stop("ss2"))
            case supervise.BeginAttempt():
                self._task = Task(order=action.order, sku=action.sku, attempt=action.attempt)
                self._began_ns, self._avoid_m, self._rung = now_ns, action.avoid_m, action.rung
                self.note("attempt begins", asdict(action))
            case supervise.BeginRecovery():
                self._task = Task(order=action.order, sku=action.sku, attempt=action.attempt)
                self._recovery, self._avoid_m = action, action.avoid_m
                self.note("recovery begins", asdict(action))
            case supervise.SlowDown(scale=scale, for_ns=for_ns):
                self._controls.push(_core.HostMessage.tighten(scale, now_ns + for_ns, "policy_monitor"))
            case supervise.ChangeRung():
                self.note("the cell changes its rung", asdict(action))
            case supervise.RecordPlacing():
                self._record_placing(action)
            case supervise.EndAttempt():
                self._end_attempt(action, now_ns)
            case supervise.DropJob():
                self._drop()
            case supervise.Note(text=text, data=data):
                self.note(text, dict(data))

    def _give(self, authority: supervise.GiveAuthority) -> None:
        source = parts.SOURCES.get(authority.source, 0)
        if source:
            self._epoch += 1
            self._controls.push(_core.HostMessage.grant(source, self._epoch))
        else:
            self._controls.push(_core.HostMessage.revoke())
        message = TaskMessage(
            worker=self._crew.worker_number,
            source=source,
            epoch=self._epoch,
            order=self._task.order,
            sku=self._task.sku,
            attempt=self._task.attempt,
            is_gripper_on=authority.is_gripper_on,
            recovery="" if self._recovery is None else str(self._recovery.recovery),
            recoveries=0 if self._recovery is None else self._recovery.number,
            avoid_m=self._avoid_m,
        )
        self._tasks.write(message.as_dict())

    def _record_placing(self, action: supervise.RecordPlacing) -> None:
        if self._lease is None:
            return
        intent = floor.Intent(
            scale_id=self._scale_id,
            scale_kg=action.scale_kg,
            expected_kg=action.expected_kg,
            tolerance_kg=action.tolerance_kg,
        )
        try:
            self._store.begin_placing(self._lease, intent)
        except floor.LeaseLostError:
            self._is_lease_lost = True
        except OrderError as error:
            # The intent is not on the disk, so the tool waits outside the destination until the attempt's time is up.
            self.note("the intent could not be stored", {"order": action.order, "why": str(error)})
        else:
            self._stored = (action.order, action.attempt)

    def _end_attempt(self, action: supervise.EndAttempt, now_ns: int) -> None:
        lease = self._lease
        if lease is None:
            return
        result = action.result
        drift = self._vigil.end_attempt(lease.order, lease.sku, lease.attempt)
        if drift is not None:
            self.note("the monitor's promise is void: run `spinal calibrate`", asdict(drift))
        try:
            after = self._store.end_attempt(
                lease,
                floor.Ending(action.ending),
                outcome=str(result.outcome),
                reasons=result.reasons,
                evidence=result.evidence,
            )
        except floor.LeaseLostError:
            self._is_lease_lost = True
            return
        is_last = after is None
        self._hooks.on_pick(
            PickLine(
                order=lease.order,
                attempt=lease.attempt,
                sku=lease.sku,
                outcome=str(result.outcome),
                ending=str(action.ending),
                truth=None,
                started_s=(self._began_ns - self.started_ns) * 1e-9,
                duration_s=(now_ns - self._began_ns) * 1e-9,
                cycle_s=(now_ns - self._order_began_ns) * 1e-9 if is_last else None,
                reasons=result.reasons,
                evidence=result.evidence,
                rungs=(self._rung,) if self._rung else (),
                recoveries=() if self._recovery is None else (str(self._recovery.recovery),),
                alarms=(self.state.detail,) if result.outcome is supervise.Outcome.ALARMED else (),
                **self._hooks.scene(),
            )
        )
        self._recovery, self._rung = None, ""
        data = {"order": lease.order, "attempt": lease.attempt, "ending": str(action.ending)}
        self.note("attempt ends", {**data, "outcome": str(result.outcome), "reasons": list(result.reasons)})
        if after is None:
            self._drop()
        else:
            self._lease, self._stored = after, None
            self._job = supervise.Job(order=after.order, sku=after.sku, attempt=after.attempt)

    def _drop(self) -> None:
        self._lease = self._job = self._stored = self._recovery = None
        self._is_lease_lost = False
