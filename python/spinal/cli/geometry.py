"""`spinal geometry`: the shapes of robot and cell that the gate keeps apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spinal.cli.output import people
from spinal.errors import SpinalError
from spinal.run.drawing import draw_geometry
from spinal.run.geometry import generate as write_geometry

app = typer.Typer(help="Shapes of robot and cell: generate, draw.", no_args_is_help=True)

CellFolder = Annotated[Path, typer.Argument(help="The cell folder.")]


@app.command()
def generate(cell: CellFolder) -> None:
    """Write the cell's geometry.toml anew from its simulated model; look at it and sign it afterwards."""
    path = write_geometry(cell)
    people.print(f"written: {path}")
    people.print(f"next: look at it (`spinal geometry draw {cell}`), then sign it (`spinal limits sign {cell}`)")


@app.command()
def draw(
    cell: CellFolder,
    joints: Annotated[
        str | None, typer.Option(help="Joint positions, rad, separated by commas; home if not given.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The picture, PNG.")] = Path("geometry.png"),
) -> None:
    """Draw the shapes half transparent over the model, from four sides."""
    people.print(f"drawn: {draw_geometry(cell, out, None if joints is None else _positions(joints))}")


def _positions(text: str) -> list[float]:
    try:
        return [float(word) for word in text.split(",")]
    except ValueError:
        raise SpinalError(
            "--joints is no list of positions", value=text, allowed="numbers separated by commas, in rad"
        ) from None
