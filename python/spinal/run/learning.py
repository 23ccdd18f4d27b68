"""`spinal learn`: a cell, its scripted expert and the lockstep system → a policy bundle."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from rich.console import Console

from spinal.errors import PolicyError, SceneError
from spinal.learn import LearnSettings
from spinal.learn.course import Continued, Course, learn
from spinal.learn.parent import open_parent
from spinal.run.fit import declared, load_fitting_cell
from spinal.run.practice import PracticeSite
from spinal.sim.distribution import Distribution

NAME = "bin-picking-policy"
Size = Literal["standard", "broad", "small"]
SIZES: Mapping[Size, Callable[[int], LearnSettings]] = {
    "standard": LearnSettings.standard,
    "broad": LearnSettings.broad,
    "small": LearnSettings.small,
}


def learn_for(
    cell: Path, *, distribution: str, seed: int, size: Size, work: Path, out: Path, console: Console
) -> Course:
    """Learn a policy for a cell's scene distribution and return how it went; the bundle is in `out`.

    `work` keeps practice and weights while it lasts; `size` is how much is practised and how.
    PolicyError when `work` holds another course; CellError and SceneError from the cell.
    """
    settings = SIZES[size](seed)
    site = _site(cell, distribution, settings, out)
    return learn(site, settings, name=NAME, work=work, out=out, console=console)


def learn_further(
    cell: Path,
    *,
    distribution: str,
    before: Path,
    parent: Path | None,
    rounds: int,
    places: tuple[tuple[int, int, int], ...] = (),
    is_small: bool,
    work: Path,
    out: Path,
    console: Console,
) -> Course:
    """Continue the finished course in the folder `before` with rounds of corrections; return how it went.

    `parent` is the bundle that it made, None the cell's own; `places` are scenes (seed, index, pick) to practise in,
    none: fresh ones of the pool `training`. PolicyError when the practice in `before` is not what the bundle says.
    """
    for folder in (work, out):
        if folder.resolve() == before.resolve():
            raise PolicyError(
                "a course that continues another has folders of its own",
                value=folder,
                next_step="name another --work and --out than the folder of --from",
            )
    course = open_parent(load_fitting_cell(cell).policy_folder if parent is None else parent, before)
    settings = course.settings.continued(course.seeds_used, rounds, is_small=is_small)
    site = _site(cell, distribution, settings, out)
    continued = Continued(parent=course, places=places)
    return learn(site, settings, name=NAME, work=work, out=out, console=console, continued=continued)


def _site(cell: Path, distribution: str, settings: LearnSettings, out: Path) -> PracticeSite:
    if out.exists() and not out.is_dir():
        raise PolicyError("the bundle is to be a folder", value=out, next_step="name another --out")
    check_seeds(declared(load_fitting_cell(cell), distribution), settings)
    return PracticeSite(cell=cell, distribution=distribution, code_version=code_version())


def check_seeds(distribution: Distribution, settings: LearnSettings) -> None:
    """Raise a SceneError when a course would practise in scenes that the distribution keeps for something else."""
    pools = {} if distribution.qualification is None else distribution.qualification.pools
    first, last = settings.scene_seeds
    if "training" in pools and not pools["training"][0] <= first <= last <= pools["training"][1]:
        raise SceneError(
            f"the course would practise outside of the seed pool 'training' of '{distribution.name}'",
            value=f"{first} to {last}",
            allowed="{} to {}".format(*pools["training"]),
            next_step="name another --seed, or declare a larger pool in the scene file",
        )


def code_version() -> str:
    """Return what git calls this code, or `unknown` outside of a repository."""
    command = ["git", "describe", "--always", "--dirty", "--tags"]
    try:
        found = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()
