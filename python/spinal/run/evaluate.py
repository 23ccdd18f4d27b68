"""Lockstep evaluation: many scenes, each its own deterministic world, over a pool of worker processes."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from scipy.special import betaincinv

from spinal.cell import Cell
from spinal.errors import MachineError
from spinal.run import permission
from spinal.run.chain import BARE, Chain, rungs_of, with_bundle
from spinal.run.controls import make_watch
from spinal.run.deciders import ExpertDecider, PolicyDecider
from spinal.run.fit import declared, load_fitting_cell
from spinal.run.ladder import LadderDeciders
from spinal.run.looking import make_looker
from spinal.run.pick import Crew, PickResult, run_pick
from spinal.run.station import Detail, Station
from spinal.sim.distribution import Distribution
from spinal.sim.scene import Scene, sample
from spinal.sim.truth import observe_truth

Who = Literal["policy", "expert"]
"""Who decides: the cell's policy, or the scripted expert (privileged)."""
BATCH = 5
"""Scenes that a worker takes at once: few enough for an even progress bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What is to be evaluated. `axis` is one shift of the distribution, alone; None draws axes as it declares them.

    `journal_meta` (JSON) goes into the journals' headers. A cell whose profile has not `profile_hash` is refused.
    """

    cell: Path
    distribution: str = "lab"
    axis: str | None = None
    picks: int = 100
    seed: int = 1
    workers: int = 1
    who: Who = "policy"
    attempts_max: int = 1
    chain: Chain = BARE
    journal_folder: Path | None = None
    journal_meta: str = "{}"
    profile_hash: bytes | None = None
    detail: Detail = "digest"


def evaluate(what: Evaluation, on_pick: Callable[[PickResult], None]) -> list[PickResult]:
    """Return the results of scenes 0..picks-1 in order; `on_pick` hears of each as it comes, in order."""
    if what.journal_folder is not None:
        what.journal_folder.mkdir(parents=True, exist_ok=True)
    results = []
    for result in _results(what):
        on_pick(result)
        results.append(result)
    return results


def summarise(what: Evaluation, results: Sequence[PickResult], elapsed_s: float) -> dict[str, Any]:
    """Return the figures of an evaluation as JSON values.

    `success_rate` is the simulator's truth of raw attempts; `success_lower95` is its one-sided 95 % lower bound.
    Source: Clopper and Pearson (1934). `realtime_factor` is simulated time by wall time of one worker. Only it and
    `elapsed_s` depend on the clock of this machine, all others are functions of the seed.
    """
    picks, successes = len(results), sum(result.succeeded for result in results)
    wall_s = sum(result.wall_s for result in results)
    said_placed = [result for result in results if result.outcome == "placed"]
    return {
        "cell": what.cell.name,
        "distribution": what.distribution,
        "axis": what.axis,
        "who": what.who,
        "seed": what.seed,
        "picks": picks,
        "successes": successes,
        "success_rate": successes / picks if picks else 0.0,
        "success_lower95": lower95(successes, picks),
        "attempts_max": what.attempts_max,
        "chain": what.chain.told(),
        "by_sku": _by_sku(results),
        "outcomes": dict(sorted(Counter(result.outcome for result in results).items())),
        "outcome_check": {
            "placed_but_not_true": sum(not result.succeeded for result in said_placed),
            "true_but_not_placed": successes - sum(result.succeeded for result in said_placed),
        },
        "cycle_s_median": _median([result.cycle_s for result in results if result.succeeded]),
        "simulated_s": round(sum(result.simulated_s for result in results), 6),
        "verdicts": {
            "admitted": sum(result.admitted for result in results),
            "trimmed": sum(result.trimmed for result in results),
            "refused": sum(result.refused for result in results),
        },
        "undecodable": sum(result.undecodable for result in results),
        "gated_ticks": sum(result.gated_ticks for result in results),
        "failed_indices": [result.index for result in results if not result.succeeded],
        "journal_sha256": hashlib.sha256("".join(result.journal_head for result in results).encode()).hexdigest(),
        "workers": what.workers,
        "realtime_factor": sum(result.simulated_s for result in results) / wall_s if wall_s else 0.0,
        "elapsed_s": elapsed_s,
    }


