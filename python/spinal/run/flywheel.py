"""`spinal flywheel`: find failures, choose what to practise, practise and retrain, check against the old policy.

Every stage leaves files in the work folder, each whole or not there; the same command goes on where it was.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from spinal.errors import PolicyError, SceneError
from spinal.learn.course import Course
from spinal.learn.select import Candidate, Choice, select
from spinal.qualify import WORSE_P, WORSE_PER_1000, Comparison, compare
from spinal.record import hash_file
from spinal.record.episodes import Episode, read_episodes
from spinal.run.fit import declared, load_fitting_cell
from spinal.run.flywheel_picks import Tries, try_picks, write_whole
from spinal.run.learning import learn_further

POOL = "development"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of the flywheel; what is asked for.

    `before`, `parent`: the course to continue and the bundle that it made (None: the cell's own). `finding` scenes of
    `distribution` are tried for failures, or none when `episodes` are given; at most `practise` of them are practised
    in; `checking` scenes of each of "lab" and `distribution` are tried with both policies. `seed`: of the pool
    development; this one finds, the next one checks.
    """

    cell: Path
    before: Path
    parent: Path | None
    distribution: str
    episodes: Path | None
    finding: int
    practise: int
    checking: int
    seed: int | None
    is_small: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """What came of it. `bundle` is None when the old policy is kept; `why` says why."""

    bundle: Path | None
    why: str
    found: Mapping[str, int]
    chosen: int
    checks: Mapping[str, Comparison]


def turn(what: Turn, *, work: Path, out: Path, console: Console) -> Turned:
    """Turn the flywheel once; a new bundle is in `out` only when it is not worse than the old one.

    SceneError for seeds outside of the pool `development`; PolicyError when `work` belongs to another turn, when the
    practice is not what the parent says, or when nothing failed.
    """
    cell = load_fitting_cell(what.cell)
    seed = _seed(what)
    work.mkdir(parents=True, exist_ok=True)
    parent = cell.policy_folder if what.parent is None else what.parent
    said = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(what).items()}
    said |= {"seed": seed, "parent_model_sha256": hash_file(parent / "model.onnx")}
    said["distribution_sha256"] = declared(cell, what.distribution).sha256
    _claim(work, said)
    episodes = work / "episodes" if what.episodes is None else what.episodes
    if what.episodes is None:
        console.print(f"finding: {what.finding} picks of {what.distribution}, seed {seed}")
        tries = Tries(cell=what.cell, distribution=what.distribution, bundle=parent, seed=seed, picks=what.finding)
        try_picks(tries, work / "found", episodes, console)
    choices = _choose(what, episodes, said["distribution_sha256"], work / "selection.json")
    console.print(f"chosen: {len(choices['scenes'])} scenes to practise in")
    course = _practise(what, parent, choices, work, console)
    checks = _check(what, parent, course.bundle, seed + 1, work, console)
    worse = [name for name, check in checks.items() if check.is_second_worse]
    verdict = {
        "checks": {name: asdict(check) for name, check in checks.items()},
        "rule": f"worse: more than {WORSE_PER_1000:g} per 1000 more failures, or more with p < {WORSE_P}",
        "seed": seed + 1,
        "is_worse_on": worse,
        "selection": choices["counts"],
    }
    write_whole(work / "verdict.json", json.dumps(verdict, indent=2))
    if worse:
        why = f"the new policy is worse on {', '.join(worse)}: the old one is kept"
        return Turned(bundle=None, why=why, found=choices["counts"], chosen=len(choices["scenes"]), checks=checks)
    _publish(course.bundle, out, verdict)
    why = "the new policy is not worse than the old one"
    return Turned(bundle=out, why=why, found=choices["counts"], chosen=len(choices["scenes"]), checks=checks)


def _seed(what: Turn) -> int:
    """Return the seed that finds; it and the next one must be in the pool `development`."""
    qualification = declared(load_fitting_cell(what.cell), what.distribution).qualification
    pools = {} if qualification is None else qualification.pools
    if qualification is None or POOL not in pools:
        raise SceneError(f"'{what.distribution}' declares no seed pool '{POOL}'", value=", ".join(pools) or "none")
    first, last = pools[POOL]
    seed = first if what.seed is None else what.seed
    if not first <= seed < last:
        raise SceneError(
            f"failures are looked for in the seed pool '{POOL}' alone",
            value=f"{seed}, in the pool '{qualification.pool_of(seed)}'",
            allowed=f"{first} to {last - 1}",
            next_step="name another --seed",
        )
    return seed


def _claim(work: Path, said: Mapping[str, Any]) -> None:
    path, text = work / "turn.json", json.dumps(said, indent=2)
    if not path.exists():
        write_whole(path, text)
    elif path.read_text(encoding="utf-8") != text:
        raise PolicyError(
            "this folder holds a turn of the flywheel with other settings, policy or scenes",
            value=work,
            next_step="name another --work folder, or delete this one",
        )


