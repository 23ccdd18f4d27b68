"""`spinal safety-case`: which hazard is held by which test, and what the tests said last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from spinal.cli.output import people, print_json
from spinal.run.safety import make_case
from spinal.safety import Case, Colour, as_json, write_page

STYLES = {Colour.GREEN: "green", Colour.AMBER: "yellow", Colour.RED: "red"}


def safety_case(
    cell: Annotated[Path, typer.Argument(help="The cell: a folder with a cell.toml and a hazards.md.")],
    results: Annotated[Path, typer.Option(help="Folder of test results, as `make test` leaves it.")] = Path(
        "build/test-results"
    ),
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("build/safety-case.html"),
    source: Annotated[Path, typer.Option(help="The source tree whose tests name hazards.")] = Path(),
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write a cell's safety case: hazards, checks, tests, last results. Exit code 1 when a hazard is red."""
    case = make_case(cell, source, results)
    write_page(case, out)
    if json:
        print_json(as_json(case))
    else:
        for line in summary(case):
            people.print(line, soft_wrap=True)
        if not results.is_dir():
            people.print(escape(f"no test results at {results}: `make test` leaves them there"), soft_wrap=True)
        people.print(f"safety case: {out}", soft_wrap=True)
    if not case.is_held:
        raise typer.Exit(1)


def summary(case: Case) -> Iterator[str]:
    """Yield what is not green, for people, and how many are."""
    for claim in case.claims:
        if claim.colour is not Colour.GREEN:
            hazard = f"{claim.hazard.identifier} {claim.hazard.title}"
            yield f"[{STYLES[claim.colour]}]{claim.colour}[/] {escape(hazard)}: {escape(claim.reason)}"
    counts = ", ".join(f"[{STYLES[colour]}]{case.count(colour)} {colour}[/]" for colour in Colour)
    yield f"{len(case.claims)} hazards: {counts}; {len(case.tests)} tests name one"
