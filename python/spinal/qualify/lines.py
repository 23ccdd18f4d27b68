"""A file of lines of JSON that survives a kill at any instant and a full disk: what was added has reached the disk."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from spinal.errors import EvidenceError, MachineError

Take = Callable[[Mapping[str, Any]], None]
"""Takes a line in; ValueError, TypeError, KeyError or AttributeError when it is not what it should be."""


class LinesFile:
    """Lines appended one at a time; the first says what they belong to. One process at a time."""

    def __init__(self, path: Path, identity: Mapping[str, Any], take: Take) -> None:
        """Open or begin the file and hand over the lines that are there.

        EvidenceError when it belongs to something else, is damaged, or is being written elsewhere; MachineError when it
        cannot be opened.
        """
        self._path = path
        try:
            # Without a buffer: after a full disk a buffer would be written again when the file is closed.
            self._file: BinaryIO = path.open("a+b", buffering=0)
        except OSError as error:
            raise _not_written(path, error) from None
        try:
            self._lock()
            kept, whole = read_lines(path, take)
            self._file.truncate(whole)  # a line that a kill or a full disk cut off was never reported
            if not whole:
                self.append({"campaign": dict(identity)})
            elif kept != dict(identity):
                raise _different(path, kept, identity)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        """Return the open file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._file.close()

    def append(self, line: Mapping[str, Any]) -> None:
        """Keep a line durably; MachineError when the disk does not take it, and then it was not reported."""
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        try:
            while data:
                data = data[self._file.write(data) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _not_written(self._path, error) from None

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise EvidenceError(
                "this campaign is being run by another process",
                value=self._path.parent,
                next_step="wait for it, or end it; what it has reported is kept",
            ) from None


def read_lines(path: Path, take: Take) -> tuple[dict[str, Any], int]:
    """Hand over every whole line but the first; return what they belong to, and their length in bytes.

    EvidenceError names a line that is damaged.
    """
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    identity: dict[str, Any] = {}
    for number, text in enumerate(data[:whole].splitlines(), start=1):
        try:
            line = json.loads(text)
            if number == 1:
                identity = dict(line["campaign"])
            else:
                take(line)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise EvidenceError(
                f"{path}: line {number} is damaged",
                value=error,
                next_step="restore the file from a copy, or take it away and run the campaign again",
            ) from None
    return identity, whole


def _not_written(path: Path, error: OSError) -> MachineError:
    return MachineError(
        "the results cannot be written down",
        value=f"{path}: {error.strerror}",
        next_step="free space and run the same command again: it goes on after what was reported",
    )


def _different(path: Path, kept: Mapping[str, Any], asked: Mapping[str, Any]) -> EvidenceError:
    keys = [key for key in {**kept, **asked} if kept.get(key) != asked.get(key)]
    is_code = keys == ["code_sha256"]
    return EvidenceError(
        f"{path} was made by other Python code, and results of two programs are not mixed"
        if is_code
        else f"{path} holds another campaign",
        value=", ".join(f"{key} = {asked.get(key)}" for key in keys),
        allowed=", ".join(f"{key} = {kept.get(key)}" for key in keys),
        next_step="go back to the code that it was made by, or name another folder with --runs and begin anew"
        if is_code
        else "name another folder with --runs",
    )