def _choose(what: Turn, folder: Path, distribution: str, path: Path) -> dict[str, Any]:
    """Choose once; what was chosen is read again after an interruption."""
    if not path.exists():
        episodes = read_episodes(folder)
        candidates = [candidate for episode in episodes if (candidate := _candidate(what, episode, distribution))]
        choices = select(candidates, what.practise)
        write_whole(path, json.dumps(_told(candidates, choices), indent=2))
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if not any(choice["why"] != "random sample" for choice in told["choices"]):
        raise PolicyError(
            "nothing failed: there is nothing to correct",
            value=f"{told['counts']['episodes']} kept episodes in {folder}",
            next_step="look in more scenes (--picks), or in another distribution",
        )
    return told


def _told(candidates: list[Candidate], choices: list[Choice]) -> dict[str, Any]:
    counts = {
        "episodes": len(candidates),
        "interventions": sum(candidate.needed_person for candidate in candidates),
        "failures": sum(candidate.failed for candidate in candidates),
        "random_sample": sum(candidate.is_sampled for candidate in candidates),
    }
    return {
        "counts": counts,
        "scenes": [list(choice.candidate.scene) for choice in choices],
        "choices": [{"episode": choice.candidate.episode, "why": choice.why} for choice in choices],
    }


def _candidate(what: Turn, episode: Episode, distribution: str) -> Candidate | None:
    """Return an episode as something to choose; None without an answer of a network, or when it was torn off.

    SceneError when its scene cannot be played again as it was, or must not be looked at.
    """
    found = episode.about["lineage"].get("distribution")
    if episode.about.get("distribution") != what.distribution or found != distribution:
        raise SceneError(
            f"the episode {episode.path.name} is not of the distribution '{what.distribution}' as it is declared now",
            value=f"{episode.about.get('distribution')} {found}",
            allowed=distribution,
            next_step="name the --distribution that the episodes were kept in",
        )
    seed, index, pick = (int(value) for value in episode.about["scene"])
    _seed_of_episode(what, seed)
    seen = [entry.arrays["embedding"] for entry in episode.decisions if "embedding" in entry.arrays]
    if not seen or not episode.is_whole:
        return None
    return Candidate(
        episode=str(episode.about["episode"]),
        scene=(seed, index, pick),
        embedding=np.mean(np.stack(seen).astype(np.float32), axis=0),
        needed_person=bool(episode.end["needs_person"]),
        failed=not episode.end["is_success"],
        is_sampled="random sample" in episode.kept_because,
    )


def _seed_of_episode(what: Turn, seed: int) -> None:
    qualification = declared(load_fitting_cell(what.cell), what.distribution).qualification
    pool = None if qualification is None else qualification.pool_of(seed)
    if pool != POOL:
        raise SceneError(
            "a kept episode is of a scene that must not be practised in",
            value=f"seed {seed}, in the pool '{pool}'",
            allowed=f"the pool '{POOL}'",
            next_step="name episodes of a campaign over that pool",
        )


def _practise(what: Turn, parent: Path, choices: Mapping[str, Any], work: Path, console: Console) -> Course:
    """Practise in the chosen scenes, corrected by the expert, and retrain."""
    return learn_further(
        what.cell,
        distribution=what.distribution,
        before=what.before,
        parent=parent,
        rounds=1,
        places=tuple((scene[0], scene[1], scene[2]) for scene in choices["scenes"]),
        is_small=what.is_small,
        work=work / "course",
        out=work / "candidate",
        console=console,
    )


def _check(what: Turn, old: Path, new: Path, seed: int, work: Path, console: Console) -> dict[str, Comparison]:
    """Try both policies in the same scenes and return, by distribution, how they compare."""
    checks = {}
    for name in dict.fromkeys(("lab", what.distribution)):
        failed = []
        for which, bundle in (("old", old), ("new", new)):
            console.print(f"checking: {what.checking} picks of {name} with the {which} policy, seed {seed}")
            tries = Tries(cell=what.cell, distribution=name, bundle=bundle, seed=seed, picks=what.checking)
            rows = try_picks(tries, work / "checks" / f"{name}-{which}", None, console)
            failed.append(np.array([not row["succeeded"] for row in rows]))
        checks[name] = compare(failed[0], failed[1], np.arange(what.checking))
    return checks


def _publish(candidate: Path, out: Path, verdict: Mapping[str, Any]) -> None:
    """Write the candidate with the verdict in its lineage; the manifest comes last: without it, no bundle."""
    manifest = json.loads((candidate / "policy.json").read_text(encoding="utf-8"))
    manifest["lineage"]["flywheel"] = dict(verdict)
    out.mkdir(parents=True, exist_ok=True)
    (out / "policy.json").unlink(missing_ok=True)
    shutil.copyfile(candidate / "model.onnx", out / "model.onnx")
    write_whole(out / "policy.json", json.dumps(manifest, indent=2) + "\n")
