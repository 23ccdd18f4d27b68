"""`spinal falsify`: the mildest shift under which a policy fails."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from spinal.cli.options import (
    AsJson,
    Attempts,
    ByExpert,
    CellFolder,
    DistributionName,
    Pool,
    PoolSeed,
    Unsigned,
    Workers,
)
from spinal.cli.output import people, print_json
from spinal.errors import SpinalError
from spinal.qualify import Tried
from spinal.run.falsification import falsify as run_search
from spinal.run.falsification import show_point
from spinal.run.question import Question
from spinal.run.rarity import estimate, show_drawn

NO_SHIFT = "none"


class Method(StrEnum):
    """What is searched for."""

    CMA = "cma"
    SUBSET = "subset"


def falsify(
    cell: CellFolder,
    distribution: DistributionName = "deployment",
    evaluations: Annotated[
        int, typer.Option(min=20, help="Points to try at most; with subset: points of each level.")
    ] = 200,
    method: Annotated[
        Method,
        typer.Option(help="cma: the mildest shift that fails; subset: how often a pick fails when that is rare."),
    ] = Method.CMA,
    picks_per_scene: Annotated[
        int | None, typer.Option(min=1, max=100, help="Picks at each point; 3 with cma, always 1 with subset.")
    ] = None,
    workers: Workers = 1,
    pool: Pool = "development",
    seed: PoolSeed = None,
    attempts: Attempts = None,
    expert: ByExpert = False,
    at: Annotated[
        str | None, typer.Option(metavar="AXIS=SHARE,...", help="Show this one point again, with full journals.")
    ] = None,
    unsigned: Unsigned = False,
    runs: Annotated[Path, typer.Option(help="Where the search's folder is.")] = Path("runs"),
    json: AsJson = False,
) -> None:
    """Search by CMA-ES for the mildest shift of a declared distribution under which all picks of a scene fail.

    It finds failures; it says nothing about how often they come: that is `spinal qualify`, or, when they are rare, an
    estimate by `--method subset`, which holds for the declared distribution only.
    """
    if method is Method.SUBSET and picks_per_scene not in (None, 1):
        raise SpinalError(
            "--method subset makes one pick at each point",
            value=picks_per_scene,
            allowed=1,
            next_step="leave --picks-per-scene out",
        )
    question = Question(
        cell=cell,
        distribution=distribution,
        scenes=1,
        picks_per_scene=picks_per_scene or (3 if method is Method.CMA else 1),
        workers=workers,
        runs=runs,
        pool=pool,
        seed=seed,
        attempts_max=attempts,
        who="expert" if expert else "policy",
        allows_unsigned=unsigned,
    )
    if at is not None:
        show = show_point if method is Method.CMA else show_drawn
        _tell_point(show(question, _severities(at)), json)
        return
    with Progress(
        TextColumn("points"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]} with failures"),
        TimeElapsedColumn(),
        console=people,
        transient=True,
    ) as bar:
        task = bar.add_task("points", total=evaluations if method is Method.CMA else None, failed=0)
        failed = 0

        def count(tried: Tried) -> None:
            nonlocal failed
            failed += tried.failures > 0
            bar.update(task, advance=1, failed=failed)

        search = run_search if method is Method.CMA else estimate
        summary = search(question, evaluations, count)
    if json:
        print_json(summary)
    elif method is Method.CMA:
        _tell(summary)
    else:
        _tell_rare(summary)


def _severities(text: str) -> dict[str, float]:
    if text == NO_SHIFT:
        return {}
    try:
        pairs = [word.split("=") for word in text.split(",")]
        return {name: float(value) for name, value in pairs}
    except ValueError:
        raise SpinalError(
            "--at is no list of severities",
            value=text,
            allowed=f"AXIS=SHARE pairs separated by commas, shares from 0 to 1, or '{NO_SHIFT}'",
            next_step="copy it from what the search printed",
        ) from None


def _tell(summary: dict[str, Any]) -> None:
    if not summary["is_found"]:
        people.print(f"nothing found in {summary['tried']} points: at none did all picks fail. {summary['honesty']}")
    elif not summary["severities"]:
        people.print("all picks fail without any shift")
    else:
        shifts = ", ".join(f"{name} {value:.0%}" for name, value in summary["severities"].items())
        people.print(f"[bold]all {summary['picks_a_point']} picks fail[/] with {shifts} of the declared shift")
    people.print(
        f"{summary['tried']} points, {summary['tried_with_failures']} with failures; {summary['distribution']}, "
        f"seed {summary['seed']}, in simulation",
        soft_wrap=True,
    )
    if summary["command"]:
        people.print(f"again: {summary['command']}", soft_wrap=True)


def _tell_rare(summary: dict[str, Any]) -> None:
    if summary["is_met"]:
        people.print(
            f"[bold]{summary['failures_per_1000']:.3g} failures per 1,000 picks[/], 95 % interval "
            f"{summary['low95_per_1000']:.3g} to {summary['high95_per_1000']:.3g}, coefficient of variation "
            f"{summary['coefficient_of_variation']:.2f}",
            soft_wrap=True,
        )
    else:
        people.print("no pick failed, and nothing led towards a failure: that says nothing about how often they come")
    people.print(
        f"{summary['tried']} points in {len(summary['levels'])} levels, {summary['tried_with_failures']} failed; "
        f"{summary['distribution']} version {summary['distribution_version']}, seed {summary['seed']}, in simulation",
        soft_wrap=True,
    )
    people.print(summary["honesty"], soft_wrap=True)
    for command in summary["counterexamples"][:3]:
        people.print(f"again: {command}", soft_wrap=True)


def _tell_point(shown: dict[str, Any], json: bool) -> None:
    if json:
        print_json(shown)
        return
    for pick in shown["picks"]:
        truth = "placed in truth" if pick["succeeded"] else "not placed in truth"
        people.print(f"{pick['sku']}: {pick['outcome']} ({truth})")
    people.print(f"journals: {shown['folder']}", soft_wrap=True)
