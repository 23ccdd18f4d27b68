"""`spinal learn`: a cell, its scripted expert and the lockstep system → a policy bundle."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from rich.console import Console

from spinal.errors import PolicyError, SceneError
from spinal.learn import LearnSettings
from spinal.learn.course import Course, learn
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
    if out.exists() and not out.is_dir():
        raise PolicyError("the bundle is to be a folder", value=out, next_step="name another --out")
    settings = SIZES[size](seed)
    check_seeds(declared(load_fitting_cell(cell), distribution), settings)
    site = PracticeSite(cell=cell, distribution=distribution, code_version=code_version())
    return learn(site, settings, name=NAME, work=work, out=out, console=console)


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
