"""How often something rare happens, by subset simulation: from level to level only towards where it nearly happens."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from scipy.special import ndtr, ndtri

from spinal.errors import MachineError
from spinal.qualify.exact import CONFIDENCE, lower_bound, upper_bound
from spinal.qualify.search import Evaluate, Tried

LEVEL_SHARE = 0.2
"""Of a level's points, that lead on to the next. Source: K. Zuev and others, Computers and Structures 92-93 (2012)."""
RAREST = 1e-6
"""Below it the simulation gives up."""
DIGITS = 9
"""Of a share, so that a point that is copied from a page is the very same one."""
BATCH = 4
"""Points that are tried at once: they keep so many workers busy, whatever the number of workers is."""
EVENT = -0.5
"""A margin below it is a failure: failures have -1, all others 0 or more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rare:
    """A probability with its coefficient of variation and a log-normal 95 % interval, and the points that failed.

    `levels`: the margin that each level went down to. `is_reached` is False when no point failed down to RAREST: then
    nothing is known, for failures to which no margin leads are not met. `tried`: every point once, in order.
    """

    probability: float
    variation: float
    low: float
    high: float
    levels: tuple[float, ...]
    is_reached: bool
    tried: tuple[Tried, ...]

    @property
    def failed(self) -> tuple[Tried, ...]:
        """Return the points that failed."""
        return tuple(one for one in self.tried if one.failures)


def estimate_rarity(
    names: Sequence[str],
    evaluate: Evaluate,
    points_a_level: int,
    seed: int,
    on_tried: Callable[[Tried], None] = lambda tried: None,
) -> Rare:
    """Return how often a pick fails when the named shares, each 0 to 1, are uniform and independent of each other.

    `evaluate` tells the margin of one pick at each point, the same for the same point. The interval takes the chains of
    a level as independent, as the source does, and is too narrow where they are not.
    Source: S.-K. Au and J. L. Beck, Probabilistic Engineering Mechanics 16 (2001), 263-277. MachineError without
    OpenTURNS.
    """
    if not names or points_a_level < BATCH:
        raise ValueError(f"{len(names)} names and {points_a_level} points a level; at least 1 and {BATCH}")
    openturns = _openturns()
    tried: dict[tuple[float, ...], Tried] = {}

    def margins(sample: Any) -> list[list[float]]:
        points = [tuple(round(float(ndtr(value)), DIGITS) for value in point) for point in sample]
        new = list(dict.fromkeys(point for point in points if point not in tried))
        found = evaluate([dict(zip(names, point, strict=True)) for point in new]) if new else ()
        for point, outcome in zip(new, found, strict=True):
            tried[point] = Tried(severities=dict(zip(names, point, strict=True)), margins=outcome)
            on_tried(tried[point])
        return [[tried[point].margins[0]] for point in points]

    openturns.RandomGenerator.SetSeed(seed)
    function = openturns.PythonFunction(len(names), 1, func_sample=margins)
    output = openturns.CompositeRandomVector(function, openturns.RandomVector(openturns.Normal(len(names))))
    simulation = openturns.SubsetSampling(openturns.ThresholdEvent(output, openturns.Less(), EVENT))
    simulation.setMaximumOuterSampling(max(1, points_a_level // BATCH))
    simulation.setBlockSize(BATCH)
    simulation.setConditionalProbability(LEVEL_SHARE)
    simulation.setMinimumProbability(RAREST)
    try:
        simulation.run()
    except RuntimeError as error:
        if "too small" not in str(error):
            raise
        return _not_met(tuple(tried.values()))
    return _told(simulation, points_a_level // BATCH * BATCH, tuple(tried.values()))


def _told(simulation: Any, points: int, tried: tuple[Tried, ...]) -> Rare:
    probability = float(simulation.getResult().getProbabilityEstimate())
    levels = tuple(float(value) for value in simulation.getThresholdPerStep())
    if not any(one.failures for one in tried):
        return _not_met(tried)
    if len(levels) == 1:  # so frequent that it is plain trying
        events, tail = round(probability * points), 0.5 + CONFIDENCE / 2.0
        low, high = lower_bound(events, points, tail), upper_bound(events, points, tail)
        variation = math.sqrt((1.0 - probability) / (probability * points))
    else:
        # OpenTURNS leaves out what the first level, which is plain trying, adds.
        first = (1.0 - LEVEL_SHARE) / (LEVEL_SHARE * points)
        variation = math.sqrt(float(simulation.getResult().getCoefficientOfVariation()) ** 2 + first)
        factor = math.exp(float(ndtri(0.5 + CONFIDENCE / 2.0)) * variation)
        low, high = probability / factor, min(probability * factor, 1.0)
    return Rare(
        probability=probability,
        variation=variation,
        low=low,
        high=high,
        levels=levels,
        is_reached=True,
        tried=tried,
    )


def _not_met(tried: tuple[Tried, ...]) -> Rare:
    return Rare(probability=0.0, variation=math.inf, low=0.0, high=1.0, levels=(), is_reached=False, tried=tried)


def _openturns() -> Any:
    try:
        import openturns
    except ModuleNotFoundError as error:
        raise MachineError(
            "--method subset needs a package that is not here",
            value=error.name,
            next_step="pip install 'spinal[qualify]'",
        ) from None
    return openturns
