"""`spinal run`: a cell in real time, or its evaluation in lockstep."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from spinal.cli.output import people, print_json
from spinal.cli.progress import PicksBar
from spinal.errors import SpinalError
from spinal.run.campaign import LockstepRun, run_lockstep
from spinal.run.chain import BARE, chain_of
from spinal.run.evaluate import Evaluation
from spinal.run.fit import load_fitting_cell

LOCKSTEP_ONLY = ("picks", "workers", "expert", "attempts", "chain", "journal")
REALTIME_ONLY = ("orders", "port")
BOTH = ("seed", "distribution", "axis", "unsigned", "runs", "json")


class JournalDetail(StrEnum):
    """What a lockstep journal holds of the ticks."""

    DIGEST = "digest"
    FULL = "full"


CellFolder = Annotated[Path, typer.Argument(help="The cell: a folder with a cell.toml.")]


def run(
    context: typer.Context,
    cell: CellFolder,
    lockstep: Annotated[
        bool, typer.Option("--lockstep", help="Virtual clock, deterministic, as fast as it goes.")
    ] = False,
    picks: Annotated[int, typer.Option(min=1, help="Lockstep: how many scenes, one order each.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the scenes. Same seed, same bytes.")] = 1,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Lockstep: worker processes.")] = 1,
    distribution: Annotated[str, typer.Option(help="Declared scene distribution of the cell.")] = "lab",
    axis: Annotated[
        str | None, typer.Option(help="One declared shift of the distribution, alone, in every scene.")
    ] = None,
    expert: Annotated[
        bool, typer.Option("--expert", help="Lockstep: the scripted expert (privileged) decides.")
    ] = False,
    attempts: Annotated[int, typer.Option(min=1, max=20, help="Lockstep: attempts an order may have.")] = 1,
    chain: Annotated[
        bool,
        typer.Option("--chain", help="Lockstep: with the cell's monitor, ladder and camera check, as in production."),
    ] = False,
    journal: Annotated[
        JournalDetail, typer.Option(help="Lockstep: hashes of the ticks, or everything, to be replayed.")
    ] = JournalDetail.DIGEST,
    orders: Annotated[
        int | None, typer.Option(min=1, help="Real time: post this many orders over REST, then end.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Real time: where REST and the page listen.")
    ] = None,
    unsigned: Annotated[
        bool,
        typer.Option("--unsigned", help="Development only: run limits that nobody whom the cell trusts has signed."),
    ] = False,
    runs: Annotated[Path, typer.Option(help="Where the run's folder is made.")] = Path("runs"),
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")] = False,
) -> None:
    """Run a cell: in real time with orders from REST, or in lockstep over many scenes."""
    _refuse_ignored(context, lockstep)
    if lockstep:
        what = Evaluation(
            cell=cell,
            distribution=distribution,
            axis=axis,
            picks=picks,
            seed=seed,
            workers=workers,
            who="expert" if expert else "policy",
            attempts_max=attempts,
            chain=chain_of(load_fitting_cell(cell)) if chain else BARE,
            detail="full" if journal is JournalDetail.FULL else "digest",
        )
        with PicksBar(picks) as bar:
            asked = LockstepRun(evaluation=what, runs=runs, allows_unsigned=unsigned, on_warning=_warn)
            summary = run_lockstep(asked, bar.count)
        if json:
            print_json(summary)
        else:
            _print_lockstep(summary)
        return
    from spinal.run.host import HostOptions, run_host

    options = HostOptions(
        cell=cell,
        orders=orders,
        port=port,
        seed=seed,
        distribution=distribution,
        axis=axis,
        runs=runs,
        allows_unsigned=unsigned,
    )
    report = run_host(options)
    if json:
        print_json(report)


def _warn(text: str) -> None:
    people.print(f"[bold white on red]{escape(text)}[/]")


def _refuse_ignored(context: typer.Context, lockstep: bool) -> None:
    """Raise a SpinalError for an option that was given and would do nothing in this kind of run."""
    ignored, used = (REALTIME_ONLY, LOCKSTEP_ONLY) if lockstep else (LOCKSTEP_ONLY, REALTIME_ONLY)
    for name in ignored:
        source = context.get_parameter_source(name)
        if source is not None and source.name != "DEFAULT":
            raise SpinalError(
                f"--{name} does nothing {'with' if lockstep else 'without'} --lockstep",
                value=context.params[name],
                allowed=", ".join(f"--{word}" for word in (*used, *BOTH)),
                next_step=f"leave --{name} out, or {'take --lockstep away' if lockstep else 'add --lockstep'}",
            )


def _print_lockstep(summary: dict[str, Any]) -> None:
    shift = f", {summary['axis']} alone" if summary["axis"] else ""
    people.print(
        f"[bold]{summary['successes']} of {summary['picks']}[/] picks placed the ordered item "
        f"({summary['success_rate']:.1%}, lower 95 % bound {summary['success_lower95']:.1%}); "
        f"{summary['who']}, {summary['distribution']}{shift}, seed {summary['seed']}, in simulation"
    )
    people.print(
        f"{summary['realtime_factor']:.1f} x real time a worker, {summary['elapsed_s']:.0f} s; "
        f"journals {summary['journal_sha256'][:16]}…; run folder {summary['run']}"
    )
    if summary["report"] is None:
        people.print(f"[red]the report could not be written[/]: {escape(summary['report_problem'])}")
        people.print(f"try again with: spinal show {summary['run']} --report")
    else:
        people.print(f"report: {summary['report']}")
