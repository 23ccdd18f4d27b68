"""What happened in an attempt, kept for learning: whole records in a file of its own, which a kill cannot take back.

An attempt is written as it happens into `<id>.part`. At its end it is kept (`<id>.episode`) when a person was needed,
when it failed, when it was drawn for the random sample, or when it lies within BEFORE_NS before one that needed a
person; otherwise it waits (`<id>.held`) until no such thing can come any more, and goes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from spinal.errors import JournalError
from spinal.record.plain import to_plain

BEFORE_NS: Final = 10_000_000_000
"""How much before an intervention is kept. Source: what one needs to see how it came about; chosen by hand."""
SAMPLE_SHARE: Final = 0.015
"""Share of all attempts that is kept whatever became of them."""
MAGIC: Final = b"SPEP"
_FRAME: Final = struct.Struct("<4sIII")
"""Magic, length of the words (JSON), length of the arrays, CRC-32 of both."""
RECORD_BYTES_MAX: Final = 1 << 24
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{0,150}")

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record of an episode: what it is, plain values, arrays by name."""

    kind: str
    data: Mapping[str, Any]
    arrays: Mapping[str, Array]


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One attempt as it was kept. `end` is empty, and `is_whole` False, when the process was killed in it.

    `about`: lineage, order, scene; `decisions` in order; `events`: what else was noted; `kept_because`: reasons.
    """

    path: Path
    about: Mapping[str, Any]
    decisions: tuple[Entry, ...]
    events: tuple[Entry, ...]
    end: Mapping[str, Any]
    kept_because: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether it was written to its end."""
        return bool(self.end)


