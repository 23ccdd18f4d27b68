"""Writes the attempts of lockstep picks down as kept episodes, decision by decision."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from spinal import _core, supervise
from spinal.cell import Cell
from spinal.decide import ActionChunk, Undecodable
from spinal.record import hash_file
from spinal.record.episodes import EpisodeStore
from spinal.records import Observation, Plan
from spinal.run.deciders import Decider
from spinal.sim.scene import Scene
from spinal.watch import Watched


def lineage_of(cell: Cell, distribution_sha256: str) -> dict[str, str]:
    """Return the hashes of all that acts in the cell: policy, cell, limits, monitor, scene distribution."""
    found = {
        "cell.toml": cell.file_hashes["cell.toml"],
        "limits": cell.limits_hash.hex(),
        "distribution": distribution_sha256,
    }
    for name in ("model.onnx", "policy.json", "monitor.json", "monitor.npz"):
        if (cell.policy_folder / name).is_file():
            found[name] = hash_file(cell.policy_folder / name)
    return found


@contextmanager
def kept(folder: Path | None, batch: str, lineage: Mapping[str, str], sample_seed: int) -> Iterator[Keeper | None]:
    """Return who keeps the picks of a batch; what is kept is in `folder` when the block ends. None keeps nothing.

    A batch that was killed before leaves nothing but what it had handed over, which the same batch writes again alike.
    """
    if folder is None:
        yield None
        return
    own = folder / f"{batch}.taking"
    shutil.rmtree(own, ignore_errors=True)
    keeper = Keeper(store=EpisodeStore(folder=own, lineage=lineage, sample_seed=sample_seed))
    yield keeper
    keeper.store.forget()
    for path in sorted(own.iterdir()):
        path.replace(folder / path.name)
    own.rmdir()


@dataclass(slots=True, kw_only=True)
class Keeper:
    """Keeps one order after the other in a store."""

    store: EpisodeStore
    _about: dict[str, Any] = field(default_factory=dict)
    _truth: Callable[[], bool] = field(default=lambda: False)
    _waiting: tuple[dict[str, Any], dict[str, Any]] | None = None

    def start(self, scene: Scene, truth: Callable[[], bool]) -> None:
        """Begin a scene; its clock begins anew. `truth` is the simulator's word on success."""
        self.store.forget()
        self._about = {
            "scene": [scene.seed, scene.index, scene.pick],
            "distribution": scene.distribution,
            "axes": list(scene.axes),
            "sku": scene.sku,
        }
        self._truth = truth

    def begin(self, action: supervise.BeginAttempt, now_ns: int) -> None:
        """Begin an attempt at an order."""
        seed, index, pick = self._about["scene"]
        name = f"{self._about['distribution']}-{seed}-{index}-{pick}-a{action.attempt}"
        said = {"order": action.order, "attempt": action.attempt, "rung": action.rung}
        self.store.begin(name, now_ns, {**self._about, **said})

    def decided(
        self,
        observation: Observation,
        plan: Plan | Undecodable,
        by_policy: Decider | None,
        source: int,
        latency_ns: int,
    ) -> None:
        """Note a decision; it is written when it is judged, or when the attempt ends before.

        `by_policy`: who answered, when it was the primary policy; other sources show no chunk and are not watched.
        """
        self._flush(None)
        chunk, watched = (None, None) if by_policy is None else (by_policy.chunk, by_policy.watched)
        self._waiting = decision_record(observation, chunk, plan, watched, source=source, latency_ns=latency_ns)

    def judged(self, verdict: _core.Verdict | None) -> None:
        """Note what the gate said to the decision; None when it could not be decoded."""
        self._flush("undecodable" if verdict is None else verdict.outcome)

    def end(self, ended: supervise.EndAttempt, now_ns: int) -> None:
        """End the attempt; the simulator's truth is its label, what the sensors said stands beside it."""
        self._flush(None)
        result, needs_person = ended.result, ended.ending not in (supervise.Ending.COMPLETE, supervise.Ending.RETRY)
        said = {
            "ending": str(ended.ending),
            "outcome": str(result.outcome),
            "reasons": list(result.reasons),
            "label_source": "simulator",
        }
        self.store.end(now_ns, said, is_success=self._truth(), needs_person=needs_person)

    def _flush(self, verdict: str | None) -> None:
        if self._waiting is not None:
            data, arrays = self._waiting
            self.store.decision({**data, "verdict": verdict}, arrays)
            self._waiting = None


def decision_record(
    observation: Observation,
    chunk: ActionChunk | None,
    plan: Plan | Undecodable,
    watched: Watched | None,
    *,
    source: int,
    latency_ns: int,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a decision's plain values and its arrays.

    `embedding` (E,) float16, `waypoints_m` (steps, 3), `chunk_gripper` (steps,): the policy's whole answer; `asked`
    (steps, width): what went to the gate; `commanded_rad` (dof,): what the gate had let through by then.
    """
    robot = observation.proprioception
    data: dict[str, Any] = {
        "at_ns": observation.at_ns,
        "oldest_ns": observation.oldest_ns,
        "latency_ns": latency_ns,
        "source": source,
        "sku": observation.task.sku,
        "health": dict(observation.health),
        "inputs": dict(robot.inputs),
        "undecodable": plan.reason if isinstance(plan, Undecodable) else None,
        "watched": None if watched is None else asdict(watched),
    }
    arrays: dict[str, Any] = {
        "commanded_rad": robot.joints_commanded_rad.astype(np.float32),
        "tool_commanded_m": robot.tool_commanded_m.astype(np.float32),
    }
    if isinstance(plan, Plan):
        arrays |= {"asked": plan.targets.astype(np.float32), "asked_gripper": plan.gripper.astype(np.float32)}
    if chunk is not None:
        arrays |= {
            "waypoints_m": chunk.waypoints_m.astype(np.float32),
            "chunk_gripper": chunk.gripper.astype(np.float32),
        }
        if chunk.insight is not None:
            arrays["embedding"] = chunk.insight.embedding.astype(np.float16)
    arrays |= {f"image_{name}": image for name, image in _pictures(observation).items()}
    return data, arrays


def _pictures(observation: Observation) -> Mapping[str, Any]:
    return {name: frame.image for name, frame in observation.frames.items()}
