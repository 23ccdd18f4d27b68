"""`spinal experiment deployment-gap`: the same scenes through the raw policy and through each part of the chain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from spinal.cell import Cell
from spinal.errors import CellError, EvidenceError, PolicyError
from spinal.qualify import SceneResult, read_results
from spinal.qualify.gap import Arm, Links, Row, judge_arm, measure_links
from spinal.qualify.gap_page import GapStory, write_gap_report
from spinal.run.calibrated import calibration_of
from spinal.run.chain import Chain
from spinal.run.fit import load_fitting_cell
from spinal.run.qualification import RESULTS, qualify
from spinal.run.question import Question, open_question

LAB, DEPLOYMENT = "lab", "deployment"
RAW, RETRY, WATCHED, LADDER, VERIFIED = "A1", "A2", "A3", "A4", "A5"
PROBE = "A1w"
"""One try with the monitor: what the links of the chain are measured with."""
LIMIT_PER_1000 = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the experiment is run. `scenes` and `picks_per_scene` are the same for every arm."""

    cell: Path
    runs: Path
    scenes: int
    picks_per_scene: int
    workers: int
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPlan:
    """An arm and how its campaign is asked for."""

    arm: Arm
    distribution: str
    attempts_max: int
    chain: Chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who hears how it goes: an arm begins (title, scenes, of them kept), a scene is done, a warning."""

    on_arm: Callable[[str, int, int], None]
    on_scene: Callable[[SceneResult], None]
    on_warning: Callable[[str], None]


def main_arms(cell: Cell) -> tuple[ArmPlan, ...]:
    """Return the arms of the protocol that rest on the cell's own policy; CellError when it has no
    ladder, PolicyError when nobody calibrated its monitor."""
    tries = cell.config.task.attempts_max
    rungs = tuple(rung.rung for rung in cell.config.ladder)
    if calibration_of(cell) is None:
        raise PolicyError(
            "the experiment needs a calibrated monitor",
            value=cell.policy_folder,
            next_step=f"make one with `spinal calibrate {cell.folder}`",
        )
    if not rungs:
        raise CellError(
            "the experiment needs the cell's ladder", value=cell.folder, next_step="add [[ladder]] to cell.toml"
        )
    watched = Chain(watch="calibrated")
    return (
        _arm("A0", "raw policy, one try, in the lab", LAB, 1, Chain()),
        _arm(RAW, "raw policy, one try", DEPLOYMENT, 1, Chain()),
        _arm(PROBE, "one try, with the monitor and a safe stop", DEPLOYMENT, 1, watched, RAW),
        _arm(RETRY, f"time-out and up to {tries} tries", DEPLOYMENT, tries, Chain(), RAW),
        _arm(WATCHED, "and the calibrated monitor with a safe stop", DEPLOYMENT, tries, watched, RETRY),
        _arm(LADDER, "and the ladder with its recoveries", DEPLOYMENT, tries, replace(watched, ladder=rungs), RETRY),
        _arm(VERIFIED, "and the verifier", DEPLOYMENT, tries, replace(watched, ladder=rungs, verifier=True), LADDER),
    )


def control_arms(cell: Cell, alarm_rate: float) -> tuple[ArmPlan, ...]:
    """Return the controls of the monitor: chance at the rate that was measured, and one that knows the truth."""
    tries = cell.config.task.attempts_max
    whole = Chain(ladder=tuple(rung.rung for rung in cell.config.ladder), verifier=True)
    oracle = replace(whole, watch="oracle")
    return (
        _arm(
            "Cr", f"control: random alarms in {alarm_rate:.0%} of tries", DEPLOYMENT, tries,
            replace(whole, watch="random", watch_rate=alarm_rate), VERIFIED,
        ),
        _arm("Co", "control: an oracle's alarms (privileged)", DEPLOYMENT, tries, oracle, VERIFIED),
        _arm("Cn", "control: no monitor", DEPLOYMENT, tries, whole, VERIFIED),
    )  # fmt: skip


def _arm(
    name: str, title: str, distribution: str, attempts_max: int, chain: Chain, against: str | None = None
) -> ArmPlan:
    return ArmPlan(
        arm=Arm(name=name, title=title, against=against),
        distribution=distribution,
        attempts_max=attempts_max,
        chain=chain,
    )


def run_experiment(plan: Plan, listener: Listener) -> dict[str, Any]:
    """Run what is missing of every arm and return the table as JSON values; the page is in the folder.

    Each arm is a campaign of its own, kept scene by scene, so that the same command goes on where a killed one was.
    """
    cell = load_fitting_cell(plan.cell)
    done: dict[str, tuple[SceneResult, ...]] = {}
    folders: dict[str, str] = {}
    certified: dict[str, bool] = {}
    arms = list(main_arms(cell))
    for arm in arms:
        done[arm.arm.name], folders[arm.arm.name], certified[arm.arm.name] = _run(plan, arm, listener)
    picks = [pick for scene in done[PROBE] for pick in scene.picks]
    controls = control_arms(cell, sum(bool(pick.alarms) for pick in picks) / len(picks))
    for arm in controls:
        done[arm.arm.name], folders[arm.arm.name], certified[arm.arm.name] = _run(plan, arm, listener)
    arms += controls
    return _tell(plan, cell, arms, done, folders, is_certified=certified[VERIFIED])


def _question(plan: Plan, arm: ArmPlan) -> Question:
    return Question(
        cell=plan.cell,
        distribution=arm.distribution,
        scenes=plan.scenes,
        picks_per_scene=plan.picks_per_scene,
        workers=plan.workers,
        runs=plan.runs,
        seed=plan.seed,
        attempts_max=arm.attempts_max,
        chain=arm.chain,
    )


def _run(plan: Plan, arm: ArmPlan, listener: Listener) -> tuple[tuple[SceneResult, ...], str, bool]:
    title = f"{arm.arm.name} {arm.arm.title}"
    said = qualify(
        _question(plan, arm),
        lambda scenes, kept: listener.on_arm(title, scenes, kept),
        listener.on_scene,
        listener.on_warning,
    )
    folder = Path(said["folder"])
    is_certified = bool(said["certified"])
    scenes = read_results(folder / RESULTS).complete[: plan.scenes]
    if len(scenes) < plan.scenes:
        raise EvidenceError(
            f"arm {arm.arm.name} is not whole", value=f"{len(scenes)} of {plan.scenes} scenes", next_step="run it again"
        )
    return scenes, str(folder), is_certified


def _tell(
    plan: Plan,
    cell: Cell,
    arms: list[ArmPlan],
    done: Mapping[str, tuple[SceneResult, ...]],
    folders: Mapping[str, str],
    *,
    is_certified: bool,
) -> dict[str, Any]:
    opened = open_question(_question(plan, next(arm for arm in arms if arm.distribution == DEPLOYMENT)))
    icc_max = opened.declared.icc_max
    rows = [
        judge_arm(arm.arm, done[arm.arm.name], icc_max, done[arm.arm.against] if arm.arm.against else None)
        for arm in arms
    ]
    links = measure_links(done[RAW], done[PROBE], done[VERIFIED])
    distribution = f"declared distribution {opened.distribution.name} version {opened.distribution.version}"
    key = hashlib.sha256(json.dumps(sorted(folders.items())).encode()).hexdigest()[:10]
    folder = plan.runs / f"experiment-{cell.config.name}-{key}"
    folder.mkdir(parents=True, exist_ok=True)
    story = GapStory(
        rows=rows,
        links=links,
        first=RAW,
        last=VERIFIED,
        is_certified=is_certified,
        limit=LIMIT_PER_1000,
        distribution=distribution,
        facts={
            "distribution": f"{distribution}, SHA-256 {opened.distribution.sha256}",
            "scenes": f"seed {opened.campaign.seed} of the pool 'development', {plan.picks_per_scene} picks a scene",
            "again": "the same command goes on or tells it again: "
            f"spinal experiment deployment-gap {plan.cell} --scenes {plan.scenes} "
            f"--picks-per-scene {plan.picks_per_scene} --runs {plan.runs}",
        },
        folders=folders,
        notes=(),
    )
    write_gap_report(story, folder / "report.html")
    summary = {
        "folder": str(folder),
        "report": str(folder / "report.html"),
        "is_certified": story.is_certified,
        "factor": story.factor,
        "arms": [_row(row, folders[row.arm.name]) for row in rows],
        "links": _links(links),
        "distribution": distribution,
        "distribution_sha256": opened.distribution.sha256,
        "seed": opened.campaign.seed,
    }
    (folder / "table.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    return summary


def _row(row: Row, folder: str) -> dict[str, Any]:
    told = asdict(row)
    arm = told.pop("arm")
    return {**arm, **told, "folder": folder}


def _links(links: Links) -> dict[str, Any]:
    return {
        **{name: {"hits": share["hits"], "of": share["of"]} for name, share in asdict(links).items()},
        "interventions_per_1000": links.interventions_per_1000,
        "costs_per_1000": links.costs_per_1000,
    }
