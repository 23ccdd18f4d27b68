"""`spinal verify` and `spinal replay`: what a run's journal proves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from spinal.cli.output import people, print_json
from spinal.run.evidence import replay_run, verify_run

RunFolder = Annotated[Path, typer.Argument(help="A run folder, for example runs/latest.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def verify(run: RunFolder, json: Json = False) -> None:
    """Check the hash chain of a run's journal: a changed byte is found and named. Exit code 1 when it is broken."""
    report = verify_run(run)
    if json:
        print_json(report)
    else:
        for line in findings(report):
            people.print(line, soft_wrap=True)
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


def findings(report: dict[str, Any]) -> Iterator[str]:
    """Yield what verification found, a line each."""
    for problem in report["problems"]:
        yield f"[red]{problem['segment']}[/]: {problem['what']}"
    verdict = "[green]intact[/]" if report["is_intact"] else "[red]BROKEN[/]"
    if report["head"] is None:
        files, hashes = _many(report["segments"], "journal"), f"all heads together {report['journal_sha256'][:16]}…"
    else:
        files, hashes = _many(report["segments"], "segment"), f"head {report['head'][:16]}…"
    yield f"{verdict}: {report['entries']} entries in {files}, {report['synced_entries']} up to the last sync; {hashes}"
    if report["is_as_recorded"]:
        yield "the hash is the one that run.json tells of"
    if not report["is_intact"]:
        return
    if report["torn_bytes"]:
        yield f"the last {report['torn_bytes']} bytes were being written when the writer died; not tampering"
    if not report["is_closed"]:
        others = len(report["unclosed"]) - 1
        more = f" and {others} more" if others else ""
        yield f"[yellow]not closed[/]: the writer died or is still writing ({report['unclosed'][0]}{more})"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
