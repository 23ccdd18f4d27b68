"""`spinal verify` and `spinal replay`: what a run's journal proves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spinal.cli.output import people, print_json
from spinal.run.evidence import replay_run, verify_run

RunFolder = Annotated[Path, typer.Argument(help="A run folder, for example runs/2026-11-22T10-00-00.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def verify(run: RunFolder, json: Json = False) -> None:
    """Check the hash chain of a run's journal: a changed byte is found and named. Exit code 1 when it is broken."""
    report = verify_run(run)
    if json:
        print_json(report)
    else:
        for problem in report["problems"]:
            people.print(
                f"[red]{problem['segment']}[/]: {problem['what']} "
                f"(entry {problem['entry']}, {problem['kind']}, byte {problem['byte']})"
            )
        verdict = "[green]intact[/]" if report["is_intact"] else "[red]BROKEN[/]"
        people.print(
            f"{verdict}: {report['entries']} entries in {report['segments']} segments, "
            f"{report['synced_entries']} up to the last sync; head {str(report['head'])[:16]}…"
        )
        if report["torn_bytes"]:
            people.print(
                f"the last {report['torn_bytes']} bytes were being written when the writer died; not tampering"
            )
    if not report["is_intact"]:
        raise typer.Exit(1)


def replay(run: RunFolder, json: Json = False) -> None:
    """Feed System 1 with a run's journal again and compare its decisions bit for bit. Exit code 1 when one differs."""
    report = replay_run(run)
    if json:
        print_json(report)
    elif report["is_identical"]:
        people.print(f"[green]identical[/]: {report['verdicts']} verdicts and {report['ticks']} ticks, bit for bit")
    else:
        people.print(f"[red]different[/]: {report['first_difference']}")
    if not report["is_identical"]:
        raise typer.Exit(1)
