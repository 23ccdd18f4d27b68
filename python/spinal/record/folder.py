"""Where the files of a run are."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from spinal.errors import JournalError, MachineError

LATEST: Final = "latest"
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """One run's folder. The files are made by those who write them; a run that lacks something lacks the file."""

    path: Path

    @classmethod
    def create(cls, root: Path, *, started: datetime, label: str) -> RunFolder:
        """Make a new folder `<root>/<UTC time>-<label>` and point `<root>/latest` at it.

        A MachineError says why it cannot be made. Two runs of one second get different names.
        """
        stem = f"{started:%Y%m%d-%H%M%S}-{label}"
        if not NAME.fullmatch(stem):
            raise MachineError("a run's label must be a plain file name", value=label, allowed=NAME.pattern)
        try:
            root.mkdir(parents=True, exist_ok=True)
            folder = cls(path=_make_new(root, stem))
            _point_latest(root, folder.path)
        except OSError as error:
            raise MachineError(
                f"no run folder can be made in {root}", value=error, next_step="free space, or name another with --runs"
            ) from None
        return folder

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Return the folder of an existing run; a JournalError if there is none."""
        folder = cls(path=path.resolve())
        if not (folder.run_json.is_file() or folder.journal.exists()):
            raise JournalError(
                "there is no run here", value=path, allowed="a folder with run.json", next_step="look into runs/"
            )
        return folder

    @property
    def name(self) -> str:
        """The run's id."""
        return self.path.name

    @property
    def journal(self) -> Path:
        """Folder of System 1's journal segments."""
        return self.path / "journal"

    @property
    def recording(self) -> Path:
        """Cameras, joints, proposals, verdicts and events, for Foxglove."""
        return self.path / "recording.mcap"

    @property
    def run_json(self) -> Path:
        """What ran: versions, hashes, seeds, start and end."""
        return self.path / "run.json"

    @property
    def orders(self) -> Path:
        """The task store."""
        return self.path / "orders.sqlite"

    @property
    def picks(self) -> Path:
        """One JSON line an attempt."""
        return self.path / "picks.jsonl"

    @property
    def timing(self) -> Path:
        """How punctual System 1 was."""
        return self.path / "timing.json"

    @property
    def report(self) -> Path:
        """The report for people."""
        return self.path / "report.html"

    @property
    def logs(self) -> Path:
        """Folder of what the child processes print."""
        return self.path / "logs"


def _make_new(root: Path, stem: str) -> Path:
    for count in range(1, 1000):
        path = root / (stem if count == 1 else f"{stem}-{count}")
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path
    raise FileExistsError(f"{root / stem} and 998 more exist")


def _point_latest(root: Path, path: Path) -> None:
    """Replace the link in one step, so that it always points at a run. A real file of that name is left alone."""
    link = root / LATEST
    if link.exists() and not link.is_symlink():
        return
    fresh = root / f".{LATEST}-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(path.name)
    fresh.replace(link)