def lower95(successes: int, n: int) -> float:
    """Return the one-sided 95 % lower bound of a success rate. Source: Clopper and Pearson (1934)."""
    return float(betaincinv(successes, n - successes + 1, 0.05)) if successes else 0.0


def pick_line(result: PickResult) -> str:
    """Return one line of JSON for a pick."""
    return json.dumps(asdict(result), sort_keys=True)


def _results(what: Evaluation) -> Iterator[PickResult]:
    indices = range(what.picks)
    if what.workers == 1:
        bench = _Bench(what)
        try:
            yield from (bench.pick(index) for index in indices)
        finally:
            bench.close()
        return
    batches = [indices[first : first + BATCH] for first in range(0, what.picks, BATCH)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(what.workers, mp_context=context) as pool:
        try:
            for batch in pool.map(partial(_pick_batch, what), batches):
                yield from batch
        except BrokenProcessPool as error:
            raise MachineError(
                "a worker process died in the evaluation",
                value=error,
                next_step="look for an out-of-memory kill in the system's log, or take fewer --workers",
            ) from None


class _Bench:
    """A station with its decider, made once a process."""

    def __init__(self, what: Evaluation) -> None:
        self._what = what
        self._cell = cell = with_bundle(load_fitting_cell(what.cell), what.chain)
        permission.check_same(cell, what.profile_hash)
        self._station = Station(cell, journal_meta=what.journal_meta)
        self._distribution = declared(cell, what.distribution, what.axis)
        self._crew = make_crew(what.who, cell, self._station, what.chain)

    def pick(self, index: int) -> PickResult:
        what = self._what
        scene = scene_for(self._cell, self._distribution, what.seed, index, what.axis)
        journal = None if what.journal_folder is None else what.journal_folder / f"{index:06d}.journal"
        return run_pick(
            self._station,
            self._crew,
            scene,
            attempts_max=what.attempts_max,
            journal=journal,
            detail=what.detail,
        )

    def close(self) -> None:
        self._station.close()


_worker: list[_Bench] = []
"""The bench of this worker process, made once with its first batch and never in the main process."""


def _pick_batch(what: Evaluation, indices: range) -> list[PickResult]:
    # Made here and not by the pool's initializer, whose errors reach nobody.
    if not _worker:
        _worker.append(_Bench(what))
    return [_worker[0].pick(index) for index in indices]


def scene_for(
    cell: Cell, distribution: Distribution, seed: int, index: int, axis: str | None = None, pick: int = 0
) -> Scene:
    """Return a pick of scene `index` of the stream `seed`, whose ordered SKU is one that the cell sells."""
    scene = sample(distribution, seed, index, axis, pick=pick)
    skus = tuple(cell.config.skus)
    return (
        scene if scene.sku in skus else sample(distribution, seed, index, axis, skus[(index + pick) % len(skus)], pick)
    )


def make_crew(who: Who, cell: Cell, station: Station, chain: Chain) -> Crew:
    """Return who decides in this station, and with what around it; `cell` has the chain's bundle."""
    rungs = rungs_of(cell, chain)
    watch = make_watch(chain, cell, lambda: observe_truth(station.simulation)) if who == "policy" else None
    return Crew(
        decider=ExpertDecider(cell, station) if who == "expert" else PolicyDecider(cell, station, watch),
        rungs=rungs,
        ladder=LadderDeciders(cell, station.arm, rungs) if rungs else None,
        acts_on_alarms=chain.watch != "off",
        looker=make_looker(cell, station.arm, chain),
    )


def _by_sku(results: Sequence[PickResult]) -> dict[str, dict[str, int]]:
    table: dict[str, dict[str, int]] = {}
    for result in sorted(results, key=lambda result: result.sku):
        row = table.setdefault(result.sku, {"picks": 0, "successes": 0})
        row["picks"] += 1
        row["successes"] += result.succeeded
    return table


def _median(values: Sequence[float]) -> float | None:
    ordered = sorted(values)
    return round(ordered[len(ordered) // 2], 6) if ordered else None


def timed(what: Evaluation, on_pick: Callable[[PickResult], None]) -> tuple[list[PickResult], dict[str, Any]]:
    """Return the results and their summary."""
    began = time.perf_counter()
    results = evaluate(what, on_pick)
    return results, summarise(what, results, time.perf_counter() - began)
