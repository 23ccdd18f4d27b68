"""`spinal bench`: measurements of this machine, each beside a bare baseline of the same run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from spinal.cli.output import people, print_json
from spinal.errors import SpinalError
from spinal.run import benches, gate_bench, parts

app = typer.Typer(help="Measure this machine: gate, tick, realtime, policy.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Seconds = Annotated[float, typer.Option(min=1, max=3600, help="How long to measure, s.")]
CellFolder = Annotated[Path, typer.Option("--cell", help="The cell.")]


@app.command()
def tick(
    hz: Annotated[int | None, typer.Option(min=100, max=100_000, help="Keep this rate, beside a bare loop.")] = None,
    seconds: Seconds = 5.0,
    joints: Annotated[int, typer.Option(min=1, max=32, help="Joints of the analytic robot.")] = 6,
    json: Json = False,
) -> None:
    """Execution time of System 1's tick; with --hz also its deadlines."""
    _tell(_refused(benches.bench_tick, hz, seconds, joints), json)


@app.command()
def realtime(
    hz: Annotated[
        int | None,
        typer.Option(min=100, max=100_000, help="Only wake-up at this rate: idle, and beside a busy interpreter."),
    ] = None,
    seconds: Seconds = 20.0,
    cell: CellFolder = parts.SHIPPED_CELL,
    json: Json = False,
) -> None:
    """Deadlines of the 1 kHz loop beside a loaded System 2, and wake-up at three rates, beside a bare Rust loop."""
    _tell(_refused(benches.bench_realtime, cell, seconds, hz), json)


@app.command()
def policy(seconds: Seconds = 5.0, cell: CellFolder = parts.SHIPPED_CELL, json: Json = False) -> None:
    """Time of one decision of the cell's policy on one thread."""
    _tell(_refused(benches.bench_policy, cell, seconds), json)


@app.command()
def gate(
    ticks: Annotated[int | None, typer.Option(min=1_000, help="Ticks under attack; 10⁸ when not given.")] = None,
    long: Annotated[bool, typer.Option("--long", help="10⁹ ticks.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the attack.")] = 1,
    without_peers: Annotated[bool, typer.Option("--without-peers", help="Leave other limiters out.")] = False,
    json: Json = False,
) -> None:
    """The gate under attack on three robots, judged by an independent checker, beside the limiters that people use.

    Exit code 1 when a limit was broken or the gate was slower than 1.1 times the time-optimal motion.
    """
    wanted = ticks if ticks is not None else gate_bench.TICKS_LONG if long else gate_bench.TICKS
    report = gate_bench.bench_gate(wanted, seed, with_peers=not without_peers)
    _tell(report, json)
    ratio = report["crossing_time_ratio"]
    if report["violations"] or ratio is None or ratio > gate_bench.CROSSING_LIMIT:
        raise typer.Exit(1)


def _refused(measure: Any, *arguments: Any) -> dict[str, Any]:
    try:
        result: dict[str, Any] = measure(*arguments)
    except ValueError as error:
        raise SpinalError(str(error), next_step="see `spinal bench --help`") from error
    return result


def _tell(report: dict[str, Any], json: bool) -> None:
    if json:
        print_json(report)
        return
    table = Table("figure", "value", box=None)
    for name, value in report.items():
        if isinstance(value, dict) and any(isinstance(inner, dict) for inner in value.values()):
            table.add_row(name, f"{', '.join(value)}: see --json")
        elif isinstance(value, dict):
            table.add_row(name, "  ".join(" ".join(_figure(key, inner)) for key, inner in value.items()))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            table.add_row(name, f"{len(value)} rows: see --json")
        else:
            table.add_row(*_figure(name, value))
    people.print(table)


def _figure(name: str, value: Any) -> tuple[str, str]:
    """Return a figure as people read it: nanoseconds, which its name tells, as microseconds with their unit."""
    words = name.split("_")
    if "ns" in words and isinstance(value, int | float):
        return "_".join(word for word in words if word != "ns"), f"{value / 1e3:.2f} µs"
    return name, "-" if value is None else str(value)
