"""`spinal doctor`: what this machine can and cannot do."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from spinal.cli.output import people, print_json
from spinal.run.doctor import Grade, examine

COLOURS = {Grade.OK: "green", Grade.WEAK: "yellow", Grade.MISSING: "red"}


def doctor(
    port: Annotated[int, typer.Option(help="The port that the cell would listen on.")] = 8321,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what this machine can and cannot do for Spinal, and what to do about it."""
    findings = examine(port)
    if json:
        print_json({"examinations": [finding.as_dict() for finding in findings]})
    else:
        table = Table("what", "", "found", "next step", box=None)
        for finding in findings:
            colour = COLOURS[finding.grade]
            table.add_row(finding.name, f"[{colour}]{finding.grade}[/]", finding.found, finding.next_step)
        people.print(table)
    if any(finding.grade is Grade.MISSING for finding in findings):
        raise typer.Exit(1)
