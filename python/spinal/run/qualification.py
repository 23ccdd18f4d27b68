"""A qualification campaign: what is run is named by its hashes, scenes are kept one by one, and a verdict is made."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from spinal.errors import EvidenceError, MachineError
from spinal.qualify import (
    Comparison,
    Results,
    ResultsFile,
    SceneResult,
    Series,
    Story,
    Verdict,
    compare,
    growth_of,
    headline,
    judge_campaign,
    read_results,
    sentences,
    write_report,
)
from spinal.record import begin_run, end_run
from spinal.run import permission
from spinal.run.evaluate import scene_for
from spinal.run.pick import PickResult, run_pick
from spinal.run.question import Opened, Question, open_question
from spinal.run.ray_pool import run_on_ray
from spinal.run.scene_pool import run_scenes
from spinal.run.seal import open_seal
from spinal.run.simulator import SceneRun, make_simulation
from spinal.sim.distribution import Distribution

DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EACCES)
RESULTS, RECORD, REPORT, PICTURES = "scenes.jsonl", "campaign.json", "report.html", "pictures"


def qualify(
    question: Question,
    on_begin: Callable[[int, int], None],
    on_scene: Callable[[SceneResult], None],
    on_warning: Callable[[str], None],
) -> dict[str, Any]:
    """Run what is missing of the campaign, leave its folder behind and return the verdict as JSON values.

    The folder is named by what is run, so that the same question goes on where a killed one was. `on_begin` hears how
    many scenes there are and how many are kept from before, `on_scene` of each new one after it has reached the disk.
    """
    opened = open_question(question)
    against = None if question.against is None else _comparable(question.against, opened.identity)
    earlier = [(folder.name, _of_series(folder, opened.identity)) for folder in question.growth]
    safety = permission.permit(opened.cell, allows_unsigned=question.allows_unsigned)
    warning = permission.warning(safety)
    if warning is not None:
        on_warning(warning)
    _make(opened.folder)
    seen = open_seal(opened.cell.folder, opened.identity, opened.folder) if question.is_final else ()
    with _written_down(opened.folder), ResultsFile(opened.folder / RESULTS, opened.identity) as file:
        record = begin_run(
            opened.folder / RECORD,
            run_id=opened.folder.name,
            mode="lockstep",
            cell=opened.cell.config.name,
            spinal_version=version("spinal"),
            files=opened.cell.file_hashes,
            profile_hash=opened.cell.limits_hash,
            safety=safety,
            policy=opened.policy,
            seeds={"scenes": opened.campaign.seed},
            settings={**opened.identity, "scenes": question.scenes, "workers": question.workers},
        )
        kept = set(file.results.scenes)
        missing = [index for index in range(question.scenes) if index not in kept]
        on_begin(question.scenes, question.scenes - len(missing))
        began, new = time.perf_counter(), []
        try:
            for run in _scene_runs(opened, missing):
                _keep_pictures(opened.folder / PICTURES, run)
                file.add(run.result)
                new.append(run.result)
                on_scene(run.result)
        except BaseException as error:  # an interrupt by a person ends the run too
            with suppress(OSError):  # a full disk must not hide why it ended
                end_run(opened.folder / RECORD, record, summary={}, problem=str(error) or type(error).__name__)
            raise
        speed = _speed(new, time.perf_counter() - began, question.workers, len(kept))
        scenes = file.results.complete
        looks = [look for look in file.results.looks if look < len(scenes)]
        verdict = judge_campaign(scenes, replace(opened.terms, seen_before=bool(seen)), len(looks))
        file.add_look(len(scenes))
    comparison = None if against is None else compare_results(against, scenes)
    growth = _growth(opened, [*earlier, (f"{opened.folder.name} (this one)", scenes)]) if earlier and scenes else None
    summary = _summary(opened, verdict, speed, comparison)
    summary["growth"] = None if growth is None else growth.as_json()
    summary["seeds_seen_before"] = [seal.in_words() for seal in seen]
    with _written_down(opened.folder):
        end_run(
            opened.folder / RECORD,
            record,
            summary=summary,
            safety=permission.at_end(safety, opened.cell.folder, opened.cell.limits_hash),
        )
        _tell(opened, scenes, verdict, speed, comparison, growth, f"{record.machine.cpu}, {record.machine.cores} cores")
    return {"folder": str(opened.folder), "report": str(opened.folder / REPORT), **summary}


def replay_pick(question: Question, index: int, pick: int) -> dict[str, Any]:
    """Run one pick of the campaign again with a full journal, and say whether it went as it did then.

    `is_same` is None when the campaign has not run this scene.
    """
    opened = open_question(question)
    permission.permit(opened.cell, allows_unsigned=question.allows_unsigned)
    if question.is_final:
        open_seal(opened.cell.folder, opened.identity, opened.folder)
    folder = opened.folder / "replays" / f"scene-{index:06d}-pick-{pick:03d}"
    _make(folder)
    journal = folder / "journal"
    _make(journal)
    file = journal / f"{index:06d}.journal"
    file.unlink(missing_ok=True)
    result = _again(opened, index, pick, file)
    kept = read_results(opened.folder / RESULTS).scenes if (opened.folder / RESULTS).is_file() else {}
    before = next((one for one in kept[index].picks if one.pick == pick), None) if index in kept else None
    same = None
    if before is not None:
        same = (before.outcome, before.succeeded, before.simulated_s) == (
            result.outcome,
            result.succeeded,
            result.simulated_s,
        )
    return {"scene": index, "is_same": same, "folder": str(folder), **asdict(result)}


def compare_results(first: Results, second: tuple[SceneResult, ...]) -> Comparison:
    """Return who fails more on the scenes that both campaigns have; EvidenceError when there is none."""
    pairs = [(one, other) for one, other in zip(first.complete, second, strict=False)]
    if not pairs:
        raise EvidenceError("the campaigns have no scene in common", next_step="run the other one first")
    return compare(
        np.array([pick.needs_person for one, _ in pairs for pick in one.picks]),
        np.array([pick.needs_person for _, other in pairs for pick in other.picks]),
        np.array([other.index for _, other in pairs for _ in other.picks]),
    )


def _scene_runs(opened: Opened, missing: Sequence[int]) -> Iterator[SceneRun]:
    question = opened.question
    if question.ray is not None:
        return run_on_ray(opened.campaign, missing, question.workers, question.ray)
    return run_scenes(opened.campaign, missing, question.workers)


def _keep_pictures(folder: Path, run: SceneRun) -> None:
    for name, jpeg in run.pictures:
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(jpeg)


def _again(opened: Opened, index: int, pick: int, journal: Path) -> PickResult:
    station, decider = make_simulation(opened.campaign, opened.cell)
    scene = scene_for(opened.cell, opened.distribution, opened.campaign.seed, index, pick=pick)
    try:
        return run_pick(
            station, decider, scene, attempts_max=opened.campaign.attempts_max, journal=journal, detail="full"
        )
    finally:
        station.close()


def _comparable(folder: Path, identity: Mapping[str, Any]) -> Results:
    results = read_results(folder / RESULTS)
    theirs, ours = _scenes_of(results.identity), _scenes_of(identity)
    for key, value in ours.items():
        if theirs[key] != value:
            raise EvidenceError(
                f"{folder} did not run on the same scenes: its {key} differs",
                value=theirs[key],
                allowed=value,
                next_step="compare campaigns with the same distribution, seed and picks per scene",
            )
    return results


def _of_series(folder: Path, identity: Mapping[str, Any]) -> tuple[SceneResult, ...]:
    """Return the scenes of an earlier campaign of a series; EvidenceError when it is not over the same distribution."""
    results = read_results(folder / RESULTS)
    theirs, ours = (_scenes_of(one)["distribution"] for one in (results.identity, identity))
    if theirs != ours:
        raise EvidenceError(
            f"{folder} did not run over the same distribution",
            value=theirs,
            allowed=ours,
            next_step="a series shows growth over one distribution only",
        )
    if not results.complete:
        raise EvidenceError("the campaign has no scene yet", value=folder, next_step="run it first, or leave it out")
    return results.complete


def _growth(opened: Opened, campaigns: Sequence[tuple[str, Sequence[SceneResult]]]) -> Series:
    picks = [pick for _, scenes in campaigns[-1:] for scene in scenes for pick in scene.picks]
    pick_s = sum(pick.simulated_s for pick in picks) / len(picks)
    return growth_of(campaigns, opened.declared.icc_max, pick_s, 60.0 * opened.question.minutes)


def _scenes_of(identity: Mapping[str, Any]) -> dict[str, Any]:
    """Return what two campaigns share when they ran on common random numbers."""
    distribution = identity.get("sha256", {}).get("distribution")
    return {"distribution": distribution, **{key: identity.get(key) for key in ("seed", "picks_per_scene")}}


@contextmanager
def _written_down(folder: Path) -> Iterator[None]:
    """Make one message of a file that the disk does not take; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise MachineError(
            "the campaign cannot be written down",
            value=f"{error.filename or folder}: {error.strerror}",
            next_step="free space and run the same command again: every scene that was reported is kept",
        ) from None


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(
            "the campaign's folder cannot be made", value=error, next_step="free space, or name another with --runs"
        ) from None


