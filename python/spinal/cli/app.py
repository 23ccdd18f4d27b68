"""The command line as a whole: its sub-commands, and what a person sees when something is wrong."""

from __future__ import annotations

import sys
import traceback
from typing import Annotated

import typer

from spinal.cli import (
    bench,
    calibrate,
    doctor,
    estop,
    evidence,
    experiment,
    falsify,
    flywheel,
    geometry,
    learn,
    limits,
    qualify,
    run,
    safety,
    show,
)
from spinal.errors import SpinalError

app = typer.Typer(
    name="spinal",
    help="Robot policies propose; Spinal decides what moves, and proves it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


TRACEBACK = "--traceback"


@app.callback()
def _root(
    with_traceback: Annotated[
        bool, typer.Option(TRACEBACK, help="Show the traceback of an error; may stand anywhere.")
    ] = False,
) -> None:
    """Robot policies propose; Spinal decides what moves, and proves it."""
    # `main` has acted on it already: a sub-command's own words may hold it too.
    del with_traceback


app.command("run")(run.run)
app.command("verify")(evidence.verify)
app.command("replay")(evidence.replay)
app.command("learn")(learn.learn)
app.command("flywheel")(flywheel.flywheel)
app.command("calibrate")(calibrate.calibrate)
app.command("qualify")(qualify.qualify)
app.command("falsify")(falsify.falsify)
app.add_typer(bench.app, name="bench")
app.add_typer(experiment.app, name="experiment")
app.add_typer(geometry.app, name="geometry")
app.add_typer(limits.app, name="limits")
app.command("estop")(estop.estop)
app.command("doctor")(doctor.doctor)
app.command("show")(show.show)
app.command("safety-case")(safety.safety_case)


def main() -> None:
    """Run the command line; a SpinalError becomes its message on standard error and exit code 2.

    `--traceback` may stand anywhere, because a person adds it at the end of the line that went wrong.
    """
    arguments = sys.argv[1:]
    try:
        app(args=[word for word in arguments if word != TRACEBACK])
    except SpinalError as error:
        if TRACEBACK in arguments:
            traceback.print_exc()
        else:
            sys.stderr.write(f"spinal: {error}\n")
        sys.exit(2)
