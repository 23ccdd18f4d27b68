"""Options that several commands share: one wording, one range."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

CellFolder = Annotated[Path, typer.Argument(help="The cell: a folder with a cell.toml.")]
DistributionName = Annotated[str, typer.Option(help="Declared distribution: a name of the cell, or a .toml file.")]
Workers = Annotated[int, typer.Option(min=1, max=64, help="Worker processes.")]
Pool = Annotated[str, typer.Option(help="Declared seed pool.")]
PoolSeed = Annotated[int | None, typer.Option(min=0, help="Seed in the pool; the pool's first if not given.")]
Attempts = Annotated[
    int | None, typer.Option(min=1, max=20, help="Attempts an order may have; the cell's own if not given.")
]
ByExpert = Annotated[bool, typer.Option("--expert", help="The scripted expert (privileged) decides.")]
Unsigned = Annotated[
    bool, typer.Option("--unsigned", help="Development only: run limits that nobody whom the cell trusts has signed.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
