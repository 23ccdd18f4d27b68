"""What a run's journal proves: verification of its hash chain, and replay of its decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spinal import _core
from spinal.errors import JournalError


def journal_of(run: Path) -> Path:
    """Return the journal of a run folder (or the journal itself); JournalError when there is none."""
    for candidate in (run / "journal", run):
        if candidate.is_file() or (candidate.is_dir() and any(candidate.glob("*.journal"))):
            return candidate
    raise JournalError(
        "no journal here", value=run, allowed="a run folder, a journal folder or a .journal file", next_step="ls runs/"
    )


def verify_run(run: Path) -> dict[str, Any]:
    """Return what the hash chain says of every segment of a run's journal, with the first problem named."""
    journal = journal_of(run)
    try:
        segments = _core.verify_journal(journal)
    except (ValueError, OSError) as error:
        raise JournalError("the journal cannot be read", value=error, next_step="restore it from a copy") from None
    problems = [segment for segment in segments if segment["problem"] is not None]
    counts: dict[str, int] = {}
    for segment in segments:
        for kind, count in segment["counts"].items():
            counts[kind] = counts.get(kind, 0) + count
    return {
        "run": str(run),
        "is_intact": not problems,
        "segments": len(segments),
        "entries": sum(segment["entries"] for segment in segments),
        "synced_entries": sum(segment["synced_entries"] for segment in segments),
        "torn_bytes": sum(segment["torn_bytes"] for segment in segments),
        "counts": dict(sorted(counts.items())),
        "head": segments[-1]["head"] if segments else None,
        "problems": [
            {
                "segment": Path(segment["path"]).name,
                "what": segment["problem"],
                "entry": segment["problem_entry"],
                "kind": segment["problem_kind"],
                "byte": segment["problem_offset"],
            }
            for segment in problems
        ],
    }


def replay_run(run: Path) -> dict[str, Any]:
    """Return whether System 1, fed again with what it was fed, decides the same, bit for bit."""
    journal = journal_of(run)
    try:
        return {"run": str(run), **_core.replay_journal(journal)}
    except (ValueError, OSError) as error:
        raise JournalError("the journal cannot be replayed", value=error, next_step="see `spinal verify`") from None
