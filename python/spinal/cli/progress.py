"""The progress of evaluations and campaigns on the terminal."""

from __future__ import annotations

import time
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from spinal.cli.output import people
from spinal.qualify import SceneResult
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


class AttemptsBar:
    """A bar of attempts, which come in any order; what was kept from before is there at its start."""

    def __init__(self) -> None:
        """Make the bar; it is shown with the first attempt."""
        self._waiting = people.status("making the cell ready")
        self._progress = Progress(
            TextColumn("attempts"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=people,
        )
        self._task = self._progress.add_task("attempts", total=None, told="")
        self._attempts = self._well = 0

    def __enter__(self) -> AttemptsBar:
        """Show that the cell is being made ready."""
        self._waiting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bar as it is."""
        self._waiting.stop()
        if self._attempts:
            self._progress.stop()

    def begin(self, attempts: int, kept: int) -> None:
        """Take what is to come and what was kept from before."""
        self._progress.update(self._task, total=attempts, completed=kept)

    def count(self, went_well: bool) -> None:
        """Count an attempt."""
        if not self._attempts:
            self._waiting.stop()
            self._progress.start()
        self._attempts += 1
        self._well += went_well
        self._progress.update(self._task, advance=1, told=f"{self._well / self._attempts:6.1%} went well")


class ScenesBar:
    """A bar of a campaign's picks, which come a scene at a time; what was kept from before is there at its start."""

    def __init__(self, picks_per_scene: int) -> None:
        """Take how many picks a scene has."""
        self._size = picks_per_scene
        self._waiting = people.status("making the cell ready")
        self._progress = Progress(
            TextColumn("picks"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=people,
        )
        self._task = self._progress.add_task("picks", total=None, told="")
        self._picks = self._interventions = 0
        self._began_s = time.monotonic()

    def __enter__(self) -> ScenesBar:
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

    def begin(self, scenes: int, kept: int) -> None:
        """Take what is to come and what was kept from before."""
        self._progress.update(self._task, total=scenes * self._size, completed=kept * self._size)
        self._began_s = time.monotonic()

    def count(self, scene: SceneResult) -> None:
        """Count a scene; the bar is shown with the first one, so that none stands before the message of an error."""
        if not self._picks:
            self._waiting.stop()
            self._progress.start()
        self._picks += len(scene.picks)
        self._interventions += sum(pick.needs_person for pick in scene.picks)
        an_hour = 3600.0 * self._picks / max(time.monotonic() - self._began_s, 1e-3)
        told = f"{self._interventions} interventions, {an_hour:,.0f} an hour"
        self._progress.update(self._task, advance=len(scene.picks), told=told)
