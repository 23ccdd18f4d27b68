"""The progress of an evaluation on the terminal."""

from __future__ import annotations

from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from spinal.cli.output import people
from spinal.run.pick import PickResult


class PicksBar:
    """A bar of picks. It is shown with the first one, so that no empty bar stands before the message of an error."""

    def __init__(self, picks: int) -> None:
        """Take how many are to come."""
        self._waiting = people.status("making the cell ready")
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=people,
        )
        self._task = self._progress.add_task("picks", total=picks, rate="")
        self._picks = self._successes = 0

    def __enter__(self) -> PicksBar:
        """Show that the cell is being made ready."""
        self._waiting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bar as it is."""
        self._waiting.stop()
        if self._picks:
            self._progress.stop()

    def count(self, result: PickResult) -> None:
        """Count a pick."""
        if not self._picks:
            self._waiting.stop()
            self._progress.start()
        self._picks += 1
        self._successes += result.succeeded
        self._progress.update(self._task, advance=1, rate=f"{self._successes / self._picks:6.1%} placed")
