"""Falsification: the mildest shift under which a policy fails, searched by CMA-ES and reduced to what it needs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cma

STEP = 0.3
"""First standard deviation of the search in severities of 0 to 1. Chosen by hand: a third of the range."""
DIGITS = 4
"""Of a severity, so that a command that is copied from a page shows the very same point."""
Severities = Mapping[str, float]
Outcomes = tuple[float, ...]
"""A margin a pick: share of the time that was left, above 0; -1 for a pick that failed."""
Evaluate = Callable[[Sequence[Severities]], Sequence[Outcomes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One point of the search: how severe each shift was, and the margin of each pick there."""

    severities: dict[str, float]
    margins: Outcomes

    @property
    def failures(self) -> int:
        """Return how many picks failed."""
        return sum(margin < 0.0 for margin in self.margins)

    @property
    def size(self) -> float:
        """Return how far this is from no shift: the Euclidean norm of the severities."""
        return math.sqrt(sum(value * value for value in self.severities.values()))

    @property
    def score(self) -> float:
        """Return what is minimised: the mean margin, and the size, so that of failures the mildest is best."""
        return sum(self.margins) / len(self.margins) + self.size / math.sqrt(len(self.severities))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found. `mildest`: all picks fail there, reduced to the shifts that are needed; None if nothing."""

    tried: tuple[Tried, ...]
    mildest: Tried | None


def search(
    axes: Sequence[str],
    evaluate: Evaluate,
    evaluations: int,
    seed: int,
    on_tried: Callable[[Tried], None] = lambda tried: None,
) -> Found:
    """Return the mildest severities of these shifts, each 0 to 1, at which all picks fail.

    At most `evaluations` points are tried, among them those of the reduction at the end: one shift after the other is
    taken away, the least severe first, and left away if all picks still fail. No point found says nothing about the
    rate of failures: this finds, it does not certify. Source: N. Hansen and A. Ostermeier, Evolutionary Computation 9
    (2001), 159-195.
    """
    if not axes or evaluations < 1:
        raise ValueError(f"{len(axes)} shifts and {evaluations} evaluations; at least one of each")
    tried: list[Tried] = []

    def run(points: Sequence[Severities]) -> list[Tried]:
        new = [
            Tried(severities=dict(point), margins=margins)
            for point, margins in zip(points, evaluate(points), strict=True)
        ]
        tried.extend(new)
        for one in new:
            on_tried(one)
        return new

    run([dict.fromkeys(axes, 0.0)])
    spare = min(len(axes), evaluations // 3)
    # One dimension is more than CMA-ES takes as few; a second that does nothing makes no difference.
    options = {"bounds": [0.0, 1.0], "seed": seed + 1, "verbose": -9}
    make: Any = cma.CMAEvolutionStrategy  # it has no types
    strategy = make([0.5] * max(len(axes), 2), STEP, options)
    while not strategy.stop() and len(tried) + strategy.popsize <= evaluations - spare:
        points = strategy.ask()
        new = run(
            [{axis: round(float(value), DIGITS) for axis, value in zip(axes, point, strict=False)} for point in points]
        )
        strategy.tell(points, [one.score for one in new])
    whole = [one for one in tried if one.failures == len(one.margins)]
    if not whole:
        return Found(tried=tuple(tried), mildest=None)
    mildest = _reduced(min(whole, key=lambda one: one.size), run, evaluations, tried)
    return Found(tried=tuple(tried), mildest=mildest)


def _reduced(
    point: Tried, run: Callable[[Sequence[Severities]], list[Tried]], evaluations: int, tried: Sequence[Tried]
) -> Tried:
    """Return the point without the shifts that its failures do not need."""
    for axis in sorted(point.severities, key=lambda name: point.severities[name]):
        if point.severities[axis] == 0.0 or len(tried) >= evaluations:
            continue
        less = run([{**point.severities, axis: 0.0}])[0]
        if less.failures == len(less.margins):
            point = less
    return point
