"""Scenes of a campaign over a pool of worker processes: each scene is a batch of picks in one simulator."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for
from pathlib import Path

import simplejpeg

from spinal.cell import Cell
from spinal.errors import MachineError
from spinal.qualify import PickOutcome, SceneResult
from spinal.run import permission
from spinal.run.deciders import Decider
from spinal.run.evaluate import Who, make_decider, scene_for
from spinal.run.fit import load_fitting_cell
from spinal.run.pick import PickResult, run_pick
from spinal.run.station import Station
from spinal.sim.distribution import Distribution, load_distribution

WAITING = 2
"""Scenes a worker that are handed out ahead: enough that none waits, few enough that a stop is soon over."""
PICTURE_SIZE = (480, 360)
JPEG_QUALITY = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What every worker needs to run a scene. `distribution` is a file; `pictures` a folder, None for no pictures."""

    cell: Path
    distribution: Path
    who: Who
    seed: int
    picks_per_scene: int
    attempts_max: int
    profile_hash: bytes
    pictures: Path | None


class Simulator:
    """A station with its decider: runs scenes, one after the other."""

    def __init__(self, what: Campaign) -> None:
        """Compile the cell and load the policy; refuses a safety profile that is not the campaign's."""
        self._what = what
        self._cell: Cell = load_fitting_cell(what.cell)
        permission.check_same(self._cell, what.profile_hash)
        self._distribution: Distribution = load_distribution(what.distribution)
        self._station, self._decider = make_simulation(what, self._cell)

    def run(self, index: int) -> SceneResult:
        """Run all picks of scene `index`; the first failure of a scene leaves a picture."""
        axes: tuple[str, ...] = ()
        picks: list[PickOutcome] = []
        for number in range(self._what.picks_per_scene):
            scene = scene_for(self._cell, self._distribution, self._what.seed, index, pick=number)
            result = run_pick(self._station, self._decider, scene, attempts_max=self._what.attempts_max)
            axes = result.axes
            outcome = pick_outcome(result, number)
            if outcome.is_failure and not any(pick.is_failure for pick in picks):
                outcome = pick_outcome(result, number, self._picture(index, number))
            picks.append(outcome)
        return SceneResult(index=index, axes=axes, picks=tuple(picks))

    def close(self) -> None:
        """Free the OpenGL contexts."""
        self._station.close()

    def _picture(self, index: int, number: int) -> str | None:
        """Draw how the pick ended, for people; return the picture's name."""
        if self._what.pictures is None:
            return None
        image = self._station.cameras.overview(self._station.simulation.data, *PICTURE_SIZE, shadows=False)
        name = f"scene-{index:06d}-pick-{number:03d}.jpg"
        self._what.pictures.mkdir(parents=True, exist_ok=True)
        (self._what.pictures / name).write_bytes(simplejpeg.encode_jpeg(image, quality=JPEG_QUALITY))
        return name


def make_simulation(what: Campaign, cell: Cell) -> tuple[Station, Decider]:
    """Return the simulated cell and who decides in it."""
    station = Station(cell)
    return station, make_decider(what.who, cell, station)


def pick_outcome(result: PickResult, number: int, picture: str | None = None) -> PickOutcome:
    """Return a pick as evidence keeps it."""
    return PickOutcome(
        pick=number,
        sku=result.sku,
        attempts=result.attempts,
        outcome=result.outcome,
        ending=result.ending,
        trigger=result.trigger,
        succeeded=result.succeeded,
        needs_person=result.needs_person,
        reasons=result.reasons,
        cycle_s=result.cycle_s,
        simulated_s=result.simulated_s,
        wall_s=result.wall_s,
        journal_head=result.journal_head,
        picture=picture,
    )


def run_scenes(what: Campaign, indices: Sequence[int], workers: int) -> Iterator[SceneResult]:
    """Yield each scene when it is done, in any order; what a scene holds does not depend on the number of workers."""
    if not indices:
        return
    if workers == 1:
        simulator = Simulator(what)
        try:
            yield from map(simulator.run, indices)
        finally:
            simulator.close()
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, len(indices)), mp_context=context, initializer=_end_with_parent)
    try:
        yield from _in_any_order(pool, what, indices, workers)
    except BrokenProcessPool as error:
        raise MachineError(
            "a worker process died in the campaign",
            value=error,
            next_step="the same command goes on where it was; with fewer --workers if memory ran out",
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _in_any_order(
    pool: ProcessPoolExecutor, what: Campaign, indices: Sequence[int], workers: int
) -> Iterator[SceneResult]:
    left = iter(indices)
    running: set[Future[SceneResult]] = set()
    while True:
        for index in left:
            running.add(pool.submit(_run_in_worker, what, index))
            if len(running) >= WAITING * workers:
                break
        if not running:
            return
        done, running = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            yield future.result()


_simulator: list[Simulator] = []
"""The simulator of this worker process, made with its first scene and never in the main process."""


def _run_in_worker(what: Campaign, index: int) -> SceneResult:
    # Made here and not by the pool's initializer, whose errors reach nobody.
    if not _simulator:
        _simulator.append(Simulator(what))
    return _simulator[0].run(index)


def _end_with_parent() -> None:
    """End this worker when the campaign's process is killed; otherwise it would wait for work for ever."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            wait_for([parent.sentinel])
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