def _speed(new: list[SceneResult], elapsed_s: float, workers: int, kept: int) -> dict[str, Any]:
    """Return how fast the new scenes were run: rendering, policy and the start of workers included."""
    picks = [pick for scene in new for pick in scene.picks]
    simulated_s, wall_s = sum(pick.simulated_s for pick in picks), sum(pick.wall_s for pick in picks)
    return {
        "workers": workers,
        "picks_run_now": len(picks),
        "scenes_kept_from_before": kept,
        "elapsed_s": elapsed_s,
        "episodes_per_hour": 3600.0 * len(picks) / elapsed_s if picks else None,
        "realtime_factor": simulated_s / elapsed_s if picks else None,
        "realtime_factor_one_worker": simulated_s / wall_s if picks else None,
        "load_average_1min": os.getloadavg()[0],
    }


def _summary(
    opened: Opened, verdict: Verdict, speed: Mapping[str, Any], comparison: Comparison | None
) -> dict[str, Any]:
    return {
        **verdict.as_json(),
        "headline": headline(verdict),
        "sentences": list(sentences(verdict, _name(opened.distribution))),
        "distribution": opened.distribution.name,
        "distribution_version": opened.distribution.version,
        "distribution_sha256": opened.distribution.sha256,
        "pool": opened.question.pool,
        "seed": opened.campaign.seed,
        "picks_per_scene": opened.campaign.picks_per_scene,
        "attempts_max": opened.campaign.attempts_max,
        "who": opened.question.who,
        "comparison": None if comparison is None else asdict(comparison),
        **speed,
    }


