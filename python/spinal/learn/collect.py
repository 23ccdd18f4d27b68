"""Practising: roll picks out, label every moment, store shards. Runs in worker processes; does not import torch."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from spinal.errors import MachineError
from spinal.learn.correct import Corrector
from spinal.learn.practice import Chunk, Moment, Pick, Site
from spinal.learn.settings import LearnSettings
from spinal.learn.shards import Practice, read_summary, write_shard

Actor = Callable[[Moment, Chunk], Chunk]
"""What is done at a moment for which the expert would do the given chunk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of practice: who acts (no bundle = the disturbed expert), on which picks, stored where.

    `places`: scenes (seed, index, pick) to practise in, one a pick; none: scene i of the stream `seed` is pick i.
    `is_corrected`: the expert takes over where the policy goes wrong (see `learn.correct`).
    """

    name: str
    seed: int
    picks: int
    bundle: Path | None
    places: tuple[tuple[int, int, int], ...] = ()
    is_corrected: bool = False

    def place(self, number: int) -> tuple[int, int, int]:
        """Return seed, index and pick of the scene of a pick of this round."""
        return self.places[number] if self.places else (self.seed, number, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSummary:
    """How a round went. `corrected`: moments in which the expert acted in the policy's place."""

    name: str
    picks: int
    successes: int
    moments: int
    simulated_s: float
    corrected: int = 0

    @property
    def success_rate(self) -> float:
        """Share of picks that succeeded."""
        return self.successes / self.picks


def collect(
    site: Site, what: Round, settings: LearnSettings, folder: Path, on_shard: Callable[[int], None]
) -> RoundSummary:
    """Practise one round into `folder` and return how it went; shards that are already there are kept.

    `on_shard` hears of each finished shard with its number of picks. MachineError when a worker process dies.
    """
    folder.mkdir(parents=True, exist_ok=True)
    size = settings.picks_per_shard
    ranges = [(first, min(first + size, what.picks)) for first in range(0, what.picks, size)]
    paths = shard_paths(folder, what, settings)
    missing = []
    for path, (first, last) in zip(paths, ranges, strict=True):
        if path.exists():
            on_shard(last - first)
        else:
            missing.append((path, first, last))
    if missing:
        workers = min(settings.workers, len(missing))
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            futures = {
                pool.submit(practise, site, what, settings, path, first, last): last - first
                for path, first, last in missing
            }
            try:
                for future in as_completed(futures):
                    future.result()
                    on_shard(futures[future])
            except BrokenProcessPool as error:
                done = sum(path.exists() for path in paths)
                raise MachineError(
                    f"a worker process died while practising {what.name}; {done} of {len(paths)} shards are kept",
                    value=error,
                    next_step="look for an out-of-memory kill in the system's log; the same command with the same "
                    "--work goes on where it was",
                ) from None
    return _summed(what, [read_summary(path) for path in paths])


def shard_paths(folder: Path, what: Round, settings: LearnSettings) -> list[Path]:
    """Return where the shards of a round are, in order."""
    count = -(-what.picks // settings.picks_per_shard)
    return [folder / f"{what.name}-{i:03d}.npz" for i in range(count)]


def practise(site: Site, what: Round, settings: LearnSettings, path: Path, first: int, last: int) -> None:
    """Roll out the picks `first`..`last` of a round and store them as one shard."""
    policy = None if what.bundle is None else site.policy(what.bundle)
    parts, successes, simulated_s, corrected = [], 0, 0.0, 0
    for index in range(first, last):
        pick = site.pick(*what.place(index))
        if policy is None:
            parts.append(roll_out(pick, disturbed_expert(settings, what.seed, index), index, site.camera))
        elif what.is_corrected:
            corrector = Corrector(policy, settings.correction)
            practice = roll_out(pick, corrector.act, index, site.camera)
            parts.append(replace(practice, weight=corrector.weights()))
            corrected += corrector.corrected
        else:
            parts.append(roll_out(pick, _learner(policy), index, site.camera))
        successes += pick.succeeded
        simulated_s += pick.simulated_s
    summary = {"picks": last - first, "successes": successes, "simulated_s": simulated_s, "corrected": corrected}
    practice = Practice.joined(parts)
    write_shard(path, practice, {**summary, "moments": practice.moments})


def roll_out(pick: Pick, actor: Actor, index: int, camera: str) -> Practice:
    """Let `actor` do one pick and return its moments, each labelled by the expert."""
    rows = list(_moments(pick, actor))
    return Practice(
        image=np.stack([moment.images[camera] for moment, _ in rows]),
        proprioception=np.stack([moment.proprioception for moment, _ in rows]).astype(np.float32),
        sku=np.array([moment.sku for moment, _ in rows], dtype=np.uint8),
        chunk=np.stack([label.chunk for _, label in rows]).astype(np.float32),
        target=np.stack([label.target for _, label in rows]).astype(np.float32),
        products=np.stack([label.products for _, label in rows]),
        pick=np.full(len(rows), index, dtype=np.int32),
        weight=np.ones(len(rows), dtype=np.float32),
    )


def _moments(pick: Pick, actor: Actor) -> Iterator[tuple[Moment, Any]]:
    while not pick.is_over:
        moment = pick.moment()
        label = pick.label()
        if moment is None:
            pick.act(label.chunk)
            continue
        yield moment, label
        pick.act(actor(moment, label.chunk))


def _learner(policy: Callable[[Moment], Chunk]) -> Actor:
    return lambda moment, _expert: policy(moment)


def disturbed_expert(settings: LearnSettings, seed: int, index: int) -> Actor:
    """Return the expert with a hand that is pushed aside now and then, so that its corrections are seen.

    Source: Laskey et al. 2017, "DART: noise injection for robust imitation learning".
    """
    random = np.random.default_rng((seed, index, 0xD157))

    def act(_moment: Moment, expert: Chunk) -> Chunk:
        if random.random() >= settings.disturbed_share:
            return expert
        push = random.normal(size=3) * (settings.disturbed_xy_m, settings.disturbed_xy_m, settings.disturbed_z_m)
        pushed = expert.copy()
        # The push grows over the chunk: an action that jumps would not be admitted.
        pushed[:, :3] += np.linspace(1.0 / len(expert), 1.0, len(expert))[:, None] * push
        # Never down: pressing the tool into a product is not a mistake that has to be shown.
        pushed[:, 2] = np.maximum(pushed[:, 2], expert[:, 2])
        return pushed

    return act


def _summed(what: Round, summaries: list[dict[str, Any]]) -> RoundSummary:
    return RoundSummary(
        name=what.name,
        picks=sum(summary["picks"] for summary in summaries),
        successes=sum(summary["successes"] for summary in summaries),
        moments=sum(summary["moments"] for summary in summaries),
        simulated_s=sum(summary["simulated_s"] for summary in summaries),
        corrected=sum(summary.get("corrected", 0) for summary in summaries),
    )
