"""A cell in real time: the composition root of the four processes, the task store, REST, the live page and the record.

plant ⇄ reflex ⇄ decide        children, one process each, joined by shared memory
        host                   this process: supervisor, orders, REST, page, recording
"""

from __future__ import annotations

import json
import shutil
import signal
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

from fastapi import APIRouter

from spinal import _core, floor, supervise
from spinal.cell import Cell
from spinal.console import console_router, estop_router
from spinal.decide import read_manifest
from spinal.errors import MachineError, SpinalError
from spinal.record import PickLine, PickLog, Recorder, RunFolder, RunRecord, SafetyRecord, begin_run, end_run, hash_file
from spinal.run import parts, permission
from spinal.run.channels import make_channels
from spinal.run.conductor import Conductor, Hooks
from spinal.run.crew import Crew, CrewFolders
from spinal.run.feed import LiveFeed
from spinal.run.fit import check_policy, declared, load_fitting_cell
from spinal.run.scenes import SceneDesk
from spinal.run.story import tell_story
from spinal.run.terminal import Terminal
from spinal.run.vigil import Vigil
from spinal.run.web import WebServer
from spinal.run.witness import Witness
from spinal.run.wms import OrderPoster

SCENE_TIMEOUT_S = 5.0
HALT_PATIENCE_NS = 60_000 * parts.MILLISECOND_NS
LINGER_S = 1.0
"""How long the cell runs on after the last order, so that page and recording show its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOptions:
    """What `spinal run` was asked for. With `orders` it posts that many over REST and ends when they have ended."""

    cell: Path
    orders: int | None = None
    port: int | None = None
    seed: int = 1
    distribution: str = "lab"
    axis: str | None = None
    runs: Path = Path("runs")
    allows_unsigned: bool = False


def run_host(options: HostOptions) -> dict[str, Any]:
    """Run the cell until its orders have ended or a signal comes; return the summary that run.json holds."""
    cell = load_fitting_cell(options.cell)
    safety = permission.permit(cell, allows_unsigned=options.allows_unsigned)
    check_policy(cell)
    for name in cell.config.simulation.distributions:
        declared(cell, name)
    declared(cell, options.distribution, options.axis)
    started = datetime.now(tz=UTC)
    port = cell.config.host.port if options.port is None else options.port
    server = WebServer(cell.config.host.address, port)
    folder = RunFolder.create(options.runs, started=started, label=cell.config.name)
    link = make_channels(cell, folder.name)
    try:
        with Host(options, cell, safety, folder, link, server, started) as host:
            return host.run()
    finally:
        shutil.rmtree(link, ignore_errors=True)


class Host:
    """One real-time run. Use `run_host`."""

    def __init__(
        self,
        options: HostOptions,
        cell: Cell,
        safety: SafetyRecord,
        folder: RunFolder,
        link: Path,
        server: WebServer,
        started: datetime,
    ) -> None:
        """Make everything that needs no child process."""
        self._options = options
        self._cell = cell
        self._safety = safety
        self._folder = folder
        self._server = server
        self._is_ending = False
        self._notices: list[str] = []
        self._halted_ns: int | None = None
        offset_ns, started_ns = time.time_ns() - time.monotonic_ns(), time.monotonic_ns()
        self._vigil = Vigil(cell, options.runs)
        self._store = floor.TaskStore.open(
            options.runs / f"{cell.config.name}.orders.sqlite",
            catalogue=floor.Catalogue(skus=frozenset(cell.config.skus)),
        )
        self._record: RunRecord = begin_run(
            folder.run_json,
            run_id=folder.name,
            mode="realtime",
            cell=cell.config.name,
            spinal_version=version("spinal"),
            files={**cell.file_hashes, "model.onnx": hash_file(cell.policy_folder / "model.onnx")},
            profile_hash=cell.limits_hash,
            safety=safety,
            policy=read_manifest(cell.policy_folder).lineage,
            seeds={"scenes": options.seed},
            settings={
                "orders": options.orders,
                "distribution": options.distribution,
                "axis": options.axis,
                "monitor": self._vigil.name,
            },
            clock_offset_ns=offset_ns,
            clock_started_ns=started_ns,
            started_at=started,
        )
        self._recorder = Recorder(
            folder.recording,
            joints=cell.config.robot.joints,
            inputs=cell.config.robot.inputs,
            wall_offset_ns=offset_ns,
            metadata={"run": folder.name, "cell": cell.config.name},
        )
        self._picks = PickLog(folder.picks)
        self._held_pick: PickLine | None = None
        self._worked_on: list[str] = []
        self._scenes = SceneDesk(link, options.distribution, options.seed, options.axis)
        self._crew = Crew(
            CrewFolders(
                cell=options.cell,
                link=link,
                journal=folder.journal,
                timing=folder.timing,
                logs=folder.logs,
            ),
            run_id=folder.name,
            profile_hash=cell.limits_hash,
            allows_unsigned=options.allows_unsigned,
            plant_arguments=[
                *("--cell", str(options.cell)),
                *("--distribution", options.distribution),
                *("--seed", str(options.seed)),
                *([] if options.axis is None else ["--axis", options.axis]),
            ],
        )
        self._feed = LiveFeed(cell, folder.name, self._store, self._crew)
        self._witness = Witness(cell, link, self._store, self._recorder, self._feed, self._crew)
        hooks = Hooks(
            bring=self._scenes.bring,
            is_brought=self._scenes.is_there,
            scene=self._scenes.names,
            on_pick=self._on_pick,
            on_note=self._on_note,
            on_scores=lambda found: self._recorder.scores(time.monotonic_ns(), found),
        )
        self._conductor = Conductor(
            cell, parts.make_arm(), link, self._store, self._crew, self._vigil, folder.name, hooks
        )
        self._conductor.started_ns = started_ns
        self._estop = _core.Flag.open(link / "estop")
        self._terminal = Terminal(options.orders)

    def __enter__(self) -> Host:
        """Start the children and the web server; what was started is ended again when one does not come."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        try:
            with self._terminal.waiting("starting plant, System 1 and the policy worker"):
                self._crew.start()
            self._recover()
            self._server.start(
                floor.create_app(
                    self._store,
                    version=version("spinal"),
                    routers=[self._console(), estop_router(press=self._estop.up, release=self._estop.down)],
                    cell_health=self._health,
                )
            )
        except BaseException as error:
            self._close()
            end_run(self._folder.run_json, self._record, summary={}, problem=str(error) or type(error).__name__)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """End everything that was started, in order."""
        self._close()

    def run(self) -> dict[str, Any]:
        """Turn the loop until the end, then tell the story; return the summary."""
        self._terminal.say(f"live page and REST: {self._server.url}   run folder: {self._folder.path}")
        poster = OrderPoster(self._server.url, self._folder.name, list(self._cell.config.skus), self._options)
        self._warn()
        problem = None
        try:
            with self._terminal, poster:
                self._loop(poster)
                self._write_held_pick(self._scenes.finish(SCENE_TIMEOUT_S))
        except MachineError as error:
            problem = str(error)
            self._write_held_pick(None)
        self._server.stop()
        self._crew.end()
        problem = problem or self._crew.reflex_problem() or poster.problem
        self._recorder.close()
        summary = self._summary(poster)
        safety = permission.at_end(self._safety, self._cell.folder, self._cell.limits_hash)
        if safety.has_changed_on_disk:
            self._terminal.say(
                "[red]the safety profile was changed on the disk during the run[/]: this run held the old one"
            )
        self._record = end_run(self._folder.run_json, self._record, summary=summary, problem=problem, safety=safety)
        try:
            with self._terminal.waiting("writing the report"):
                tell_story(self._folder, self._orders(poster))
        except SpinalError as error:
            # The run itself is over and written down; its report can be made again.
            self._terminal.say(f"no report: {error}; try `spinal show {self._folder.path} --report`")
        if problem is not None:
            raise MachineError("the run ended early", value=problem, next_step=f"read {self._folder.logs}")
        self._terminal.finish(summary, self._folder.report)
        return {"run": str(self._folder.path), "report": str(self._folder.report), **summary}

    def _warn(self) -> None:
        """Say loudly, on every page, in the journal and in the record, that nobody signed the limits."""
        watched = self._vigil.warning
        if watched is not None:
            self._terminal.say(f"[yellow]{watched}[/]")
        text = permission.warning(self._safety)
        if text is not None:
            self._terminal.say(f"[bold white on red]{text}[/]")
            self._notices.append(text)
            self._conductor.note("unsigned safety profile", {"what": self._safety.what})

    def _loop(self, poster: OrderPoster) -> None:
        next_ns = time.monotonic_ns()
        end_ns: int | None = None
        while end_ns is None or time.monotonic_ns() < end_ns:
            next_ns += parts.SUPERVISE_NS
            time.sleep(max(0.0, (next_ns - time.monotonic_ns()) * 1e-9))
            now_ns = time.monotonic_ns()
            next_ns = max(next_ns, now_ns - parts.SUPERVISE_NS)
            status = self._witness.status()
            if status is None:
                continue
            self._conductor.step(status, now_ns)
            self._witness.look(status)
            if self._held_pick is not None and self._conductor.sku is not None and self._scenes.is_there():
                self._write_held_pick(self._scenes.truth_of_the_one_before())
            self._check_children(now_ns)
            self._show(status)
            self._check_halt(now_ns)
            if self._is_ending:
                self._conductor.takes_orders = False
            is_over = self._conductor.is_idle and (self._is_ending or poster.is_done(self._store))
            if is_over and end_ns is None:
                end_ns = now_ns + round(LINGER_S * 1e9)

    def _check_halt(self, now_ns: int) -> None:
        """Tell people about a halt at once; a run that was to end by itself ends when nobody comes."""
        state = self._conductor.state
        if state.phase not in (supervise.Phase.HALTED, supervise.Phase.ASKING) or self._is_ending:
            self._halted_ns = None
            return
        if self._halted_ns is None:
            self._halted_ns = now_ns
            what = "halted" if state.phase is supervise.Phase.HALTED else "a person is asked for"
            why = state.halt or state.ask
            self._terminal.say(f"[red]{what}[/]: {why}; {state.clears} on {self._server.url}, or Ctrl-C")
        elif self._options.orders is not None and now_ns - self._halted_ns > HALT_PATIENCE_NS:
            raise MachineError("the cell is halted and nobody resumed it", value=state.halt or state.ask)

    def _check_children(self, now_ns: int) -> None:
        happened = self._crew.check(now_ns)
        if happened is not None:
            self._conductor.note("worker", {"what": happened})
            self._notices.append(happened)
        dead = self._crew.dead()
        if dead is not None and not self._is_ending:
            raise MachineError("a process that the run cannot go on without has died", value=dead)

    def _show(self, status: _core.Status) -> None:
        state = self._conductor.state
        self._feed.phase = str(state.phase)
        self._feed.task = None if self._conductor.sku is None else f"picking {self._conductor.sku}"
        is_waiting = state.phase in (supervise.Phase.HALTED, supervise.Phase.ASKING)
        self._feed.can_resume = is_waiting and not status.is_estop_pressed
        waits_for = state.halt or state.ask or self._vigil.void or self._conductor.rung_notice
        self._feed.notice = waits_for or (self._notices[-1] if self._notices else None)
        self._terminal.show(self._feed.snapshot().counts, str(state.phase), status.mode, self._conductor.sku)

    def _recover(self) -> None:
        # A new plant begins with an empty destination, so its scale says nothing about what an earlier run placed.
        recovery = self._store.recover(lambda: None)
        if recovery.count:
            self._conductor.note("recovered", asdict(recovery))
            unclear = ", ".join(identifier for identifier, _ in recovery.review) or "none"
            self._terminal.say(
                f"{len(recovery.returned)} orders of an earlier run go back to the queue; "
                f"were being placed and need a person: {unclear}"
            )

    def _orders(self, poster: OrderPoster) -> list[floor.Order]:
        """Return the orders of this run: those that it posted and those that it worked on."""
        known = dict.fromkeys([*poster.order_ids, *self._worked_on])
        return [self._store.order(identifier) for identifier in known]

    def _summary(self, poster: OrderPoster) -> dict[str, Any]:
        orders = self._orders(poster)
        return {
            "orders": len(orders),
            "done": sum(order.state is floor.OrderState.DONE for order in orders),
            "failed": sum(order.state is floor.OrderState.FAILED for order in orders),
            "picks": self._terminal.picks,
            "successes": self._terminal.successes,
            "retries": self._terminal.retries,
            "worker_restarts": self._crew.restarts,
            "verdicts": dict(self._witness.verdicts),
            "journal_head": self._journal_head(),
        }

    def _write_held_pick(self, truth: bool | None) -> None:
        """Write the last attempt in a tote, whose truth is known only when the next tote is there."""
        if self._held_pick is not None:
            self._picks.write(replace(self._held_pick, truth=truth))
            self._held_pick = None

    def _journal_head(self) -> str | None:
        """Return the hash that ends the journal, as System 1 told it."""
        if not self._folder.timing.is_file():
            return None
        head = json.loads(self._folder.timing.read_text(encoding="utf-8"))["journal_head"]
        return None if head is None else str(head)

    def _on_pick(self, pick: PickLine) -> None:
        self._write_held_pick(None)
        self._worked_on.append(pick.order)
        if pick.ending == "retry":
            self._picks.write(pick)
        else:
            self._held_pick = pick
        self._feed.add_pick(pick)
        self._terminal.count(pick)

    def _on_note(self, text: str, data: dict[str, Any]) -> None:
        self._recorder.event(time.monotonic_ns(), "supervisor", text, data)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # The first one ends the run in order; a second one ends it now.
        if self._is_ending:
            raise KeyboardInterrupt
        self._is_ending = True
        self._conductor.wants_stop = True

    def _console(self) -> APIRouter:
        return console_router(
            self._feed, on_stop=self._on_stop, on_resume=self._on_resume, on_slow=self._conductor.slow_down
        )

    def _on_stop(self) -> None:
        self._conductor.wants_stop = True

    def _on_resume(self) -> None:
        self._conductor.resume(time.monotonic_ns())

    def _health(self) -> dict[str, Any]:
        return {
            "phase": str(self._conductor.state.phase),
            "worker": str(self._crew.worker_state),
            "processes": self._crew.pids(),
        }

    def _close(self) -> None:
        self._server.stop()
        self._crew.end()
        self._picks.close()
        self._vigil.close()
        self._store.close()
