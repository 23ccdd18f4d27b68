"""Where failures come from: grouped by the axis that explains most of them, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import mannwhitneyu

from spinal.qualify.results import PickOutcome, SceneResult

LEVEL = 0.05
"""An axis explains failures when chance does so less often than this, over all axes that were tried."""
EXAMPLES = 4
"""Picks that are named, and shown, for each group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A failed pick that one command plays again."""

    scene: int
    pick: int
    sku: str
    outcome: str
    is_silent: bool
    axes: tuple[str, ...]
    reasons: tuple[str, ...]
    picture: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureMode:
    """Failures of the scenes with one axis, against `rate_without`, that of the scenes that were left without it.

    `axis` None: what no declared axis explains. `p_value`: of no difference, by scene, times the axes tried.
    """

    axis: str | None
    scenes: int
    picks: int
    failures: int
    rate: float
    rate_without: float | None
    p_value: float | None
    outcomes: dict[str, int]
    skus: dict[str, int]
    examples: tuple[Example, ...]


def explain_failures(scenes: Sequence[SceneResult]) -> tuple[FailureMode, ...]:
    """Return the failures as groups, each failed pick in exactly one.

    Of all axes, the one with the greatest excess of failures over the scenes without it is taken, if chance does not
    explain it; its scenes are set aside and the rest is looked at again. Scenes are compared, not picks, by the test of
    Mann and Whitney (1947), with Bonferroni's correction for the axes that are tried. A shift that comes only together
    with a stronger one is counted there.
    """
    left, modes = list(scenes), []
    while (found := _strongest(left)) is not None:
        axis, p_value = found
        group = [scene for scene in left if axis in scene.axes]
        left = [scene for scene in left if axis not in scene.axes]
        modes.append(_mode(axis, group, _rate(left), p_value))
    rest = _mode(None, left, None, None)
    modes.sort(key=lambda mode: -mode.failures)
    return (*modes, rest) if rest.failures else tuple(modes)


def _strongest(scenes: Sequence[SceneResult]) -> tuple[str, float] | None:
    axes = sorted({axis for scene in scenes for axis in scene.axes})
    best: tuple[float, str, float] | None = None
    for axis in axes:
        there = [_share(scene) for scene in scenes if axis in scene.axes]
        absent = [_share(scene) for scene in scenes if axis not in scene.axes]
        excess = float(np.mean(there) - np.mean(absent)) if there and absent else 0.0
        if excess <= 0.0:
            continue
        p_value = float(mannwhitneyu(there, absent, alternative="greater").pvalue) * len(axes)
        if p_value <= LEVEL and (best is None or excess > best[0]):
            best = (excess, axis, p_value)
    return None if best is None else (best[1], best[2])


def _share(scene: SceneResult) -> float:
    return sum(pick.is_failure for pick in scene.picks) / len(scene.picks)


def _rate(scenes: Sequence[SceneResult]) -> float | None:
    picks = sum(len(scene.picks) for scene in scenes)
    return sum(pick.is_failure for scene in scenes for pick in scene.picks) / picks if picks else None


def _mode(
    axis: str | None, scenes: Sequence[SceneResult], rate_without: float | None, p_value: float | None
) -> FailureMode:
    failed = [(scene, pick) for scene in scenes for pick in scene.picks if pick.is_failure]
    shown = sorted(failed, key=lambda one: (one[1].picture is None, one[0].index, one[1].pick))[:EXAMPLES]
    return FailureMode(
        axis=axis,
        scenes=len(scenes),
        picks=sum(len(scene.picks) for scene in scenes),
        failures=len(failed),
        rate=_rate(scenes) or 0.0,
        rate_without=rate_without,
        p_value=p_value,
        outcomes=dict(Counter(_word(pick) for _, pick in failed).most_common()),
        skus=dict(Counter(pick.sku for _, pick in failed).most_common()),
        examples=tuple(_example(scene, pick) for scene, pick in shown),
    )


def _word(pick: PickOutcome) -> str:
    return "placed, but not in truth" if pick.is_silent_failure else pick.outcome


def _example(scene: SceneResult, pick: PickOutcome) -> Example:
    return Example(
        scene=scene.index,
        pick=pick.pick,
        sku=pick.sku,
        outcome=pick.outcome,
        is_silent=pick.is_silent_failure,
        axes=scene.axes,
        reasons=pick.reasons,
        picture=pick.picture,
    )
