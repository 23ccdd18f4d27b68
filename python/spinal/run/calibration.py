"""`spinal calibrate`: attempts in calibration scenes → a monitor with a promise, and what it is worth."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from spinal.cell import Cell
from spinal.decide import OnnxPolicy
from spinal.errors import EvidenceError, MachineError
from spinal.run import parts, permission
from spinal.run.calibrated import bound_of
from spinal.run.collecting import Collection, Series, collect, embedding_width
from spinal.run.fit import load_fitting_cell
from spinal.run.practice import core_hash
from spinal.run.question import declared_evidence, distribution_file, seed_in_pool
from spinal.sim.declaration import Qualification
from spinal.sim.distribution import Distribution, load_distribution
from spinal.watch import (
    ALL,
    JSON,
    Attempt,
    Monitor,
    Parts,
    Promise,
    fit_monitor,
    write_calibration,
)
from spinal.watch.evaluation import Evaluation, Share, evaluate, share
from spinal.watch.write import EVERYTHING, Page, write_page

POOL, EVALUATION_POOL = "calibration", "development"
PAGE, SUMMARY = "calibration.html", "calibration.json"
TENTHS: Mapping[str, tuple[int, ...]] = {"fit": (0, 1), "rank": (2, 3), "threshold": (4, 5, 6, 7), "held_out": (8, 9)}
"""Which scenes, by the last digit of their number, are for what."""
IN_DISTRIBUTION = "in distribution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrating:
    """What is asked. `seed` None: the first of the pool 'calibration'. `evaluation`: attempts a group; 0 for none.

    `is_pooled`: one threshold over all slices. `shifts`: the distribution whose axes are the groups of the evaluation.
    """

    cell: Path
    episodes: int
    workers: int
    runs: Path
    promise: Promise
    is_pooled: bool = False
    seed: int | None = None
    distribution: str = "lab"
    evaluation: int = 0
    shifts: str = "deployment"
    allows_unsigned: bool = False


def calibrate(
    asked: Calibrating,
    on_begin: Callable[[int, int], None],
    on_attempt: Callable[[bool], None],
    on_warning: Callable[[str], None],
) -> dict[str, Any]:
    """Make what is missing of the attempts, write the monitor beside the policy and return its figures as JSON values.

    The folder is named by what is run, so that the same command goes on where a killed one was. `on_begin` hears how
    many attempts there are and how many are kept from before, `on_attempt` whether each new one went well.
    """
    cell = load_fitting_cell(asked.cell)
    policy = OnnxPolicy(cell.policy_folder, parts.cell_inputs(cell))
    embedding_width(policy)
    file = distribution_file(cell, asked.distribution)
    distribution = load_distribution(file)
    declared = declared_evidence(file, distribution)
    slices = _slices(cell, declared, is_pooled=asked.is_pooled)
    _check_enough(asked, len(set(slices.values())))
    seed = seed_in_pool(file, declared, POOL, asked.seed)
    safety = permission.permit(cell, allows_unsigned=asked.allows_unsigned)
    warning = permission.warning(safety)
    if warning is not None:
        on_warning(warning)
    folder = _folder(asked, cell, distribution, seed)
    series = Series(folder=folder / "attempts" / f"{distribution.name}-{POOL}", distribution=file, seed=seed)
    others = _evaluation_series(asked, cell, folder, distribution) if asked.evaluation else {}
    scenes = {series: range(asked.episodes), **dict.fromkeys(others.values(), range(asked.evaluation))}
    _run(
        asked,
        Collection(cell=asked.cell, bound=bound_of(cell), profile_hash=cell.limits_hash),
        scenes,
        on_begin,
        on_attempt,
    )
    attempts = series.read(range(asked.episodes))
    given = split(attempts)
    monitor = fit_monitor(tuple(policy.manifest.cameras), given, asked.promise, slices)
    good, bad = (
        [_worst(monitor, one) for one in given.held_out if one.went_well is went_well] for went_well in (True, False)
    )
    realised = share(sum(alarmed(monitor, one) for one in given.held_out if one.went_well), len(good))
    made_from = {
        "distribution": distribution.name,
        "distribution_version": distribution.version,
        "distribution_sha256": distribution.sha256,
        "pool": POOL,
        "seed": seed,
        "episodes": len(attempts),
        "went_well": sum(one.went_well for one in attempts),
        "parts": {name: len(getattr(given, name)) for name in TENTHS},
        "held_out_false_alarms": _finite(asdict(realised)),
        "spinal": version("spinal"),
        "made_at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
    }
    written = write_calibration(cell.policy_folder, monitor, bound_of(cell), made_from)
    evaluation = _evaluate(monitor, given, {name: one.read(range(asked.evaluation)) for name, one in others.items()})
    summary: dict[str, Any] = {
        "monitor": str(cell.policy_folder / JSON),
        "sha256": written.sha256,
        "mode": asked.promise.mode,
        "alpha": asked.promise.alpha,
        "confidence": asked.promise.confidence,
        **made_from,
        "thresholds": {name: fact.model_dump() for name, fact in written.file.thresholds.items()},
        "evaluation": None if evaluation is None else _finite(asdict(evaluation)),
    }
    _tell(folder, monitor, summary, realised, good, bad, evaluation)
    return {"folder": str(folder), "page": str(folder / PAGE), **summary}


def split(attempts: Sequence[Attempt]) -> Parts:
    """Return the attempts by what they are for; only the held-out part keeps those that did not go well."""
    by_part = {
        name: [one for one in attempts if one.scene % 10 in digits and (one.went_well or name == "held_out")]
        for name, digits in TENTHS.items()
    }
    return Parts(**by_part)


def alarmed(monitor: Monitor, attempt: Attempt) -> bool:
    """Return whether the monitor would have raised an alarm in the attempt."""
    return not _worst(monitor, attempt) <= monitor.thresholds[monitor.slice_of(attempt.sku)].value


def _worst(monitor: Monitor, attempt: Attempt) -> float:
    return float(monitor.scores.of(attempt).max())


def _slices(cell: Cell, declared: Qualification, *, is_pooled: bool) -> dict[str, str]:
    """Return the slice of each SKU: a monitor knows what was ordered, and no axis of the scene."""
    found = dict.fromkeys(cell.config.skus, ALL)
    if is_pooled:
        return found
    for name, part in declared.slices.items():
        if not (part.any or part.none):
            found |= {sku: name for sku in part.skus if found.get(sku) == ALL}
    return found


def _check_enough(asked: Calibrating, slices: int) -> None:
    """Refuse, before anything runs, what cannot give a threshold even if every attempt goes well."""
    share_of = len(TENTHS["threshold"]) / 10.0
    needed = asked.promise.needed * slices
    if asked.episodes * share_of < needed:
        raise EvidenceError(
            "too few calibration episodes for a threshold",
            value=asked.episodes,
            allowed=f"at least {math.ceil(needed / share_of)}: {asked.promise.needed} that go well for each of {slices}"
            f" slice{'s' if slices > 1 else ''}, from {100 * share_of:.0f} % of the episodes ({asked.promise.mode}, "
            f"alpha {asked.promise.alpha:g})",
            next_step="raise --episodes, take --pooled for one threshold over all slices, or promise less with --alpha",
        )


def _evaluation_series(asked: Calibrating, cell: Cell, folder: Path, distribution: Distribution) -> dict[str, Series]:
    """Return the groups of the evaluation: the calibrated distribution, and every axis of the shifts alone."""
    file, shifts_file = distribution_file(cell, asked.distribution), distribution_file(cell, asked.shifts)
    shifts = load_distribution(shifts_file)
    seed = seed_in_pool(file, declared_evidence(file, distribution), EVALUATION_POOL, None)
    series = {
        IN_DISTRIBUTION: Series(
            folder=folder / "attempts" / f"{distribution.name}-{EVALUATION_POOL}", distribution=file, seed=seed
        )
    }
    first = seed_in_pool(shifts_file, declared_evidence(shifts_file, shifts), EVALUATION_POOL, None)
    for axis in shifts.axes:
        series[axis.name] = Series(
            folder=folder / "attempts" / f"{shifts.name}-{shifts.sha256[:10]}-{axis.name}",
            distribution=shifts_file,
            seed=first,
            axis=axis.name,
        )
    return series


def _run(
    asked: Calibrating,
    what: Collection,
    scenes: Mapping[Series, range],
    on_begin: Callable[[int, int], None],
    on_attempt: Callable[[bool], None],
) -> None:
    for series in scenes:
        try:
            series.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MachineError(
                "the calibration's folder cannot be made",
                value=error,
                next_step="free space, or name another with --runs",
            ) from None
    works = [(series, scene) for series, wanted in scenes.items() for scene in series.missing(wanted)]
    total = sum(len(wanted) for wanted in scenes.values())
    on_begin(total, total - len(works))
    for went_well in collect(what, works, asked.workers):
        on_attempt(went_well)


def _evaluate(monitor: Monitor, given: Parts, groups: Mapping[str, Sequence[Attempt]]) -> Evaluation | None:
    if not groups:
        return None
    everything = [attempt for group in groups.values() for attempt in group]
    return evaluate(monitor, given.threshold, {EVERYTHING: everything, **groups})


def _folder(asked: Calibrating, cell: Cell, distribution: Distribution, seed: int) -> Path:
    identity = {
        "bound": bound_of(cell).model_dump(),
        "distribution": distribution.sha256,
        "seed": seed,
        "core": core_hash(),
    }
    key = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:10]
    return asked.runs / f"calibrate-{cell.config.name}-{distribution.name}-seed-{seed}-{key}"


def _tell(
    folder: Path,
    monitor: Monitor,
    summary: Mapping[str, Any],
    realised: Share,
    good: Sequence[float],
    bad: Sequence[float],
    evaluation: Evaluation | None,
) -> None:
    (folder / SUMMARY).write_text(json.dumps(summary, indent=1, allow_nan=False), encoding="utf-8")
    facts = {
        "distribution": f"{summary['distribution']}, version {summary['distribution_version']}, SHA-256 "
        f"{summary['distribution_sha256']}",
        "scenes": f"{summary['episodes']} of the pool '{POOL}', seed {summary['seed']}, one attempt each; "
        f"{summary['went_well']} went well (the simulator's truth)",
        "parts": ", ".join(f"{name} {count}" for name, count in summary["parts"].items()) + "; disjoint by scene",
        "monitor": f"{summary['monitor']}, SHA-256 {summary['sha256']}",
    }
    page = Page(monitor=monitor, realised=realised, good=good, bad=bad, facts=facts, evaluation=evaluation)
    write_page(page, folder / PAGE)


def _finite(value: Any) -> Any:
    """Return the same with None in place of numbers that JSON does not have."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
