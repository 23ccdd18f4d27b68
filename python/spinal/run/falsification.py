"""The search for the mildest shift under which the cell's policy fails, and the command that shows it again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from spinal.errors import MachineError, SceneError
from spinal.qualify import Found, Outcomes, PickOutcome, PointsFile, Severities, Tried, search
from spinal.run import permission
from spinal.run.question import Opened, Question, open_question
from spinal.run.scene_pool import end_with_parent, simulator_here
from spinal.run.simulator import Campaign, Simulator
from spinal.sim.severity import gradual_axes, with_severities

POINTS = "points.jsonl"
HONESTY = "This finds failures; it says nothing about how often they come."


def falsify(question: Question, evaluations: int, on_tried: Callable[[Tried], None]) -> dict[str, Any]:
    """Search and return what was found as JSON values; `picks_per_scene` of scene 0 are made at each point.

    Leaves `falsify.json` with every point in a folder of its own. A search that is begun again asks the same:
    points that a killed one left are not tried a second time.
    """
    opened = open_question(question)
    permission.permit(opened.cell, allows_unsigned=question.allows_unsigned)
    axes = gradual_axes(opened.distribution)
    if not axes:
        raise SceneError(
            "the distribution has no shift that can be there in part",
            value=opened.distribution.name,
            next_step="take a distribution with axes that move a range, such as deployment",
        )
    folder = question.runs / opened.folder.name.replace("qualify-", "falsify-", 1)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError("the search's folder cannot be made", value=error, next_step="free space") from None
    with (
        PointsCrew(opened.campaign, question.workers, opened.cell.config.task.attempt_timeout_s) as crew,
        PointsFile(folder / POINTS, opened.identity, crew) as known,
    ):
        found = search(axes, known, evaluations, opened.campaign.seed, on_tried)
    summary = {**_summary(opened, found), "kept_from_before": known.kept}
    try:
        points = [{"severities": one.severities, "margins": one.margins} for one in found.tried]
        (folder / "falsify.json").write_text(json.dumps({**summary, "points": points}, indent=1), encoding="utf-8")
    except OSError as error:
        raise MachineError("the search cannot be written down", value=error, next_step="free space") from None
    return {"folder": str(folder), **summary}


def show_point(question: Question, severities: Severities) -> dict[str, Any]:
    """Make the picks of one point again, with full journals, and return what became of each."""
    opened = open_question(question)
    with_severities(opened.distribution, severities)  # refuses before anything is made
    folder = question.runs / opened.folder.name.replace("qualify-", "falsify-", 1) / "replay"
    return {"severities": dict(severities), **show_again(opened, folder, severities, Simulator.run_at)}


def show_again(
    opened: Opened, folder: Path, point: Severities, attempt: Callable[..., tuple[PickOutcome, ...]]
) -> dict[str, Any]:
    """Make the picks of a point again, with full journals in the folder; `attempt` takes simulator, point, journals."""
    permission.permit(opened.cell, allows_unsigned=opened.question.allows_unsigned)
    journal = folder / "journal"
    try:
        journal.mkdir(parents=True, exist_ok=True)
        for file in journal.glob("*.journal"):
            file.unlink()
    except OSError as error:
        raise MachineError("the point's folder cannot be made", value=error, next_step="free space") from None
    simulator = Simulator(opened.campaign)
    try:
        picks = attempt(simulator, point, journal)
    finally:
        simulator.close()
    return {
        "folder": str(folder),
        "picks": [
            {"sku": pick.sku, "outcome": pick.outcome, "succeeded": pick.succeeded, "is_failure": pick.is_failure}
            for pick in picks
        ],
    }


Attempt = Callable[[Simulator, Severities], tuple[PickOutcome, ...]]
"""Makes the picks of a point."""


class PointsCrew:
    """Worker processes that try points."""

    def __init__(self, what: Campaign, workers: int, timeout_s: float, attempt: Attempt = Simulator.run_at) -> None:
        """Start no process yet. `timeout_s`: the time of an attempt, of which margins are shares."""
        self._pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=end_with_parent)
        self._try = partial(_try, what, timeout_s, attempt)

    def __enter__(self) -> PointsCrew:
        """Return the crew."""
        return self

    def __exit__(self, *error: object) -> None:
        """End the processes."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __call__(self, points: Sequence[Severities]) -> Iterator[Outcomes]:
        """Yield what is found at each point, in their order; MachineError when a process dies."""
        try:
            yield from self._pool.map(self._try, points)
        except BrokenProcessPool as error:
            raise MachineError(
                "a worker process died in the search",
                value=error,
                next_step="the same command goes on where it was; with fewer --workers if memory ran out",
            ) from None


def _try(what: Campaign, timeout_s: float, attempt: Attempt, point: Severities) -> Outcomes:
    picks = attempt(simulator_here(what), point)
    return tuple(_margin(pick, timeout_s) for pick in picks)


def _margin(pick: PickOutcome, timeout_s: float) -> float:
    """Return the share of an attempt's time that was left; -1 for a failure."""
    return -1.0 if pick.is_failure else max(1.0 - pick.cycle_s / timeout_s, 0.0)


def _summary(opened: Opened, found: Found) -> dict[str, Any]:
    mildest = found.mildest
    needed = {} if mildest is None else {name: value for name, value in mildest.severities.items() if value > 0.0}
    at = ",".join(f"{name}={value}" for name, value in needed.items())
    shifted = with_severities(opened.distribution, needed).ranges
    ranges = {
        key: getattr(shifted, key)
        for key in type(shifted).model_fields
        if getattr(shifted, key) != getattr(opened.distribution.ranges, key)
    }
    return {
        "is_found": mildest is not None,
        "honesty": HONESTY,
        "distribution": opened.distribution.name,
        "distribution_sha256": opened.distribution.sha256,
        "seed": opened.campaign.seed,
        "tried": len(found.tried),
        "tried_with_failures": sum(one.failures > 0 for one in found.tried),
        "failures_without_shift": found.tried[0].failures,
        "picks_a_point": opened.campaign.picks_per_scene,
        "severities": needed,
        "ranges": ranges,
        "command": None if mildest is None else f"{opened.command('falsify')} --at {at or 'none'}",
    }
