"""What a person sees in the terminal while a cell runs."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from spinal.console import Counts
from spinal.record import PickLine


class Terminal:
    """A progress bar of orders with the cell's state beside it, on standard error."""

    def __init__(self, orders: int | None) -> None:
        """Take how many orders are expected; None when the run has no end of its own."""
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("orders"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            console=self._console,
            refresh_per_second=5,
        )
        self._task = self._progress.add_task("orders", total=orders, state="")
        self._done_before: int | None = None
        self.picks = self.successes = self.retries = 0

    def __enter__(self) -> Terminal:
        """Show the bar."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bar as it is."""
        self._progress.stop()

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        self._console.print(text)

    def waiting(self, text: str) -> AbstractContextManager[object]:
        """Show that something takes a moment."""
        return self._console.status(text)

    def count(self, pick: PickLine) -> None:
        """Count a judged attempt; say what went wrong when something did."""
        self.picks += 1
        self.successes += pick.outcome == "placed"
        self.retries += pick.ending == "retry"
        if pick.outcome != "placed":
            self.say(f"  {pick.sku}: {pick.outcome} → {pick.ending} ({'; '.join(pick.reasons)})")

    def show(self, counts: Counts, phase: str, mode: str, sku: str | None) -> None:
        """Update the bar."""
        ended = counts.orders_done + counts.orders_failed
        if self._done_before is None:
            self._done_before = ended
        what = f"{phase} {sku}" if sku else phase
        state = f"{mode.upper():5} {what:18} {self.successes}/{self.picks} picks placed"
        self._progress.update(self._task, completed=ended - self._done_before, state=state)

    def finish(self, summary: dict[str, Any], report: Path) -> None:
        """Say how it went and where the story is."""
        self._console.print(
            f"[bold]{summary['done']} of {summary['orders']} orders done[/], {summary['successes']} of "
            f"{summary['picks']} picks placed, {summary['retries']} retried (in simulation)"
        )
        self._console.print(f"report: {report}")
