"""What a run's journal proves: verification of its hash chain, and replay of its decisions."""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from spinal import _core
from spinal.errors import JournalError
from spinal.record import read_run

CHAINED = "segment-"
"""How the files of one journal begin, each carrying on the one before. In lockstep each pick has its own journal."""
REFUSAL = "the journal cannot be replayed: "


def journal_of(run: Path) -> Path:
    """Return the journal of a run folder (or the journal itself); JournalError when there is none."""
    for candidate in (run / "journal", run):
        if candidate.is_file() or (candidate.is_dir() and any(candidate.glob("*.journal"))):
            return candidate
    raise JournalError(
        "no journal here", value=run, allowed="a run folder, a journal folder or a .journal file", next_step="ls runs/"
    )


def verify_run(run: Path) -> dict[str, Any]:
    """Return what the hash chain says of every segment of a run's journal, with the first problem of each named.

    `head` is the head hash of a real-time run's journal, or of a single file; `journal_sha256` is the one hash of all
    heads of a lockstep run. `is_as_recorded` says whether it is the one in run.json, None when that tells of none.
    """
    journal = journal_of(run)
    try:
        segments = _core.verify_journal(journal)
    except (ValueError, OSError) as error:
        raise JournalError("the journal cannot be read", value=error, next_step="restore it from a copy") from None
    names = [Path(segment["path"]).name for segment in segments]
    is_chain = journal.is_file() or all(name.startswith(CHAINED) for name in names)
    heads = [segment["head"] for segment in segments]
    head = heads[-1] if is_chain else None
    combined = None if is_chain else hashlib.sha256("".join(heads).encode()).hexdigest()
    summary = _summary(journal)
    recorded = summary.get("journal_head" if is_chain else "journal_sha256")
    unclosed = [name for name, segment in zip(names, segments, strict=True) if not segment["is_closed"]]
    problems = [_problem(name, segment) for name, segment in zip(names, segments, strict=True) if segment["problem"]]
    is_as_recorded = None if recorded is None else recorded == (head or combined)
    if is_as_recorded is False and not problems:
        problems.append(_not_as_recorded(summary, unclosed, names))
    return {
        "run": str(run),
        "is_intact": not problems,
        "is_closed": not unclosed,
        "is_as_recorded": is_as_recorded,
        "segments": len(segments),
        "entries": sum(segment["entries"] for segment in segments),
        "synced_entries": sum(segment["synced_entries"] for segment in segments),
        "torn_bytes": sum(segment["torn_bytes"] for segment in segments),
        "counts": dict(sorted(_counts(segments).items())),
        "head": head,
        "journal_sha256": combined,
        "unclosed": unclosed,
        "problems": problems,
    }


def replay_run(run: Path) -> dict[str, Any]:
    """Return whether System 1, fed again with what it was fed, decides the same, bit for bit."""
    journal = journal_of(run)
    try:
        return {"run": str(run), **_core.replay_journal(journal)}
    except (ValueError, OSError) as error:
        if _holds_digests(journal):
            raise JournalError(
                "the journal holds digests in place of ticks and cannot be replayed",
                value=journal,
                next_step="run the same seed again with `--journal full`: it decides the same, and can be replayed",
            ) from None
        raise JournalError(
            "the journal cannot be replayed",
            value=str(error).removeprefix(REFUSAL),
            next_step="`spinal verify` says what is wrong with it",
        ) from None


def _holds_digests(journal: Path) -> bool:
    try:
        return _counts(_core.verify_journal(journal))["tick_digest"] > 0
    except (ValueError, OSError):
        return False


def _counts(segments: list[_core.JournalReport]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for segment in segments:
        counts.update(segment["counts"])
    return counts


def _summary(journal: Path) -> dict[str, Any]:
    """Return what run.json tells of the run whose whole journal this is; nothing when there is none to compare with."""
    for folder in (journal.parent, journal):
        if journal.is_dir() and (folder / "run.json").is_file():
            with contextlib.suppress(JournalError):  # a damaged run.json must not hide what the chain says
                return read_run(folder / "run.json").summary
    return {}


def _problem(name: str, segment: _core.JournalReport) -> dict[str, Any]:
    return {
        "segment": name,
        "what": segment["problem"],
        "entry": segment["problem_entry"],
        "kind": segment["problem_kind"],
        "byte": segment["problem_offset"],
    }


def _not_as_recorded(summary: dict[str, Any], unclosed: list[str], names: list[str]) -> dict[str, Any]:
    """Return the problem of a chain that holds, but is not the one that the run ended with."""
    name, what = names[-1], "this is not the journal that the run ended with: run.json tells of another hash"
    if "journal_sha256" in summary and summary.get("picks") != len(names):
        name, what = "journal", f"run.json tells of {summary.get('picks')} picks, but here are {len(names)} journals"
    elif unclosed:
        name, what = unclosed[0], "cut: the run closed it, and run.json tells of another end"
    return {"segment": name, "what": what, "entry": None, "kind": None, "byte": None}
