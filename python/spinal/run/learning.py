"""`spinal learn`: a cell, its scripted expert and the lockstep system → a policy bundle."""

from __future__ import annotations

import subprocess
from pathlib import Path

from rich.console import Console

from spinal.errors import PolicyError
from spinal.learn import LearnSettings
from spinal.learn.course import Course, learn
from spinal.run.fit import declared, load_fitting_cell
from spinal.run.practice import PracticeSite

NAME = "bin-picking-policy"


def learn_for(
    cell: Path, *, distribution: str, seed: int, small: bool, work: Path, out: Path, console: Console
) -> Course:
    """Learn a policy for a cell's scene distribution and return how it went; the bundle is in `out`.

    `work` keeps practice and weights while it lasts; `small` goes through every stage in about a minute.
    PolicyError when `work` holds another course; CellError and SceneError from the cell.
    """
    if out.exists() and not out.is_dir():
        raise PolicyError("the bundle is to be a folder", value=out, next_step="name another --out")
    declared(load_fitting_cell(cell), distribution)
    settings = LearnSettings.small(seed) if small else LearnSettings.standard(seed)
    site = PracticeSite(cell=cell, distribution=distribution, code_version=code_version())
    return learn(site, settings, name=NAME, work=work, out=out, console=console)


def code_version() -> str:
    """Return what git calls this code, or `unknown` outside of a repository."""
    command = ["git", "describe", "--always", "--dirty", "--tags"]
    try:
        found = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()
