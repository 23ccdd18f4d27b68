"""The command line as a whole: its sub-commands, and what a person sees when something is wrong."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from spinal.cli import bench, doctor, evidence, run, show
from spinal.cli.output import wants_traceback
from spinal.errors import SpinalError

app = typer.Typer(
    name="spinal",
    help="Robot policies propose; Spinal decides what moves, and proves it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _root(
    traceback: Annotated[bool, typer.Option("--traceback", help="Show the traceback of an error.")] = False,
) -> None:
    """Robot policies propose; Spinal decides what moves, and proves it."""


app.command("run")(run.run)
app.command("verify")(evidence.verify)
app.command("replay")(evidence.replay)
app.add_typer(bench.app, name="bench")
app.command("doctor")(doctor.doctor)
app.command("show")(show.show)


def main() -> None:
    """Run the command line; a SpinalError becomes its message on standard error and exit code 2."""
    try:
        app()
    except SpinalError as error:
        if wants_traceback(sys.argv):
            raise
        sys.stderr.write(f"spinal: {error}\n")
        sys.exit(2)
