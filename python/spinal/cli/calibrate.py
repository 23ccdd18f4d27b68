"""`spinal calibrate`: a monitor with a promised false-alarm rate for the cell's policy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from spinal.cli.output import people, print_json
from spinal.cli.progress import AttemptsBar
from spinal.errors import SpinalError
from spinal.run.calibration import Calibrating
from spinal.run.calibration import calibrate as run_calibration
from spinal.watch import Mode, Promise
from spinal.watch.write import EVERYTHING


def calibrate(
    cell: Annotated[Path, typer.Argument(help="The cell: a folder with a cell.toml.")],
    episodes: Annotated[
        int, typer.Option(min=1, help="Attempts, one a scene. More than before go on with the same calibration.")
    ] = 600,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes.")] = 1,
    alpha: Annotated[float, typer.Option(help="False alarms that are promised, of attempts that go well.")] = 0.05,
    mode: Annotated[
        str,
        typer.Option(help="'marginal': promised on average over calibrations; 'pac': with --confidence for this one."),
    ] = "marginal",
    confidence: Annotated[float, typer.Option(help="Of the promise in mode 'pac'.")] = 0.95,
    pooled: Annotated[
        bool,
        typer.Option("--pooled", help="One threshold for all SKUs, in place of one for each declared slice of them."),
    ] = False,
    distribution: Annotated[
        str, typer.Option(help="Distribution that is promised for: a name of the cell, or a .toml file.")
    ] = "lab",
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed in the pool 'calibration'; the pool's first if not given.")
    ] = None,
    evaluate: Annotated[
        int,
        typer.Option(
            min=0,
            help="Also so many attempts a group (in distribution, each shift) of the pool 'development', to judge it.",
        ),
    ] = 0,
    shifts: Annotated[str, typer.Option(help="Distribution whose shifts --evaluate takes one by one.")] = "deployment",
    unsigned: Annotated[
        bool,
        typer.Option("--unsigned", help="Development only: run limits that nobody whom the cell trusts has signed."),
    ] = False,
    runs: Annotated[Path, typer.Option(help="Where the calibration's folder is.")] = Path("runs"),
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")] = False,
) -> None:
    """Fit the monitor of the cell's policy and set its threshold, from attempts in calibration scenes.

    Writes monitor.json and monitor.npz beside the policy. The same command goes on where a killed one was.
    """
    asked = Calibrating(
        cell=cell,
        episodes=episodes,
        workers=workers,
        runs=runs,
        promise=Promise(mode=_mode(mode), alpha=alpha, confidence=confidence),
        is_pooled=pooled,
        seed=seed,
        distribution=distribution,
        evaluation=evaluate,
        shifts=shifts,
        allows_unsigned=unsigned,
    )
    with AttemptsBar() as bar:
        summary = run_calibration(asked, bar.begin, bar.count, _warn)
    if json:
        print_json(summary)
    else:
        _tell(summary)


def _mode(text: str) -> Mode:
    match text:
        case "marginal" | "pac":
            return text
        case _:
            raise SpinalError("--mode names no kind of promise", value=text, allowed="marginal, pac")


def _warn(text: str) -> None:
    people.print(f"[bold white on red]{escape(text)}[/]")


def _tell(summary: dict[str, Any]) -> None:
    how = f"with {summary['confidence']:.0%} confidence" if summary["mode"] == "pac" else "on average over calibrations"
    people.print(f"[bold]At most {summary['alpha']:.1%} false alarms, {how}[/]")
    table = Table("slice", "attempts", "rank", "alarm above", box=None)
    for name, fact in summary["thresholds"].items():
        table.add_row(name, str(fact["attempts"]), str(fact["rank"]), f"{fact['surprise']:.3f}")
    people.print(table)
    people.print(f"held out: {_share(summary['held_out_false_alarms'])} false alarms", soft_wrap=True)
    if summary["evaluation"] is not None:
        rows = [
            row for row in summary["evaluation"]["rows"] if row["method"] == "monitor" or row["group"] == EVERYTHING
        ]
        table = Table("method", "group", "false alarms", "failures found", "lead", box=None)
        for row in rows:
            lead = "–" if row["lead_s"] is None else f"{row['lead_s']:.1f} s"
            table.add_row(row["method"], row["group"], _share(row["false_alarms"]), _share(row["found"]), lead)
        people.print(table)
    people.print(f"monitor: {summary['monitor']}", soft_wrap=True)
    people.print(f"page: {summary['page']}", soft_wrap=True)


def _share(told: dict[str, Any]) -> str:
    if not told["total"]:
        return "none"
    return f"{told['hits']}/{told['total']} = {told['rate']:.1%} ({told['lower']:.1%} to {told['upper']:.1%})"
