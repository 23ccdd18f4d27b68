"""A campaign in a process of its own, to be killed: prints each scene after it was reported."""

from __future__ import annotations

import multiprocessing
import sys
from pathlib import Path

from spinal.qualify import SceneResult
from spinal.run.qualification import qualify
from spinal.run.question import Question

CELL = Path(__file__).parents[2] / "cells" / "bin-picking"


def question(runs: Path, *, scenes: int = 6, workers: int = 2) -> Question:
    """Return a small question that the scripted expert answers quickly."""
    return Question(
        cell=CELL,
        distribution="deployment",
        scenes=scenes,
        picks_per_scene=2,
        workers=workers,
        runs=runs,
        who="expert",
        attempts_max=1,
    )


def tell(scene: SceneResult) -> None:
    """Print the scene's number, and the workers' process ids, as one line."""
    workers = [str(child.pid) for child in multiprocessing.active_children()]
    sys.stdout.write(" ".join([str(scene.index), *workers]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    qualify(question(Path(sys.argv[1])), lambda scenes, kept: None, tell, sys.exit)
