"""Picks of a bundle in lockstep, batch by batch over worker processes; each batch is on the disk whole or not there."""

from __future__ import annotations

import json
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from spinal.errors import MachineError
from spinal.run.calibrated import make_watcher
from spinal.run.chain import Chain, with_bundle
from spinal.run.deciders import PolicyDecider
from spinal.run.evaluate import scene_for
from spinal.run.fit import declared, load_fitting_cell
from spinal.run.keeping import kept, lineage_of
from spinal.run.pick import run_pick
from spinal.run.station import Station

BATCH = 10
"""Picks that a worker does at once: what is done again after a kill at most."""
WORKERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """Which picks: scenes 0 to `picks` of the stream `seed`, one attempt each, by the policy in `bundle`."""

    cell: Path
    distribution: str
    bundle: Path
    seed: int
    picks: int


def try_picks(what: Tries, folder: Path, episodes: Path | None, console: Console) -> list[dict[str, Any]]:
    """Return a row for each pick, in order; batches that `folder` has already are only read.

    With `episodes` the attempts are kept there. MachineError when a worker process dies.
    """
    folder.mkdir(parents=True, exist_ok=True)
    firsts = range(0, what.picks, BATCH)
    missing = [first for first in firsts if not _batch(folder, first).exists()]
    if missing:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(WORKERS, len(missing)), mp_context=context) as pool:
            try:
                for done in as_completed([pool.submit(run_batch, what, folder, episodes, first) for first in missing]):
                    done.result()
            except BrokenProcessPool as error:
                raise MachineError(
                    "a worker process died; the batches that were done are kept",
                    value=error,
                    next_step="the same command goes on where it was",
                ) from None
    rows = [row for first in firsts for row in json.loads(_batch(folder, first).read_text(encoding="utf-8"))]
    console.print(f"  {sum(row['succeeded'] for row in rows)} of {len(rows)} succeeded")
    return rows


def run_batch(what: Tries, folder: Path, episodes: Path | None, first: int) -> None:
    """Run one batch; its episodes are handed over before it counts as done."""
    cell = with_bundle(load_fitting_cell(what.cell), Chain(bundle=what.bundle))
    distribution = declared(cell, what.distribution)
    lineage = lineage_of(cell, distribution.sha256)
    station = Station(cell)
    try:
        decider = PolicyDecider(cell, station, make_watcher(cell))
        with kept(episodes, f"{first:06d}", lineage, what.seed) as keeper:
            rows = []
            for index in range(first, min(first + BATCH, what.picks)):
                scene = scene_for(cell, distribution, what.seed, index)
                rows.append(asdict(run_pick(station, decider, scene, keeper=keeper)))
    finally:
        station.close()
    write_whole(_batch(folder, first), json.dumps(rows))


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a crash leaves all of it or nothing."""
    partial = path.with_suffix(path.suffix + ".partial")
    with partial.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _batch(folder: Path, first: int) -> Path:
    return folder / f"{first:06d}.json"
