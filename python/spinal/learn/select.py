"""Which kept episodes to practise in next: interventions and failures first, unlike each other, and some successes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One kept episode. `scene` (seed, index, pick) plays it again; `embedding` (E,) is the mean over its decisions.

    `needed_person`, `failed`: what became of it; `is_sampled`: drawn at random, whatever became of it.
    """

    episode: str
    scene: tuple[int, int, int]
    embedding: npt.NDArray[np.float32]
    needed_person: bool
    failed: bool
    is_sampled: bool

    @property
    def rank(self) -> int:
        """0 a person was needed, 1 it failed, 2 a success of the random sample, 3 any other."""
        return 0 if self.needed_person else 1 if self.failed else 2 if self.is_sampled else 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An episode that was chosen, and why."""

    candidate: Candidate
    why: str


WHY = ("a person was needed", "it failed", "random sample", "before an intervention")


def select(candidates: Sequence[Candidate], most: int, success_share: float = 0.1) -> list[Choice]:
    """Return at most `most` episodes of different scenes, in the order in which they are worth practising in.

    Interventions come first, then failures; within a rank each next one is the furthest from all chosen before
    (greedy k-centres on the standardised embedding). `success_share` of the places is left to the random sample.
    Source: Gonzalez 1985, "Clustering to minimize the maximum intercluster distance"; Sener and Savarese 2018.
    """
    scenes = {candidate.scene: candidate for candidate in sorted(candidates, key=_order, reverse=True)}
    known = sorted(scenes.values(), key=_order)
    if not known or most < 1:
        return []
    table = np.stack([candidate.embedding.astype(np.float64) for candidate in known])
    spread = table.std(axis=0)
    table = (table - table.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
    successes = [row for row, candidate in enumerate(known) if candidate.rank == 2]
    kept_free = min(len(successes), round(most * success_share))
    chosen: list[int] = []
    for rank, room in ((0, most - kept_free), (1, most - kept_free), (2, most)):
        rows = [row for row, candidate in enumerate(known) if candidate.rank == rank]
        while rows and len(chosen) < room:
            furthest = max(rows, key=lambda row: _distance(table, row, chosen))
            chosen.append(furthest)
            rows.remove(furthest)
    return [Choice(candidate=known[row], why=WHY[known[row].rank]) for row in chosen]


def _order(candidate: Candidate) -> tuple[int, str]:
    return candidate.rank, candidate.episode


def _distance(table: npt.NDArray[np.float64], row: int, chosen: list[int]) -> float:
    """Return how far a row is from the nearest one chosen; the first one chosen is the furthest from the middle."""
    others = table[chosen] if chosen else np.zeros((1, table.shape[1]))
    return float(np.linalg.norm(others - table[row], axis=1).min())
