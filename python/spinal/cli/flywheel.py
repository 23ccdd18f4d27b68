"""`spinal flywheel`: failures are found, corrected and learned from; a worse policy is not taken."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from spinal.cli.output import people, print_json
from spinal.errors import MachineError


def flywheel(
    cell: Annotated[Path, typer.Argument(help="The cell whose policy is to get better.")],
    before: Annotated[Path, typer.Option("--from", help="The --work folder of the course that made the policy.")],
    parent: Annotated[
        Path | None, typer.Option(help="The bundle that course made; the cell's own if left out.")
    ] = None,
    distribution: Annotated[str, typer.Option(help="Declared scene distribution to find failures in.")] = "deployment",
    episodes: Annotated[
        Path | None, typer.Option(help="Kept episodes to learn from, in place of finding some.")
    ] = None,
    picks: Annotated[int, typer.Option(min=1, help="Picks to find failures in.")] = 300,
    practise: Annotated[int, typer.Option(min=1, help="Most scenes to practise in.")] = 100,
    checking: Annotated[
        int, typer.Option(min=1, help="Picks to compare the policies on, of lab and distribution.")
    ] = 200,
    seed: Annotated[int | None, typer.Option(help="Of the pool development: this one finds, the next checks.")] = None,
    work: Annotated[Path, typer.Option(help="Keeps every stage; an interrupted turn goes on.")] = Path(
        "runs/flywheel/work"
    ),
    out: Annotated[Path, typer.Option(help="Folder that the new bundle is written to.")] = Path("runs/flywheel/policy"),
    small: Annotated[bool, typer.Option("--small", help="Every stage with next to no picks; not a policy.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Turn the data flywheel once: find failures, practise where they were, retrain, compare, and keep the better."""
    try:
        from spinal.run.flywheel import Turn, turn
    except ModuleNotFoundError as error:
        raise MachineError(
            "learning needs packages that running does not",
            value=error.name,
            next_step="pip install 'spinal[learn]', or tools/setup dev in the repository",
        ) from None
    what = Turn(
        cell=cell,
        before=before,
        parent=parent,
        distribution=distribution,
        episodes=episodes,
        finding=4 if small else picks,
        practise=2 if small else practise,
        checking=2 if small else checking,
        seed=seed,
        is_small=small,
    )
    turned = turn(what, work=work, out=out, console=people)
    if json:
        print_json(
            {
                "bundle": None if turned.bundle is None else str(turned.bundle),
                "why": turned.why,
                "found": dict(turned.found),
                "chosen": turned.chosen,
                "checks": {name: asdict(check) for name, check in turned.checks.items()},
            }
        )
        return
    for name, check in turned.checks.items():
        people.print(
            f"{name}: {check.difference_per_1000:+.1f} failures per 1000 picks ({check.picks} picks, "
            f"p = {check.p_scenes:.3f})"
        )
    people.print(turned.why if turned.bundle is None else f"{turned.why}: {turned.bundle}")
