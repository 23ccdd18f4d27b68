"""What the journal's hash chain says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spinal import _core


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalCheck:
    """The verification of all segments together. `problem` is empty when the chain holds."""

    segments: int
    entries: int
    synced_entries: int
    torn_bytes: int
    lost_entries: int
    is_closed: bool
    head: str
    problem: str

    @property
    def is_good(self) -> bool:
        """Return whether every entry fits the chain."""
        return not self.problem


def check_journal(path: Path | None) -> JournalCheck | None:
    """Return the verification of a journal, or None when the run kept none."""
    if path is None or not path.exists():
        return None
    try:
        reports = _core.verify_journal(path)
    except (OSError, ValueError) as error:
        return JournalCheck(
            segments=0,
            entries=0,
            synced_entries=0,
            torn_bytes=0,
            lost_entries=0,
            is_closed=False,
            head="",
            problem=str(error),
        )
    if not reports:
        return None
    problems = [f"{Path(report['path']).name}: {report['problem']}" for report in reports if report["problem"]]
    return JournalCheck(
        segments=len(reports),
        entries=sum(report["entries"] for report in reports),
        synced_entries=sum(report["synced_entries"] for report in reports),
        torn_bytes=sum(report["torn_bytes"] for report in reports),
        lost_entries=sum(report["lost_entries"] for report in reports),
        is_closed=all(report["is_closed"] for report in reports),
        head=reports[-1]["head"],
        problem="; ".join(problems),
    )
