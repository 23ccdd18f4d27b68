"""The whole course: demonstrations, training, corrections round by round, a last training, validation, the bundle.

Everything is kept in a work folder, so that a course that was interrupted continues where it was.
"""

from __future__ import annotations

import importlib.metadata
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from spinal.errors import PolicyError
from spinal.learn.collect import Round, RoundSummary, collect, shard_paths
from spinal.learn.export import BundleFacts, export_bundle
from spinal.learn.network import NetworkShape
from spinal.learn.parent import WEIGHTS, Parent
from spinal.learn.practice import Site
from spinal.learn.settings import LearnSettings
from spinal.learn.shards import Practice, practice_hash, read_shard
from spinal.learn.train import Fit, Trainer, has_fast_bf16

PACKAGES = ("torch", "numpy", "onnx", "onnxruntime", "mujoco-core")
LABELS = (
    "privileged scripted expert in simulation; the policy itself sees cameras, proprioception and the ordered SKU only"
)

CORRECTIONS = "the policy acted; where it went wrong the privileged scripted expert, in a person's place, took over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What came out. `validation` is a fresh round of the exported policy, on scenes that it never saw."""

    bundle: Path
    rounds: tuple[RoundSummary, ...]
    validation: RoundSummary
    fit: Fit
    wall_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Continued:
    """What a course continues: a finished one, and the scenes (seed, index, pick) to practise in; none: fresh ones."""

    parent: Parent
    places: tuple[tuple[int, int, int], ...] = ()


