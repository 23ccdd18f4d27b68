"""`spinal qualify`: evidence over a declared distribution, by scene, that survives being killed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from spinal.cli.options import (
    AsJson,
    Attempts,
    ByExpert,
    CellFolder,
    DistributionName,
    PoolSeed,
    Unsigned,
    Workers,
)
from spinal.cli.output import people, print_json
from spinal.cli.progress import ScenesBar
from spinal.errors import SpinalError
from spinal.run.qualification import qualify as run_campaign
from spinal.run.qualification import replay_pick
from spinal.run.question import SCENES_MAX, Question
from spinal.run.seal import SEALED_POOL


def qualify(
    cell: CellFolder,
    distribution: DistributionName = "deployment",
    scenes: Annotated[
        int, typer.Option(min=1, max=SCENES_MAX, help="Scenes. More than before go on with the same campaign.")
    ] = 50,
    picks_per_scene: Annotated[int, typer.Option(min=1, max=1000, help="Picks that share a scene.")] = 20,
    workers: Workers = 1,
    pool: Annotated[
        str | None, typer.Option(help="Declared seed pool; 'development' if not given, 'final' with --final.")
    ] = None,
    final: Annotated[
        bool, typer.Option("--final", help="Open the sealed pool 'final': once, with what is to be certified.")
    ] = False,
    seed: PoolSeed = None,
    attempts: Attempts = None,
    expert: ByExpert = False,
    limit: Annotated[
        float, typer.Option(min=1e-6, max=999.0, help="Interventions per 1,000 picks that must be undercut.")
    ] = 1.0,
    minutes: Annotated[
        float, typer.Option(min=0.0, max=1440.0, help="Minutes of a person that one intervention costs, assumed.")
    ] = 3.0,
    anytime: Annotated[
        bool, typer.Option("--anytime", help="Certify by the e-value, which may be looked at as often as one likes.")
    ] = False,
    ray: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Run on a Ray cluster: 'local', 'auto' or host:port; --workers actors."),
    ] = None,
    episodes: Annotated[
        bool, typer.Option("--episodes", help="Keep failures, interventions and a random sample, to learn from.")
    ] = False,
    against: Annotated[
        Path | None, typer.Option(help="Folder of another campaign on the same scenes, to be compared with.")
    ] = None,
    growth: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of an earlier campaign of a series; once for each, oldest first, before this one."),
    ] = None,
    replay: Annotated[
        str | None, typer.Option(metavar="SCENE:PICK", help="Run this one pick again, with a full journal.")
    ] = None,
    unsigned: Unsigned = False,
    runs: Annotated[Path, typer.Option(help="Where the campaign's folder is.")] = Path("runs"),
    json: AsJson = False,
) -> None:
    """Bound how often a person is needed, by scene, over a declared distribution in simulation.

    The same command goes on where a killed one was; scenes that were reported are kept.
    """
    question = Question(
        cell=cell,
        distribution=distribution,
        scenes=scenes,
        picks_per_scene=picks_per_scene,
        workers=workers,
        runs=runs,
        pool=pool or (SEALED_POOL if final else "development"),
        is_final=final,
        growth=tuple(growth or ()),
        seed=seed,
        attempts_max=attempts,
        who="expert" if expert else "policy",
        limit=limit / 1000.0,
        minutes=minutes,
        is_anytime=anytime,
        against=against,
        allows_unsigned=unsigned,
        ray=ray,
        keeps_episodes=episodes,
    )
    if replay is not None:
        _tell_replay(replay_pick(question, *_scene_and_pick(replay, picks_per_scene)), json)
        return
    with ScenesBar(picks_per_scene) as bar:
        summary = run_campaign(question, bar.begin, bar.count, _warn)
    if json:
        print_json(summary)
    else:
        _tell(summary)


def _scene_and_pick(text: str, picks_per_scene: int) -> tuple[int, int]:
    scene, colon, pick = text.partition(":")
    is_short = max(len(scene), len(pick)) <= len(str(SCENES_MAX))
    is_number = colon and scene.isdecimal() and pick.isdecimal() and is_short
    if not (is_number and int(scene) < SCENES_MAX and int(pick) < picks_per_scene):
        raise SpinalError(
            "--replay names no pick",
            value=text,
            allowed=f"SCENE:PICK, both counted from 0, SCENE below {SCENES_MAX}, PICK below {picks_per_scene}",
            next_step="copy it from the report",
        )
    return int(scene), int(pick)


def _warn(text: str) -> None:
    people.print(f"[bold white on red]{escape(text)}[/]")


def _tell(summary: dict[str, Any]) -> None:
    colour = "green" if summary["certified"] else "red"
    people.print(f"[bold {colour}]{summary['headline']}[/]")
    for sentence in summary["sentences"]:
        people.print(sentence, soft_wrap=True)
    if summary["episodes_per_hour"] is not None:
        people.print(
            f"{summary['episodes_per_hour']:,.0f} episodes an hour, {summary['realtime_factor']:.1f} x real time with "
            f"{summary['workers']} worker{'s' if summary['workers'] > 1 else ''}, rendering and policy included",
            soft_wrap=True,
        )
    people.print(f"report: {summary['report']}", soft_wrap=True)


def _tell_replay(result: dict[str, Any], json: bool) -> None:
    if json:
        print_json(result)
        return
    words = {True: "as in the campaign", False: "[red]NOT as in the campaign[/]", None: "not in the campaign yet"}
    truth = "placed in truth" if result["succeeded"] else "not placed in truth"
    people.print(f"{result['sku']}: {result['outcome']} ({truth}), {words[result['is_same']]}")
    people.print(f"journal: {result['folder']}")
