"""`spinal estop`: stop what runs on this machine, now."""

from __future__ import annotations

from typing import Annotated

import typer

from spinal.cli.output import people
from spinal.run.estop import press_all


def estop(
    release: Annotated[
        bool, typer.Option("--release", help="Release it. Nothing moves by that; Resume on the live page is next.")
    ] = False,
) -> None:
    """Press the emergency stop (SS1, latched) of every cell that runs on this machine, also when its host hangs.

    A software stop beside the robot's own emergency stop, never instead of it.
    """
    reached = press_all(release=release)
    if not reached:
        people.print("no cell runs on this machine")
        raise typer.Exit(1)
    for run in reached:
        people.print(f"{'released' if release else 'emergency stop'}: {run}")
