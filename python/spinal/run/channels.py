"""The shared-memory channels that the Python processes of a real-time run use; System 1's own are in the core.

| channel | writer → reader | content |
|---|---|---|
| `task` | host → decide | who may propose, under which epoch, for which task (JSON) |
| `decide` | decide → host | heartbeat, last inference, readiness (JSON) |
| `scene-request` | host → plant | the scene to bring (JSON) |
| `scene-ready` | plant → host | the scene that is there, and the truth of the one before, for evaluation only (JSON) |
| `frame-<camera>` | plant → decide, host | pictures (`records.Frame`) |
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spinal import _core
from spinal.cell import Cell
from spinal.errors import MachineError
from spinal.records import Seen, frame_bytes

JSON_BYTES_MAX = 8192
SHARED_MEMORY = Path("/dev/shm")
HOLDER = "holder"
"""The file that a run's host keeps locked, in the run's folder."""
OVERVIEW_PX = (480, 360)
"""Width and height of the picture for people."""


def make_channels(cell: Cell, run_id: str) -> Path:
    """Make the run's channels in shared memory and return their folder; MachineError when there is no room for them."""
    _clear_what_killed_runs_left()
    folder = SHARED_MEMORY / f"spinal-{run_id}"
    try:
        folder.mkdir(mode=0o700)
        _hold(folder / HOLDER)
        _core.create_channels(folder)
        for name in ("task", "decide", "scene-request", "scene-ready"):
            _core.Latest.create(folder / name, JSON_BYTES_MAX)
        for name, camera in cell.config.cameras.items():
            _core.Latest.create(folder / f"frame-{name}", frame_bytes(camera.width, camera.height))
        _core.Latest.create(folder / "frame-overview", frame_bytes(*OVERVIEW_PX))
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise MachineError(
            "the run's shared memory cannot be made",
            value=f"{folder}: {error}",
            next_step="see `spinal doctor`; remove folders /dev/shm/spinal-* that no run uses any more",
        ) from None
    return folder


def _hold(path: Path) -> bool:
    """Lock a run's folder for the life of this process; return whether nobody else holds it."""
    holder = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(holder)
        return False
    return True


def _clear_what_killed_runs_left() -> None:
    """Remove the channels of runs whose host is gone: a lock that can be had has no owner."""
    for folder in SHARED_MEMORY.glob("spinal-*"):
        if (folder / HOLDER).exists() and _hold(folder / HOLDER):
            shutil.rmtree(folder, ignore_errors=True)


class JsonWriter:
    """The writing end of a JSON channel."""

    def __init__(self, path: Path) -> None:
        """Take the writing end."""
        self._end = _core.Latest.writer(path)

    def write(self, value: dict[str, Any]) -> int:
        """Publish a value; return its generation."""
        return self._end.write(json.dumps(value).encode())


class JsonReader:
    """A reading end of a JSON channel."""

    def __init__(self, path: Path) -> None:
        """Take a reading end."""
        self._end = _core.Latest.reader(path)
        self._seen = 0

    def read(self) -> dict[str, Any] | None:
        """Return the newest value; None before the first, or while none can be had."""
        try:
            read = self._end.read()
        except BlockingIOError:
            return None
        if read is None:
            return None
        self._seen = read[0]
        value: dict[str, Any] = json.loads(read[1])
        return value

    def read_new(self) -> dict[str, Any] | None:
        """Return the newest value if it has not been read before."""
        return self.read() if self._end.generation != self._seen else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskMessage:
    """What the host tells the policy worker with number `worker`. `source` 0: nobody may propose.

    `recovery` is the motion before this attempt, "" for none, and `recoveries` how many there were in the order before;
    `avoid_m`: where the tool was when earlier grasps of the order failed, base frame.
    """

    worker: int
    source: int
    epoch: int
    order: str
    sku: str
    attempt: int
    is_gripper_on: bool
    recovery: str = ""
    recoveries: int = 0
    avoid_m: tuple[tuple[float, float, float], ...] = ()

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> TaskMessage:
        """Return the message in these JSON values."""
        points = tuple((float(x), float(y), float(z)) for x, y, z in value["avoid_m"])
        return cls(**{**value, "avoid_m": points})

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def seen_from(told: dict[str, Any] | None) -> Seen | None:
    """Return the look that a worker told, as it reads from JSON; None when it told none."""
    return None if told is None else Seen(**{**told, "doubts": tuple(told["doubts"])})
