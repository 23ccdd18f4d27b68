"""Scenes of a campaign over a pool of worker processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for

from spinal.errors import MachineError
from spinal.run.simulator import Campaign, SceneRun, Simulator

WAITING = 2
"""Scenes a worker that are handed out ahead: enough that none waits, few enough that a stop is soon over."""


def run_scenes(what: Campaign, indices: Sequence[int], workers: int) -> Iterator[SceneRun]:
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
    pool = ProcessPoolExecutor(min(workers, len(indices)), mp_context=context, initializer=end_with_parent)
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
) -> Iterator[SceneRun]:
    left = iter(indices)
    running: set[Future[SceneRun]] = set()
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
"""The simulator of this worker process, made with its first scene."""


def simulator_here(what: Campaign) -> Simulator:
    """Return the simulator of this process; one process works for one campaign."""
    # Made here and not by the pool's initializer, whose errors reach nobody.
    if not _simulator:
        _simulator.append(Simulator(what))
    return _simulator[0]


def _run_in_worker(what: Campaign, index: int) -> SceneRun:
    return simulator_here(what).run(index)


def end_with_parent() -> None:
    """End this worker when the campaign's process is killed; otherwise it would wait for work for ever."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            wait_for([parent.sentinel])
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