def learn(
    site: Site,
    settings: LearnSettings,
    *,
    name: str,
    work: Path,
    out: Path,
    console: Console,
    continued: Continued | None = None,
) -> Course:
    """Learn a policy for `site` and write its bundle into `out`; `work` keeps the practice, to continue from it.

    `continued`: go on with a finished course, in rounds in which the expert takes over where the policy goes wrong.
    PolicyError when `work` belongs to a course with other settings, or when the practice of the course to continue is
    not what its bundle says.
    """
    started = time.monotonic()
    work.mkdir(parents=True, exist_ok=True)
    _claim(work, settings, site, continued)
    with _progress(console) as progress:
        inherited = 0 if continued is None else len(continued.parent.rounds)
        run = _Running(site=site, settings=settings, name=name, work=work, progress=progress, inherited=inherited)
        rounds, parts = run.rounds() if continued is None else run.further_rounds(continued)
        trainer = run.trainer(parts[0])
        run.train(trainer, "last", parts, settings.steps_last, to_zero=True)
        facts = BundleFacts(name=name, displacement_scale_m=settings.displacement_scale_m, lineage={})
        candidate = export_bundle(trainer.average, site, facts, work / "bundles" / "last")
        what = Round(name="validation", seed=settings.scene_seeds[1], picks=settings.validation, bundle=candidate)
        validation, held_out = run.practise(what)
    fit = trainer.measure(held_out)
    wall_s = time.monotonic() - started
    lineage = _lineage(site, settings, parts, rounds, validation, fit) | _descent(continued)
    lineage["wall_s_of_last_run"] = round(wall_s, 1)
    facts = BundleFacts(name=name, displacement_scale_m=settings.displacement_scale_m, lineage=lineage)
    bundle = export_bundle(trainer.average, site, facts, out)
    return Course(bundle=bundle, rounds=tuple(rounds), validation=validation, fit=fit, wall_s=wall_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    """One course under way."""

    site: Site
    settings: LearnSettings
    name: str
    work: Path
    progress: Progress
    inherited: int = 0

    def seed(self, number: int) -> int:
        return self.settings.scene_seeds[0] + number

    def rounds(self) -> tuple[list[RoundSummary], list[Practice]]:
        """Practise and train, round by round; return how each went and all the practice."""
        settings = self.settings
        demonstrations = Round(name="round-0", seed=self.seed(0), picks=settings.demonstrations, bundle=None)
        summary, practice = self.practise(demonstrations)
        summaries, parts = [summary], [practice]
        trainer = self.trainer(practice)
        for number in range(1, settings.rounds + 1):
            steps = settings.steps_first if number == 1 else settings.steps_round
            self.train(trainer, f"round-{number - 1}", parts, steps)
            facts = BundleFacts(name=self.name, displacement_scale_m=settings.displacement_scale_m, lineage={})
            bundle = export_bundle(trainer.average, self.site, facts, self.work / "bundles" / f"round-{number - 1}")
            what = Round(name=f"round-{number}", seed=self.seed(number), picks=settings.corrections, bundle=bundle)
            summary, practice = self.practise(what)
            summaries.append(summary)
            parts.append(practice)
        return summaries, parts

    def further_rounds(self, continued: Continued) -> tuple[list[RoundSummary], list[Practice]]:
        """Practise on with the parent's policy, train, and so on; return all rounds and all practice, its own first.

        The parent's practice is kept; new rounds weigh so much that they are their declared share of the training.
        """
        settings, parent = self.settings, continued.parent
        summaries, parts = parent.rounds, parent.practice()
        parent.hand_over(self.work)
        bundle, before = parent.bundle, len(parts)
        for number in range(settings.rounds):
            name = f"round-{before + number}"
            places = continued.places
            seed, picks = settings.scene_seeds[0] + number, len(places) or settings.corrections
            summary, practice = self.practise(
                Round(name=name, seed=seed, picks=picks, bundle=bundle, places=places, is_corrected=True)
            )
            summaries.append(summary)
            parts.append(practice)
            if number + 1 < settings.rounds:
                trainer = self.trainer(parts[0])
                self.train(trainer, name, parts, settings.steps_round)
                facts = BundleFacts(name=self.name, displacement_scale_m=settings.displacement_scale_m, lineage={})
                bundle = export_bundle(trainer.average, self.site, facts, self.work / "bundles" / name)
        return summaries, parts

    def practise(self, what: Round) -> tuple[RoundSummary, Practice]:
        """Return how a round of practice went, and its moments."""
        who = "expert" if what.bundle is None else "policy"
        task = self.progress.add_task(f"{what.name}: {who} picks", total=what.picks)
        folder = self.work / "practice"
        summary = collect(
            self.site, what, self.settings, folder, on_shard=lambda picks: self.progress.advance(task, picks)
        )
        shown = f"{what.name}: {who} picks, {summary.successes}/{summary.picks} succeeded"
        self.progress.update(task, description=shown)
        return summary, Practice.joined([read_shard(path) for path in shard_paths(folder, what, self.settings)])

    def trainer(self, first: Practice) -> Trainer:
        """Return a trainer for this course, with the weights of the last stage that was finished."""
        site = self.site
        shape = NetworkShape(
            image_px=site.image_px,
            skus=len(site.skus),
            proprioception=len(site.proprioception),
            height_index=site.proprioception.index("tool_z_m"),
            steps=site.steps,
            channels=self.settings.channels,
            keypoints=self.settings.keypoints,
            hidden=self.settings.hidden,
        )
        trainer = Trainer(shape, self.settings, first)
        weights = self.work / "weights"
        finished = sorted(weights.glob("round-*.pt"), key=lambda path: int(path.stem.removeprefix("round-")))
        inherited = [weights / WEIGHTS] if (weights / WEIGHTS).exists() else []
        if finished or inherited:
            trainer.load(torch.load([*inherited, *finished][-1], weights_only=False))
        return trainer

    def train(self, trainer: Trainer, stage: str, parts: list[Practice], steps: int, *, to_zero: bool = False) -> None:
        """Train one stage and keep its weights; a stage that is already kept is only loaded."""
        kept = self.work / "weights" / f"{stage}.pt"
        task = self.progress.add_task(f"{stage}: training", total=steps)
        if kept.exists():
            trainer.load(torch.load(kept, weights_only=False))
            self.progress.update(task, completed=steps)
            return
        smooth: list[float] = []
        practice = self._weighed(parts)
        trainer.fit(practice, steps, self._on_step(task, stage, smooth), to_zero=to_zero)
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(".partial")
        torch.save(trainer.state(), partial)
        partial.replace(kept)

    def _weighed(self, parts: list[Practice]) -> Practice:
        """Return all practice; in a course that continues another the own rounds weigh their declared share."""
        if not self.inherited:
            return Practice.joined(parts)
        old, new = parts[: self.inherited], parts[self.inherited :]
        share, total = self.settings.correction.share, sum(float(part.weight.sum()) for part in old)
        fresh = sum(float(part.weight.sum()) for part in new)
        lift = np.float32(max(1.0, share / (1.0 - share) * total / fresh))
        return Practice.joined([*old, *(replace(part, weight=part.weight * lift) for part in new)])

    def _on_step(self, task: Any, stage: str, smooth: list[float]) -> Callable[[float], None]:
        def on_step(loss: float) -> None:
            smooth[:] = [loss if not smooth else 0.98 * smooth[0] + 0.02 * loss]
            self.progress.update(task, advance=1, description=f"{stage}: training, loss {smooth[0]:.4f}")

        return on_step


def _claim(work: Path, settings: LearnSettings, site: Site, continued: Continued | None) -> None:
    """Write what this course is into its folder, or check that it is the same course as before."""
    path = work / "course.json"
    what = {"settings": asdict(settings), "site": site.lineage(), **_descent(continued)}
    course = json.dumps(what, indent=2, default=list)
    if not path.exists():
        path.write_text(course, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != course:
        raise PolicyError(
            "this folder holds a course with other settings, another cell or another version of the code",
            value=work,
            next_step="name another --work folder, or delete this one",
        )


def _descent(continued: Continued | None) -> dict[str, Any]:
    """Return what the lineage of a course that continues another says of that one."""
    if continued is None:
        return {}
    replayed: dict[str, Any] = {"scenes": [list(place) for place in continued.places]} if continued.places else {}
    return {"parent": continued.parent.reference, "corrections": CORRECTIONS, **replayed}


def _lineage(
    site: Site,
    settings: LearnSettings,
    parts: list[Practice],
    rounds: list[RoundSummary],
    validation: RoundSummary,
    fit: Fit,
) -> dict[str, Any]:
    described = [asdict(summary) | {"success_rate": round(summary.success_rate, 4)} for summary in rounds]
    return {
        "made_by": "spinal learn",
        "labels": LABELS,
        "settings": asdict(settings),
        "site": site.lineage(),
        "data": {
            "sha256": practice_hash(parts),
            "picks": sum(summary.picks for summary in rounds),
            "moments": sum(part.moments for part in parts),
            "scene_seeds": [settings.scene_seeds[0], settings.scene_seeds[1] - 1],
        },
        "rounds": described,
        "validation": asdict(validation) | {"success_rate": round(validation.success_rate, 4)} | asdict(fit),
        "precision": "bfloat16 convolutions" if has_fast_bf16() else "float32",
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    )
