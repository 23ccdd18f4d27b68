"""The child processes of a real-time run. The policy worker is replaced when it dies or hangs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from spinal import _core
from spinal.errors import MachineError
from spinal.records import Seen
from spinal.run import parts
from spinal.run.channels import JsonReader, seen_from
from spinal.run.children import Child, start_child

START_TIMEOUT_S = 30.0
SILENT_NS = 1_000 * parts.MILLISECOND_NS
"""A worker whose heartbeat is older hangs, and is replaced. Chosen by hand: ten heartbeats."""
WORKER_START_NS = 15_000 * parts.MILLISECOND_NS
RESTARTS_IN_A_ROW_MAX = 5
"""A worker that dies so often before its first heartbeat is not started again; the cell stays in hold."""


class WorkerState(StrEnum):
    """What the policy worker is doing."""

    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewFolders:
    """Where the children find their things."""

    cell: Path
    link: Path
    journal: Path
    timing: Path
    logs: Path


class Crew:
    """Starts the children in order, watches them, ends them in the opposite order."""

    def __init__(
        self,
        folders: CrewFolders,
        *,
        run_id: str,
        profile_hash: bytes,
        allows_unsigned: bool,
        plant_arguments: list[str],
    ) -> None:
        """Take what the children need to know; nothing is started yet."""
        self._folders = folders
        self._run_id = run_id
        self._profile_hash = profile_hash
        self._allows_unsigned = allows_unsigned
        self._plant_arguments = plant_arguments
        self._health = JsonReader(folders.link / "decide")
        self._plant: Child | None = None
        self._reflex: Child | None = None
        self._worker: Child | None = None
        self._worker_started_ns = 0
        self._early_deaths = 0
        self.worker_number = 0
        self.restarts = 0
        self.worker_state = WorkerState.STARTING
        self.last_worker_words = ""

    def start(self) -> None:
        """Start plant, System 1, worker, in this order; MachineError with the last words of one that does not come."""
        link = self._folders.link
        self._plant = self._start("plant", "spinal.run.plant_process", ["--link", str(link), *self._plant_arguments])
        self._wait(self._plant, _first_message(link / "measured"), "the simulated robot")
        self._reflex = self._start(
            "reflex",
            "spinal.run.reflex_process",
            [
                *("--cell", str(self._folders.cell)),
                *("--link", str(link)),
                *("--journal", str(self._folders.journal)),
                *("--timing", str(self._folders.timing)),
                *("--run-id", self._run_id),
                *("--profile-hash", self._profile_hash.hex()),
                *(["--unsigned"] if self._allows_unsigned else []),
            ],
        )
        self._wait(self._reflex, _first_message(link / "status"), "System 1")
        self._start_worker()
        assert self._worker is not None
        self._wait(self._worker, lambda: self.health() is not None, "the policy worker")

    def health(self) -> dict[str, Any] | None:
        """Return the present worker's last heartbeat; None before its first."""
        value = self._health.read()
        return value if value is not None and value["worker"] == self.worker_number else None

    def trouble(self) -> str:
        """Return why the present worker proposes nothing now; empty when it does, or nobody asked it."""
        health = self.health()
        return "" if health is None else str(health["last"].get("fault", ""))

    def recovered(self) -> tuple[str, int] | None:
        """Return (order, attempt) of the last recovering motion that the present worker has ended."""
        health = self.health()
        told = None if health is None else health["recovered"]
        return None if told is None else (str(told[0]), int(told[1]))

    def seen(self) -> Seen | None:
        """Return the present worker's newest look at the destination."""
        health = self.health()
        return seen_from(None if health is None else health["seen"])

    def is_worker_ready(self, now_ns: int) -> bool:
        """Return whether the worker lives and its heart beats."""
        health = self.health()
        alive = self._worker is not None and self._worker.is_alive
        return alive and health is not None and now_ns - int(health["at_ns"]) <= SILENT_NS

    def check(self, now_ns: int) -> str | None:
        """Replace a worker that is dead or silent; return what happened, None when all is well."""
        if self._worker is None or self.worker_state is WorkerState.STOPPED:
            return None
        if self.is_worker_ready(now_ns):
            self.worker_state, self._early_deaths = WorkerState.READY, 0
            return None
        code = self._worker.process.poll()
        if code is None and self.health() is None and now_ns - self._worker_started_ns < WORKER_START_NS:
            return None
        fate = f"exited with code {code}" if code is not None else "is silent"
        self._early_deaths += self.health() is None
        self.last_worker_words = self._worker.last_words(4)
        self._worker.process.kill()
        self._worker.process.wait()
        if self._early_deaths >= RESTARTS_IN_A_ROW_MAX:
            self.worker_state = WorkerState.STOPPED
            return f"policy worker {self.worker_number} {fate} and never comes up: not started again"
        self.restarts += 1
        self.worker_state = WorkerState.RESTARTING
        number = self.worker_number
        self._start_worker()
        return f"policy worker {number} {fate}; worker {self.worker_number} starts"

    def dead(self) -> str | None:
        """Return which of plant and System 1 has died, None while both live: without them the run cannot go on."""
        for child in (self._plant, self._reflex):
            if child is not None and not child.is_alive:
                return f"{child.name} exited with code {child.process.returncode}:\n{child.last_words()}"
        return None

    def pids(self) -> dict[str, int]:
        """Return the process ids of those that live, by name."""
        children = (self._plant, self._reflex, self._worker)
        return {child.name: child.pid for child in children if child is not None and child.is_alive}

    def end(self) -> None:
        """End the worker, then System 1 (which stops the robot first), then the plant. May be called twice."""
        for child, grace_s in ((self._worker, 2.0), (self._reflex, 10.0), (self._plant, 3.0)):
            if child is not None:
                child.end(grace_s)

    def reflex_problem(self) -> str | None:
        """Return what System 1 could not finish, its journal above all; None when all is well, or it still runs."""
        if self._reflex is None or self._reflex.process.returncode in (None, 0):
            return None
        return f"System 1 ended with code {self._reflex.process.returncode}: {self._reflex.last_words()}"

    def _start_worker(self) -> None:
        self.worker_number += 1
        self._worker_started_ns = time.monotonic_ns()
        self._worker = self._start(
            "decide",
            "spinal.run.decide_process",
            [
                *("--cell", str(self._folders.cell)),
                *("--link", str(self._folders.link)),
                *("--number", str(self.worker_number)),
            ],
        )

    def _start(self, name: str, module: str, arguments: list[str]) -> Child:
        return start_child(name, module, arguments, self._folders.logs)

    def _wait(self, child: Child, is_there: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + START_TIMEOUT_S
        while not is_there():
            if not child.is_alive or time.monotonic() > end:
                raise MachineError(
                    f"{what} did not start",
                    value=child.last_words() or f"exit code {child.process.poll()}",
                    next_step=f"read {child.log}; `spinal doctor` says what the machine lacks",
                )
            time.sleep(0.01)


def _first_message(path: Path) -> Callable[[], bool]:
    reader = _core.Latest.reader(path)
    return lambda: reader.generation > 0
