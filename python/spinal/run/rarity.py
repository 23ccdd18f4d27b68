"""How often a pick fails under a declared distribution when that is rare, and what shows each failure again."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from spinal.errors import MachineError, SceneError
from spinal.qualify import PointsFile, Rare, Severities, Tried, estimate_rarity
from spinal.run import permission
from spinal.run.falsification import POINTS, PointsCrew, show_again
from spinal.run.question import Opened, Question, open_question
from spinal.run.simulator import SCENE_SHARE, Simulator
from spinal.sim.scene import free_shares

SHOWN = 10
"""Failures that are told with their commands; all are in the file of points."""
HONESTY = (
    "An estimate by subset simulation, for the declared distribution only: it rests on how the distribution says that "
    "scenes come, and certifies nothing. The interval takes the chains as independent."
)


def estimate(question: Question, points_a_level: int, on_tried: Callable[[Tried], None]) -> dict[str, Any]:
    """Return how often the first pick of a scene fails, as JSON values; a killed estimate goes on where it was.

    Every axis comes with its declared probability, every number of the site evenly from its range, and which of the
    stream's scenes it is (objects, places, cameras, noise) evenly from all.
    """
    opened = open_question(question)
    permission.permit(opened.cell, allows_unsigned=question.allows_unsigned)
    folder = question.runs / _name(opened)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError("the estimate's folder cannot be made", value=error, next_step="free space") from None
    timeout_s = opened.cell.config.task.attempt_timeout_s
    with (
        PointsCrew(opened.campaign, question.workers, timeout_s, Simulator.run_drawn) as crew,
        PointsFile(folder / POINTS, opened.identity, crew) as known,
    ):
        found = estimate_rarity(shares_of(opened), known, points_a_level, opened.campaign.seed, on_tried)
    summary = {"folder": str(folder), **_summary(opened, found), "kept_from_before": known.kept}
    try:
        (folder / "subset.json").write_text(json.dumps(summary, indent=1), encoding="utf-8")
    except OSError as error:
        raise MachineError("the estimate cannot be written down", value=error, next_step="free space") from None
    return summary


def show_drawn(question: Question, shares: Severities) -> dict[str, Any]:
    """Make the pick of one point again, with a full journal, and return what became of it."""
    opened = open_question(question)
    names = shares_of(opened)
    wrong = {name: value for name, value in shares.items() if name not in names or not 0.0 <= value <= 1.0}
    if wrong or set(shares) != set(names):
        raise SceneError(
            "the point is not one of this distribution",
            value=", ".join(f"{name}={value}" for name, value in wrong.items())
            or f"without {', '.join(name for name in names if name not in shares)}",
            allowed=f"a share from 0 to 1 for each of {', '.join(names)}",
            next_step="copy it whole from what the estimate printed",
        )
    folder = question.runs / _name(opened) / "replay"
    return {"shares": dict(shares), **show_again(opened, folder, shares, Simulator.run_drawn)}


def shares_of(opened: Opened) -> tuple[str, ...]:
    """Return the names of the numbers that draw a scene, in the order in which they are simulated."""
    return (SCENE_SHARE, *free_shares(opened.distribution))


def _name(opened: Opened) -> str:
    return opened.folder.name.replace("qualify-", "subset-", 1)


def _summary(opened: Opened, found: Rare) -> dict[str, Any]:
    return {
        "honesty": HONESTY,
        "distribution": opened.distribution.name,
        "distribution_version": opened.distribution.version,
        "distribution_sha256": opened.distribution.sha256,
        "seed": opened.campaign.seed,
        "is_met": found.is_reached,
        "failures_per_1000": 1000.0 * found.probability,
        "low95_per_1000": 1000.0 * found.low,
        "high95_per_1000": 1000.0 * found.high,
        "coefficient_of_variation": found.variation if math.isfinite(found.variation) else None,
        "levels": found.levels,
        "tried": len(found.tried),
        "tried_with_failures": len(found.failed),
        "counterexamples": [
            f"{opened.command('falsify')} --method subset --at {_text(one.severities)}" for one in found.failed[:SHOWN]
        ],
    }


def _text(shares: Severities) -> str:
    return "'" + ",".join(f"{name}={value}" for name, value in shares.items()) + "'"