def is_sampled(episode: str, seed: int, share: float = SAMPLE_SHARE) -> bool:
    """Return whether an episode is in the random sample: a function of its name and the seed alone."""
    digest = hashlib.sha256(f"{seed} {episode}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2.0**64


@dataclass(slots=True, kw_only=True)
class _Held:
    path: Path
    ended_ns: int


@dataclass(slots=True, kw_only=True)
class EpisodeStore:
    """A folder of kept episodes. One process writes it.

    `lineage` names what acted, as hashes: policy, cell, limits, monitor, distribution. `sample_seed` draws the sample.
    """

    folder: Path
    lineage: Mapping[str, str]
    sample_seed: int = 0
    sample_share: float = SAMPLE_SHARE
    _file: BinaryIO | None = None
    _path: Path | None = None
    _held: list[_Held] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the folder; what a killed process left there is kept."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in sorted([*self.folder.glob("*.part"), *self.folder.glob("*.held")]):
            with path.open("r+b") as file:
                file.truncate(sum(size for _, size in _frames(path)))
                file.seek(0, os.SEEK_END)
                _append(file, "kept", {"why": "the process was killed"}, {})
            path.replace(path.with_suffix(".episode"))

    def begin(self, episode: str, at_ns: int, about: Mapping[str, Any]) -> None:
        """Begin to write an attempt; `episode` is its name, once in this folder."""
        if not NAME.fullmatch(episode):
            raise JournalError("an episode's name must be a plain file name", value=episode, allowed=NAME.pattern)
        self.abandon()
        self._path = self.folder / f"{episode}.part"
        self._file = self._path.open("wb")
        said = {"episode": episode, "at_ns": at_ns, "lineage": dict(self.lineage), "sample_seed": self.sample_seed}
        self._write("episode", {**said, "sample_share": self.sample_share, **about}, {})

    def decision(self, data: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        """Write one decision."""
        self._write("decision", data, arrays)

    def event(self, data: Mapping[str, Any]) -> None:
        """Write something else that happened in the attempt; before and after one it is left out."""
        self._write("event", data, {})

    def end(self, at_ns: int, outcome: Mapping[str, Any], *, is_success: bool, needs_person: bool) -> None:
        """End the attempt, and keep it, or hold it for a while. What this returns from is on the disk."""
        file, path = self._file, self._path
        if file is None or path is None:
            return
        self._write("end", {"at_ns": at_ns, **outcome, "is_success": is_success, "needs_person": needs_person}, {})
        reasons = [] if is_success else ["failure"]
        reasons += ["intervention"] if needs_person else []
        reasons += ["random sample"] if is_sampled(path.stem, self.sample_seed, self.sample_share) else []
        for why in reasons:
            self._write("kept", {"why": why}, {})
        _close(file)
        self._file = self._path = None
        kept = path.with_suffix(".episode" if reasons else ".held")
        path.replace(kept)
        if not reasons:
            self._held.append(_Held(path=kept, ended_ns=at_ns))
        self._settle(at_ns, needs_person=needs_person)

    def abandon(self) -> None:
        """End an attempt that nobody ended, as one whose outcome is not known, and keep it."""
        if self._file is not None and self._path is not None:
            self._write("kept", {"why": "nobody ended it"}, {})
            _close(self._file)
            self._path.replace(self._path.with_suffix(".episode"))
            self._file = self._path = None

    def forget(self) -> None:
        """Let go what is held: the clock begins anew, or the run is over."""
        self.abandon()
        for held in self._held:
            held.path.unlink(missing_ok=True)
        self._held.clear()

    def _settle(self, now_ns: int, *, needs_person: bool) -> None:
        """Keep what lies before an intervention; let go what is too old to."""
        still = []
        for held in self._held:
            is_recent = held.ended_ns >= now_ns - BEFORE_NS
            if is_recent and needs_person:
                with held.path.open("ab") as file:
                    _append(file, "kept", {"why": "before an intervention"}, {})
                    os.fsync(file.fileno())
                held.path.replace(held.path.with_suffix(".episode"))
            elif is_recent:
                still.append(held)
            else:
                held.path.unlink(missing_ok=True)
        self._held = still

    def _write(self, kind: str, data: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        if self._file is not None:
            _append(self._file, kind, data, arrays)
            self._file.flush()  # the kernel has it: what is killed now is this process, not the record


def read_episodes(folder: Path) -> list[Episode]:
    """Return what is kept in a folder, by name; JournalError when there is no such folder."""
    if not folder.is_dir():
        raise JournalError("there are no kept episodes here", value=folder, next_step="name a folder of --episodes")
    return [read_episode(path) for path in sorted([*folder.glob("*.episode"), *folder.glob("*.part")])]


def read_episode(path: Path) -> Episode:
    """Return one kept attempt, a torn one up to its last whole record; JournalError when nothing of it is whole."""
    entries = [entry for entry, _ in _frames(path)]
    if not entries or entries[0].kind != "episode":
        raise JournalError("this file does not begin as an episode", value=path)
    ends = [entry.data for entry in entries if entry.kind == "end"]
    return Episode(
        path=path,
        about=entries[0].data,
        decisions=tuple(entry for entry in entries if entry.kind == "decision"),
        events=tuple(entry for entry in entries if entry.kind == "event"),
        end=ends[0] if ends else {},
        kept_because=tuple(str(entry.data["why"]) for entry in entries if entry.kind == "kept"),
    )


def _append(file: BinaryIO, kind: str, data: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    shapes = {name: [array.dtype.str, list(array.shape)] for name, array in arrays.items()}
    words = json.dumps({"kind": kind, "data": to_plain(dict(data)), "arrays": shapes}).encode()
    values = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays.values())
    file.write(_FRAME.pack(MAGIC, len(words), len(values), zlib.crc32(values, zlib.crc32(words))) + words + values)


def _frames(path: Path) -> Iterator[tuple[Entry, int]]:
    """Yield each whole record with the bytes that it takes, up to the first that is not."""
    with path.open("rb") as file:
        while len(head := file.read(_FRAME.size)) == _FRAME.size:
            magic, words_size, values_size, crc = _FRAME.unpack(head)
            if magic != MAGIC or words_size + values_size > RECORD_BYTES_MAX:
                return
            words, values = file.read(words_size), file.read(values_size)
            if zlib.crc32(values, zlib.crc32(words)) != crc:
                return
            said = json.loads(words)
            arrays, at = {}, 0
            for name, (kind, shape) in said["arrays"].items():
                array: Array = np.frombuffer(values, dtype=kind, count=int(np.prod(shape)), offset=at).reshape(shape)
                arrays[name], at = array, at + array.nbytes
            size = _FRAME.size + words_size + values_size
            yield Entry(kind=said["kind"], data=said["data"], arrays=arrays), size


def _close(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()
