"""picks.jsonl: one line an attempt, in the order in which they ended. The report and people's own tools read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from spinal.record.plain import to_plain


@dataclass(frozen=True, slots=True, kw_only=True)
class PickLine:
    """What became of one attempt.

    `outcome` is what the sensors said; `truth` is the simulator's, None where there is none. `seed` and `index` name
    the scene that plays it again. `started_s` counts from the start of the run; `duration_s` is the attempt itself and
    `cycle_s` the time from the order's first motion to its end, on the last attempt of an order only.
    `rungs` are those of the cell's ladder that were tried, in lockstep all of an order with their outcomes; none when
    the attempt did not begin. `recoveries`: the scripted motions before; `alarms`: those that ended an attempt.
    """

    order: str
    attempt: int
    sku: str
    outcome: str
    ending: str
    truth: bool | None
    started_s: float
    duration_s: float
    cycle_s: float | None = None
    seed: int | None = None
    index: int | None = None
    distribution: str | None = None
    axes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    rungs: tuple[str, ...] = ()
    recoveries: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()


class PickLog:
    """Appends lines; each is in the file when `write` returns."""

    def __init__(self, path: Path) -> None:
        """Open the file for appending; it is made if missing."""
        self._file = path.open("a", encoding="utf-8")

    def write(self, line: PickLine) -> None:
        """Append one line."""
        self._file.write(json.dumps(to_plain(asdict(line)), allow_nan=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        """Return the log; it is closed at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()