def _tell(
    opened: Opened,
    scenes: tuple[SceneResult, ...],
    verdict: Verdict,
    speed: Mapping[str, Any],
    comparison: Comparison | None,
    growth: Series | None,
    machine: str,
) -> None:
    distribution, campaign = opened.distribution, opened.campaign
    facts = {
        "distribution": f"{distribution.name}, version {distribution.version}, SHA-256 {distribution.sha256}",
        "scenes": f"seed {campaign.seed} of the pool '{opened.question.pool}', {campaign.picks_per_scene} picks a "
        "scene; picks of a scene share site and sensors, the tote is filled anew for each",
        "who decides": opened.question.who,
        "policy": ", ".join(f"{name} {value[:16]}" for name, value in campaign.hashes if "." in name),
        "safety profile": opened.cell.limits_hash.hex(),
        "attempts an order may have": str(campaign.attempts_max),
        "certifies by": opened.identity["certifies_by"],
        "speed": "nothing was run now"
        if speed["episodes_per_hour"] is None
        else f"{speed['episodes_per_hour']:.0f} episodes an hour, {speed['realtime_factor']:.1f} x real time "
        f"({_workers(speed)}, load {speed['load_average_1min']:.1f})",
        "machine": machine,
    }
    story = Story(
        verdict=verdict,
        scenes=scenes,
        distribution=_name(distribution),
        facts=facts,
        replay=opened.replay,
        pictures=opened.folder / PICTURES,
        against=None if opened.question.against is None else opened.question.against.name,
        comparison=comparison,
        growth=growth,
    )
    write_report(story, opened.folder / REPORT)


def _name(distribution: Distribution) -> str:
    return f"declared distribution {distribution.name} version {distribution.version}"


def _workers(speed: Mapping[str, Any]) -> str:
    """Return the number of workers in words."""
    return "1 worker" if speed["workers"] == 1 else f"{speed['workers']} workers"
