"""What became of every scene of a campaign, kept so that a kill at any instant loses nothing that was reported."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from spinal.errors import EvidenceError


@dataclass(frozen=True, slots=True, kw_only=True)
class PickOutcome:
    """One pick of a scene. `succeeded` is the simulator's truth, `outcome` what the cell's own check said.

    `needs_person`: the order did not end as complete, or the robot stands in a stop that only a person's reset ends.
    `picture` is the name of a file beside the results, when one was taken. `rungs`: each attempt's rung of the cell's
    ladder with its outcome; `alarms`: those of a monitor that ended an attempt; `recoveries`: the motions in between.
    """

    pick: int
    sku: str
    attempts: int
    outcome: str
    ending: str
    trigger: str
    succeeded: bool
    needs_person: bool
    reasons: tuple[str, ...]
    cycle_s: float
    simulated_s: float
    wall_s: float
    journal_head: str
    picture: str | None = None
    rungs: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    recoveries: tuple[str, ...] = ()

    @property
    def is_silent_failure(self) -> bool:
        """Return whether the cell took it for placed and it was not."""
        return self.outcome == "placed" and not self.succeeded

    @property
    def is_failure(self) -> bool:
        """Return whether a person is needed now, or will be when somebody notices."""
        return self.needs_person or self.is_silent_failure


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneResult:
    """All picks of one scene; `axes` are the shifts in it."""

    index: int
    axes: tuple[str, ...]
    picks: tuple[PickOutcome, ...]


@dataclass(slots=True, kw_only=True)
class Results:
    """What a campaign's file holds: what was run (`identity`), scenes by index, and at how many a verdict was made."""

    identity: dict[str, Any]
    scenes: dict[int, SceneResult] = field(default_factory=dict)
    looks: list[int] = field(default_factory=list)

    @property
    def complete(self) -> tuple[SceneResult, ...]:
        """Return scenes 0, 1, ... up to the first that is missing.

        Scenes with failures take longer. Those that happen to be done would be the easier ones; a prefix is not chosen.
        """
        found: list[SceneResult] = []
        while (scene := self.scenes.get(len(found))) is not None:
            found.append(scene)
        return tuple(found)


class ResultsFile:
    """Scenes appended a line each; a line that `add` returned from has reached the disk. One process at a time."""

    def __init__(self, path: Path, identity: Mapping[str, Any]) -> None:
        """Open or begin the file; EvidenceError when it is another campaign's, damaged, or being written elsewhere."""
        self._file: BinaryIO = path.open("a+b")
        try:
            self._lock(path)
            self.results, whole = _read(path)
            self._file.truncate(whole)  # a line that a kill cut off was never reported
            if not whole:
                self.results = Results(identity=dict(identity))
                self._append({"campaign": self.results.identity})
            elif self.results.identity != dict(identity):
                raise _different(path, self.results.identity, identity)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> ResultsFile:
        """Return the open file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._file.close()

    def add(self, scene: SceneResult) -> None:
        """Keep a scene durably."""
        self._append({"scene": asdict(scene)})
        self.results.scenes[scene.index] = scene

    def add_look(self, scenes: int) -> None:
        """Keep durably that a verdict was made at so many scenes; the same number again is the same look."""
        if scenes not in self.results.looks:
            self._append({"look": scenes})
            self.results.looks.append(scenes)

    def _append(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def _lock(self, path: Path) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise EvidenceError(
                "this campaign is being run by another process",
                value=path.parent,
                next_step="wait for it, or end it; what it has reported is kept",
            ) from None


def read_results(path: Path) -> Results:
    """Return what a campaign's file holds; EvidenceError when there is none or it is damaged."""
    if not path.is_file():
        raise EvidenceError("no campaign here", value=path, allowed="a folder that `spinal qualify` made")
    return _read(path)[0]


def _read(path: Path) -> tuple[Results, int]:
    """Return what stands in the file, and the length of its whole lines in bytes."""
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    results = Results(identity={})
    for number, text in enumerate(data[:whole].splitlines(), start=1):
        try:
            _take(results, json.loads(text), is_first=number == 1)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise EvidenceError(
                f"{path}: line {number} is damaged",
                value=error,
                next_step="restore the file from a copy, or take it away and run the campaign again",
            ) from None
    return results, whole


def _take(results: Results, line: Mapping[str, Any], *, is_first: bool) -> None:
    if is_first:
        results.identity = dict(line["campaign"])
    elif "look" in line:
        results.looks.append(int(line["look"]))
    else:
        told = dict(line["scene"])
        picks = tuple(_pick(pick) for pick in told["picks"])
        scene = SceneResult(index=int(told["index"]), axes=tuple(told["axes"]), picks=picks)
        results.scenes[scene.index] = scene


def _pick(told: Mapping[str, Any]) -> PickOutcome:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in told.items()}
    return PickOutcome(**values)


def _different(path: Path, kept: Mapping[str, Any], asked: Mapping[str, Any]) -> EvidenceError:
    keys = [key for key in {**kept, **asked} if kept.get(key) != asked.get(key)]
    return EvidenceError(
        f"{path} holds another campaign",
        value=", ".join(f"{key} = {asked.get(key)}" for key in keys),
        allowed=", ".join(f"{key} = {kept.get(key)}" for key in keys),
        next_step="name another folder with --runs",
    )
