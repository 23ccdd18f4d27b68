"""Attempts of the cell's policy, watched but not stopped, over a pool of worker processes; each is kept as it ends."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from spinal.decide import OnnxPolicy
from spinal.errors import EvidenceError, MachineError, PolicyError
from spinal.run import parts, permission
from spinal.run.benches import sample_inputs
from spinal.run.calibrated import bound_of
from spinal.run.deciders import PolicyDecider
from spinal.run.evaluate import scene_for
from spinal.run.fit import load_fitting_cell
from spinal.run.pick import run_pick
from spinal.run.scene_pool import end_with_parent
from spinal.run.station import Station
from spinal.sim.distribution import Distribution, load_distribution
from spinal.watch import Attempt, Bound, Collector
from spinal.watch.attempt_file import read_attempt, write_attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Attempts to be made: one in each scene of a stream, so that no two share site or sensors.

    `axis`: one shift alone; None draws axes as the distribution declares them. `folder` keeps them, a file a scene.
    """

    folder: Path
    distribution: Path
    seed: int
    axis: str | None = None

    def file(self, scene: int) -> Path:
        """Return where the attempt of that scene is."""
        return self.folder / f"{scene:06d}.npz"

    def missing(self, scenes: range) -> list[int]:
        """Return the scenes that have not been made."""
        return [scene for scene in scenes if not self.file(scene).is_file()]

    def read(self, scenes: range) -> list[Attempt]:
        """Return the attempts of these scenes; scenes in which the policy was never asked have none."""
        return [read_attempt(self.file(scene)) for scene in scenes if self.file(scene).stat().st_size]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What every worker needs. A worker whose cell, network or limits are not `bound` refuses to run."""

    cell: Path
    bound: Bound
    profile_hash: bytes


Work = tuple[Series, int]


def collect(what: Collection, works: Sequence[Work], workers: int) -> Iterator[bool]:
    """Make these attempts and yield of each whether it went well, after it has reached the disk, in any order."""
    if workers == 1:
        bench = _Bench(what)
        try:
            yield from (bench.make(*work) for work in works)
        finally:
            bench.close()
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=end_with_parent)
    try:
        for done in as_completed([pool.submit(_make_in_worker, what, work) for work in works]):
            yield done.result()
    except BrokenProcessPool as error:
        raise MachineError(
            "a worker process died in the calibration",
            value=error,
            next_step="the same command goes on where it was; with fewer --workers if memory ran out",
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def embedding_width(policy: OnnxPolicy) -> int:
    """Return the length of the policy's embedding; PolicyError when it shows none."""
    insight = policy.decide(sample_inputs(policy)).insight
    if insight is None:
        raise PolicyError(
            f"policy '{policy.manifest.name}' does not show what it saw, so nothing can be calibrated on it",
            allowed="a network with the outputs embedding, products and target",
            next_step="make the bundle again with `spinal learn`",
        )
    return len(insight.embedding)


class _Bench:
    """A station with a policy that is watched, made once a process."""

    def __init__(self, what: Collection) -> None:
        self._cell = cell = load_fitting_cell(what.cell)
        permission.check_same(cell, what.profile_hash)
        if bound_of(cell) != what.bound:
            raise EvidenceError(
                "a worker of the calibration has another cell or network than the calibration",
                next_step="leave the files alone while it runs",
            )
        policy = OnnxPolicy(cell.policy_folder, parts.cell_inputs(cell))
        self._collector = Collector(tuple(policy.manifest.cameras), embedding_width(policy))
        self._station = Station(cell)
        self._decider = PolicyDecider(cell, self._station, self._collector)
        self._distributions: dict[Path, Distribution] = {}

    def make(self, series: Series, number: int) -> bool:
        if series.distribution not in self._distributions:
            self._distributions[series.distribution] = load_distribution(series.distribution)
        distribution = self._distributions[series.distribution]
        scene = scene_for(self._cell, distribution, series.seed, number, series.axis)
        result = run_pick(self._station, self._decider, scene)
        attempt = self._collector.attempt(
            scene=number, sku=scene.sku, axes=scene.axes, went_well=result.succeeded, outcome=result.outcome
        )
        if attempt is None:
            series.file(number).touch()  # the policy was never asked: nothing to learn, and not to be tried again
            return False
        write_attempt(series.file(number), attempt)
        return result.succeeded

    def close(self) -> None:
        self._station.close()


_worker: list[_Bench] = []
"""The bench of this worker process, made with its first attempt."""


def _make_in_worker(what: Collection, work: Work) -> bool:
    # Made here and not by the pool's initializer, whose errors reach nobody.
    if not _worker:
        _worker.append(_Bench(what))
    return _worker[0].make(*work)
