"""`spinal show`: what a cell or a run is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.tree import Tree

from spinal.cli.output import people, print_json
from spinal.run.showing import describe, write_again


def show(
    path: Annotated[Path, typer.Argument(help="A cell folder or a run folder.")],
    report: Annotated[
        bool, typer.Option("--report", help="A run: write its report.html again, also after a crash.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show what a cell or a run is; for a cell, check everything that it names on the way."""
    if report:
        people.print(f"report: {write_again(path)}")
    value = describe(path)
    if json:
        print_json(value)
    else:
        tree = Tree(f"[bold]{path}[/]")
        _grow(tree, value)
        people.print(tree)


def _grow(tree: Tree, value: dict[str, Any]) -> None:
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            _grow(tree.add(str(key)), inner)
        elif isinstance(inner, list) and any(isinstance(item, dict) for item in inner):
            _grow(tree.add(str(key)), {str(item.get("name", at)): item for at, item in enumerate(inner)})
        elif isinstance(inner, list):
            tree.add(f"{key}: {', '.join(str(item) for item in inner)}")
        else:
            tree.add(f"{key}: {inner}")
