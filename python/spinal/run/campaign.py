"""A lockstep evaluation as a run: its folder, journals, picks, run.json and report."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from spinal.cell import Cell
from spinal.record import PickLine, PickLog, RunFolder, SafetyRecord, begin_run, end_run, hash_file
from spinal.run import permission
from spinal.run.evaluate import Evaluation, timed
from spinal.run.fit import check_policy, declared, load_fitting_cell
from spinal.run.pick import PickResult
from spinal.run.story import tell_lockstep

NOT_SETTINGS: Final = ("journal_folder", "journal_meta", "profile_hash", "cell")
"""What an evaluation is given by the run and not by the person who asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockstepRun:
    """An evaluation and where its run folder is made."""

    evaluation: Evaluation
    runs: Path
    allows_unsigned: bool = False
    on_warning: Callable[[str], None] = lambda text: None


def run_lockstep(what: LockstepRun, on_pick: Callable[[PickResult], None]) -> dict[str, Any]:
    """Run the evaluation, leave a run folder behind and return the summary that run.json holds.

    Everything that can be wrong with cell, distribution and policy is found before the first scene.
    """
    asked = what.evaluation
    cell = load_fitting_cell(asked.cell)
    safety = permission.permit(cell, allows_unsigned=what.allows_unsigned)
    warning = permission.warning(safety)
    if warning is not None:
        what.on_warning(warning)
    declared(cell, asked.distribution, asked.axis)
    files, policy = dict(cell.file_hashes), {"who": "scripted expert (privileged)"}
    if asked.who == "policy":
        policy = check_policy(cell).lineage
        files["model.onnx"] = hash_file(cell.policy_folder / "model.onnx")
    folder = RunFolder.create(what.runs, started=datetime.now(tz=UTC), label=f"{cell.config.name}-lockstep")
    record = begin_run(
        folder.run_json,
        run_id=folder.name,
        mode="lockstep",
        cell=cell.config.name,
        spinal_version=version("spinal"),
        files=files,
        profile_hash=cell.limits_hash,
        safety=safety,
        policy=policy,
        seeds={"scenes": asked.seed},
        settings={key: value for key, value in asdict(asked).items() if key not in NOT_SETTINGS}
        | {"chain": asked.chain.told()},
    )
    try:
        with PickLog(folder.picks) as log:

            def take(result: PickResult) -> None:
                log.write(pick_line(result, asked.distribution))
                on_pick(result)

            _, summary = timed(
                replace(
                    asked,
                    journal_folder=folder.journal,
                    profile_hash=cell.limits_hash,
                    journal_meta=json.dumps({"cell": cell.config.name, "safety": permission.for_journal(safety)}),
                ),
                take,
            )
    except BaseException as error:  # an interrupt by a person ends the run too
        problem = str(error) or type(error).__name__
        end_run(folder.run_json, record, summary={}, problem=problem, safety=_at_end(safety, cell))
        raise
    ended = end_run(folder.run_json, record, summary=summary, safety=_at_end(safety, cell))
    if ended.safety is not None and ended.safety.has_changed_on_disk:
        what.on_warning("the safety profile was changed on the disk during the run: this run held the old one")
    return {"run": str(folder.path), **_told(folder), **summary}


def _at_end(safety: SafetyRecord, cell: Cell) -> SafetyRecord:
    return permission.at_end(safety, cell.folder, cell.limits_hash)


def _told(folder: RunFolder) -> dict[str, str | None]:
    """Write the report and return where it is; what keeps it from being written must not hide how the run went."""
    try:
        tell_lockstep(folder)
    except Exception as error:
        return {"report": None, "report_problem": f"{type(error).__name__}: {error}"}
    return {"report": str(folder.report)}


def pick_line(result: PickResult, distribution: str) -> PickLine:
    """Return a pick as the line that reports read; instants are simulated ones."""
    return PickLine(
        order=f"lockstep-{result.index}",
        attempt=result.attempts,
        sku=result.sku,
        outcome=result.outcome,
        ending="complete" if result.outcome == "placed" else "fail",
        truth=result.succeeded,
        started_s=0.0,
        duration_s=result.cycle_s,
        cycle_s=result.simulated_s,
        seed=result.seed,
        index=result.index,
        distribution=distribution,
        axes=result.axes,
        reasons=result.reasons,
        rungs=result.rungs,
        recoveries=result.recoveries,
        alarms=result.alarms,
    )
