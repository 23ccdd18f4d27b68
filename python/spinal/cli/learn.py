"""`spinal learn`: demonstrations, training, corrections, and a bundle with its lineage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spinal.cli.output import people, print_json
from spinal.errors import MachineError

if TYPE_CHECKING:
    from spinal.run.learning import Size


def learn(
    cell: Annotated[Path, typer.Argument(help="The cell to learn for.")],
    out: Annotated[Path, typer.Option(help="Folder that the bundle is written to.")] = Path("runs/learned/policy"),
    work: Annotated[Path, typer.Option(help="Keeps practice and weights; an interrupted course goes on.")] = Path(
        "runs/learned/work"
    ),
    distribution: Annotated[str, typer.Option(help="Declared scene distribution to practise in.")] = "lab",
    seed: Annotated[int, typer.Option(min=0, help="Seed of scenes and training.")] = 0,
    broad: Annotated[
        bool, typer.Option("--broad", help="More of everything, and pictures changed too: for many shifts.")
    ] = False,
    small: Annotated[
        bool, typer.Option("--small", help="A minute that goes through every stage; not a policy.")
    ] = False,
    before: Annotated[
        Path | None, typer.Option("--from", help="Continue the finished course in this --work folder.")
    ] = None,
    parent: Annotated[
        Path | None, typer.Option(help="With --from: the bundle that course made; the cell's own if left out.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="With --from: rounds of corrections.")] = 2,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Learn a policy by watching the scripted expert (privileged, in simulation) and by being corrected by it."""
    try:
        from spinal.run.learning import learn_for, learn_further
    except ModuleNotFoundError as error:
        raise MachineError(
            "learning needs packages that running does not",
            value=error.name,
            next_step="pip install 'spinal[learn]', or tools/setup dev in the repository",
        ) from None
    if broad and small:
        raise MachineError("a course is either broad or small", value="--broad --small", next_step="leave one out")
    if before is None:
        size: Size = "broad" if broad else "small" if small else "standard"
        course = learn_for(cell, distribution=distribution, seed=seed, size=size, work=work, out=out, console=people)
    elif broad or seed:
        raise MachineError(
            "a course that continues another has its size and seed",
            value="--broad" if broad else f"--seed {seed}",
            next_step="leave it out",
        )
    else:
        course = learn_further(
            cell,
            distribution=distribution,
            before=before,
            parent=parent,
            rounds=rounds,
            is_small=small,
            work=work,
            out=out,
            console=people,
        )
    validation = course.validation
    if json:
        print_json(
            {
                "bundle": str(course.bundle),
                "picks": validation.picks,
                "successes": validation.successes,
                "success_rate": validation.success_rate,
                "rounds": [practice.success_rate for practice in course.rounds],
                "wall_s": course.wall_s,
            }
        )
        return
    people.print(
        f"bundle {course.bundle}: {validation.successes} of {validation.picks} fresh picks "
        f"({validation.success_rate:.1%}), {course.wall_s / 60:.0f} min"
    )
