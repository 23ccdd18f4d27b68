"""The policy worker: sees the cameras through shared memory, proposes through shared memory, may die at any line.

If it dies here, System 1 plays the admitted chunk to its end, comes to rest along its verified stop and holds; the host
starts a new worker, which gets a new authority epoch: whatever this one still sends has no authority.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from spinal import _core
from spinal.cell import Cell, load_cell
from spinal.decide import ActionChunk, Answers, OnnxPolicy, Proposer, Undecodable, decode, tool_rotation_at
from spinal.errors import SpinalError
from spinal.records import Frame, Observation, Plan, Task
from spinal.run import parts
from spinal.run.calibrated import make_watcher, moment_of
from spinal.run.chain import chain_of
from spinal.run.channels import JsonReader, JsonWriter, TaskMessage
from spinal.run.ladder import LadderDeciders
from spinal.run.looking import make_looker
from spinal.run.vigil import message_of

POLL_S = 0.004
HEARTBEAT_NS = 100 * parts.MILLISECOND_NS
LOOK_POLL_NS = 20 * parts.MILLISECOND_NS
"""How often it is asked whether the hand is above the destination."""
FRAME_WAIT_NS = 120 * parts.MILLISECOND_NS
"""How long a decision waits for a picture newer than the last one it used, before it takes what there is."""


class Worker:
    """Observes and proposes until it is told to end."""

    def __init__(self, cell: Cell, link: Path, number: int) -> None:
        """Load the policy and take this worker's ends of the channels."""
        self._cell = cell
        self._number = number
        self._arm = parts.make_arm()
        self._policy = OnnxPolicy(cell.policy_folder, parts.cell_inputs(cell))
        self._watcher = make_watcher(cell)
        self._watched: dict[str, Any] | None = None
        self._rotation = tool_rotation_at(self._arm, np.array(cell.config.robot.home_rad))
        self._home = parts.make_home(cell, self._arm)
        self._assembler = parts.make_assembler(cell, self._arm)
        self._frames = {name: _core.Latest.reader(link / f"frame-{name}") for name in cell.config.policy.cameras}
        self._seen = dict.fromkeys(self._frames, 0)
        self._status = _core.Latest.reader(link / "status")
        self._tasks = JsonReader(link / "task")
        self._health = JsonWriter(link / "decide")
        self._proposals = _core.Ring.writer(link / "proposals")
        self._answers = Answers(_core.Latest.reader(link / "verdict"), frozenset(parts.SOURCE_NAMES))
        self._proposers = {
            source: Proposer(source=source, profile_hash=cell.limits_hash, valid_ns=parts.PROPOSAL_VALID_NS)
            for source in parts.SOURCE_NAMES
        }
        self._ladder = LadderDeciders(cell, self._arm, cell.config.ladder)
        self._looker = make_looker(cell, self._arm, chain_of(cell))
        self._sight: dict[str, Any] | None = None
        self._look_ns = 0
        self._attempt: tuple[str, int] | None = None
        self._recovering: tuple[str, int] | None = None
        self._recovered: tuple[str, int] | None = None
        self._period_ns = round(1e9 / cell.config.policy.rate_hz)
        self._decisions = self._unusable = 0
        self._last: dict[str, float | str] = {}
        self.is_ending = False

    def run(self) -> None:
        """Decide at the cell's rate for whoever has authority, until `is_ending`."""
        next_ns = beat_ns = 0
        epoch = -1
        while not self.is_ending:
            now_ns = time.monotonic_ns()
            fresh = self._look()
            if (told := self._answers.look()) is not None:
                sys.stderr.write(f"decide: {told}\n")
            task = self._task()
            if task is not None and task.source:
                if task.epoch != epoch:
                    epoch, next_ns = task.epoch, now_ns
                waited_ns = now_ns - next_ns
                if waited_ns >= 0 and (fresh or task.source not in parts.SEEING_SOURCES or waited_ns > FRAME_WAIT_NS):
                    self._decide(task, now_ns)
                    # Keep the grid, but do not run after decisions that were missed long ago.
                    next_ns = max(next_ns + self._period_ns, now_ns + self._period_ns // 2)
            if task is not None:
                self._look_down(task, now_ns)
            if now_ns >= beat_ns:
                beat_ns = now_ns + HEARTBEAT_NS
                self._beat(now_ns)
            time.sleep(POLL_S)

    def _look(self) -> bool:
        """Take in the newest status and pictures; return whether there is a picture that no decision has seen."""
        try:
            status = self._status.read()
            if status is not None:
                self._assembler.add_status(_core.Status.from_bytes(status[1]))
            for camera, channel in self._frames.items():
                if channel.generation != self._seen[camera]:
                    read = channel.read()
                    if read is not None:
                        self._seen[camera] = read[0]
                        self._assembler.add_frame(Frame.from_bytes(camera, read[1]))
                        self._has_new_frame = True
        except BlockingIOError:
            pass  # overtaken by a fast writer: the next look finds a whole message
        return self._has_new_frame

    _has_new_frame = False

    def _task(self) -> TaskMessage | None:
        value = self._tasks.read()
        task = None if value is None else TaskMessage.from_dict(value)
        return task if task is not None and task.worker == self._number else None

    def _decide(self, message: TaskMessage, now_ns: int) -> None:
        task = Task(order=message.order, sku=message.sku, attempt=message.attempt)
        observation = self._assembler.observe(now_ns, task)
        if observation is None:
            return
        began = time.perf_counter()
        plan = self._plan(message, observation)
        inference_ms = (time.perf_counter() - began) * 1e3
        if message.source in parts.SEEING_SOURCES:
            self._has_new_frame = False
        if isinstance(plan, Undecodable):
            self._unusable += 1
            self._last = {"fault": plan.reason}
            return
        made_ns = time.monotonic_ns()
        proposal = self._proposers[message.source].propose(plan, observation, epoch=message.epoch, made_at_ns=made_ns)
        self._proposals.push(proposal.encode())
        self._decisions += 1
        self._last = {
            "inference_ms": inference_ms,
            "latency_ms": (time.monotonic_ns() - observation.oldest_ns) * 1e-6,
            "source": float(message.source),
        }
        self._beat(made_ns)

    def _plan(self, message: TaskMessage, observation: Observation) -> Plan | Undecodable:
        if message.source == parts.HOME_SOURCE:
            return self._home.plan(observation.proprioception, 1.0 if message.is_gripper_on else 0.0)
        task = (message.order, message.attempt)
        if message.source == parts.RECOVER_SOURCE:
            return self._recover(message, observation, task)
        if task != self._attempt:
            self._attempt = task
            self._ladder.begin_attempt(message.avoid_m)
        if message.source != parts.POLICY_SOURCE:
            return self._ladder.decide(message.source, observation)
        if not observation.is_usable:
            bad = ", ".join(f"{part} {health}" for part, health in observation.health.items() if health != "ok")
            self._watch(observation, None)
            return Undecodable(reason=f"not usable: {bad}")
        chunk = self._policy.decide(self._policy.encode(observation))
        self._watch(observation, chunk)
        return decode(chunk, observation.proprioception, self._arm, self._rotation)

    def _watch(self, observation: Observation, chunk: ActionChunk | None) -> None:
        if self._watcher is None:
            return
        watched = self._watcher.look(moment_of(self._policy.manifest, observation, chunk))
        task = observation.task
        number = 0 if self._watched is None else self._watched["decision"] + 1
        self._watched = message_of(task.order, task.attempt, number, watched)

    def _look_down(self, message: TaskMessage, now_ns: int) -> None:
        """Look into the destination while the empty hand is above it."""
        if self._looker is None or now_ns < self._look_ns:
            return
        self._look_ns = now_ns + LOOK_POLL_NS
        task = Task(order=message.order, sku=message.sku, attempt=message.attempt)
        observation = self._assembler.observe(now_ns, task)
        if observation is not None and self._looker.is_due(observation.proprioception, now_ns):
            seen = self._looker.look(observation, now_ns)
            self._sight = self._sight if seen is None else asdict(seen)

    def _recover(self, message: TaskMessage, observation: Observation, task: tuple[str, int]) -> Plan | Undecodable:
        if task != self._recovering:
            self._recovering = task
            self._ladder.begin_recovery(message.recovery, message.recoveries, message.avoid_m)
        plan = self._ladder.decide(message.source, observation)
        if self._ladder.is_recovered:
            self._recovered = task
        return plan

    def _beat(self, now_ns: int) -> None:
        self._health.write(
            {
                "worker": self._number,
                "pid": os.getpid(),
                "at_ns": now_ns,
                "decisions": self._decisions,
                "unusable": self._unusable,
                "last": self._last,
                "refused": self._answers.outcomes["refused"],
                "answer": self._answers.last,
                "watched": self._watched,
                "recovered": self._recovered,
                "seen": self._sight,
            }
        )


def main() -> int:
    """Run the worker; exit code 2 with the message in the log when the cell or the policy is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cell", type=Path, required=True)
    parser.add_argument("--link", type=Path, required=True)
    parser.add_argument("--number", type=int, required=True)
    arguments = parser.parse_args()
    try:
        worker = Worker(load_cell(arguments.cell), arguments.link, arguments.number)
    except SpinalError as error:
        sys.stderr.write(f"decide: {error}\n")
        return 2

    def end(signum: int, frame: FrameType | None) -> None:
        worker.is_ending = True

    signal.signal(signal.SIGTERM, end)
    worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
