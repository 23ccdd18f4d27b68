"""`spinal experiment`: published experiments, each reproduced by one command."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from spinal.cli.output import people, print_json
from spinal.cli.progress import ScenesBar
from spinal.run import parts
from spinal.run.experiment import Listener, Plan, run_experiment

app = typer.Typer(no_args_is_help=True, help="Published experiments, each reproduced by one command.")
SMALL_SCENES, SMALL_PICKS = 2, 2


@app.command("deployment-gap")
def deployment_gap(
    cell: Annotated[Path, typer.Argument(help="The cell: a folder with a cell.toml.")] = parts.SHIPPED_CELL,
    scenes: Annotated[int, typer.Option(min=1, help="Scenes of each arm.")] = 100,
    picks_per_scene: Annotated[int, typer.Option(min=1, max=1000, help="Picks that share a scene.")] = 20,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes.")] = 1,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed in the development pool; its first if none.")] = None,
    small: Annotated[
        bool, typer.Option("--small", help=f"{SMALL_SCENES} scenes of {SMALL_PICKS} picks: shows that it runs.")
    ] = False,
    runs: Annotated[Path, typer.Option(help="Where the folders of the campaigns are.")] = Path("runs"),
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")] = False,
) -> None:
    """Run the same scenes through the raw policy and through each part of the chain, and tell what each takes off.

    Every arm is a campaign of its own; the same command goes on where a killed one was.
    """
    plan = Plan(
        cell=cell,
        runs=runs,
        scenes=SMALL_SCENES if small else scenes,
        picks_per_scene=SMALL_PICKS if small else picks_per_scene,
        workers=workers,
        seed=seed,
    )
    with ExitStack() as bars:
        bar: list[ScenesBar] = []

        def begin(title: str, scenes: int, kept: int) -> None:
            bars.close()
            people.print(f"[bold]{escape(title)}[/]")
            bar[:] = [bars.enter_context(ScenesBar(plan.picks_per_scene))]
            bar[0].begin(scenes, kept)

        listener = Listener(on_arm=begin, on_scene=lambda scene: bar[0].count(scene), on_warning=_warn)
        summary = run_experiment(plan, listener)
    if json:
        print_json(summary)
    else:
        _tell(summary)


def _warn(text: str) -> None:
    people.print(f"[bold white on red]{escape(text)}[/]")


def _tell(summary: dict[str, Any]) -> None:
    table = Table(
        "arm",
        "",
        *(
            Column(name, justify="right")
            for name in ("picks", "interventions", "per 1,000", "at most", "silent", "alarms")
        ),
        box=None,
    )
    for row in summary["arms"]:
        table.add_row(
            row["name"],
            escape(row["title"]),
            f"{row['picks']:,}",
            f"{row['interventions']:,}",
            f"{row['interventions_per_1000']:.1f}",
            f"{row['intervention_upper95']:.1f}",
            f"{row['silent_failures']:,}",
            f"{row['alarms']:,}",
        )
    people.print(table)
    weakest, gain = next(iter(summary["links"]["costs_per_1000"].items()))
    colour, word = ("green", "certified") if summary["is_certified"] else ("red", "NOT CERTIFIED")
    people.print(f"[bold {colour}]{word}[/]; the link that costs most is {weakest}: {gain:.1f} per 1,000 picks")
    people.print(f"report: {summary['report']}", soft_wrap=True)
