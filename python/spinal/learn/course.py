"""The whole course: demonstrations, training, corrections round by round, a last training, validation, the bundle.

Everything is kept in a work folder, so that a course that was interrupted continues where it was.
"""

from __future__ import annotations

import importlib.metadata
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from spinal.errors import PolicyError
from spinal.learn.collect import Round, RoundSummary, collect, shard_paths
from spinal.learn.export import BundleFacts, export_bundle
from spinal.learn.network import NetworkShape
from spinal.learn.practice import Site
from spinal.learn.settings import LearnSettings
from spinal.learn.shards import Practice, practice_hash, read_shard
from spinal.learn.train import Fit, Trainer, has_fast_bf16

PACKAGES = ("torch", "numpy", "onnx", "onnxruntime", "mujoco-core")
LABELS = (
    "privileged scripted expert in simulation; the policy itself sees cameras, proprioception and the ordered SKU only"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What came out. `validation` is a fresh round of the exported policy, on scenes that it never saw."""

    bundle: Path
    rounds: tuple[RoundSummary, ...]
    validation: RoundSummary
    fit: Fit
    wall_s: float


def learn(site: Site, settings: LearnSettings, *, name: str, work: Path, out: Path, console: Console) -> Course:
    """Learn a policy for `site` and write its bundle into `out`; `work` keeps the practice, to continue from it.

    PolicyError when `work` belongs to a course with other settings.
    """
    started = time.monotonic()
    work.mkdir(parents=True, exist_ok=True)
    _claim(work, settings, site)
    with _progress(console) as progress:
        run = _Running(site=site, settings=settings, name=name, work=work, progress=progress)
        rounds, parts = run.rounds()
        trainer = run.trainer(parts[0])
        run.train(trainer, "last", parts, settings.steps_last, to_zero=True)
        facts = BundleFacts(name=name, displacement_scale_m=settings.displacement_scale_m, lineage={})
        candidate = export_bundle(trainer.average, site, facts, work / "bundles" / "last")
        what = Round(name="validation", seed=run.seed(settings.rounds + 1), picks=settings.validation, bundle=candidate)
        validation, held_out = run.practise(what)
    fit = trainer.measure(held_out)
    wall_s = time.monotonic() - started
    lineage = _lineage(site, settings, parts, rounds, validation, fit) | {"wall_s_of_last_run": round(wall_s, 1)}
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
        finished = sorted((self.work / "weights").glob("round-*.pt"))
        if finished:
            trainer.load(torch.load(finished[-1], weights_only=False))
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
        trainer.fit(Practice.joined(parts), steps, self._on_step(task, stage, smooth), to_zero=to_zero)
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial = kept.with_suffix(".partial")
        torch.save(trainer.state(), partial)
        partial.replace(kept)

    def _on_step(self, task: Any, stage: str, smooth: list[float]) -> Callable[[float], None]:
        def on_step(loss: float) -> None:
            smooth[:] = [loss if not smooth else 0.98 * smooth[0] + 0.02 * loss]
            self.progress.update(task, advance=1, description=f"{stage}: training, loss {smooth[0]:.4f}")

        return on_step


def _claim(work: Path, settings: LearnSettings, site: Site) -> None:
    """Write what this course is into its folder, or check that it is the same course as before."""
    path = work / "course.json"
    course = json.dumps({"settings": asdict(settings), "site": site.lineage()}, indent=2, default=list)
    if not path.exists():
        path.write_text(course, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != course:
        raise PolicyError(
            "this folder holds a course with other settings, another cell or another version of the code",
            value=work,
            next_step="name another --work folder, or delete this one",
        )


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
