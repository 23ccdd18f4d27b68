"""What was found at every point of a search, kept so that a killed search goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from spinal.qualify.lines import LinesFile
from spinal.qualify.search import Outcomes, Severities

Try = Callable[[Sequence[Severities]], Iterator[Outcomes]]
"""Tries points and yields what was found at each, in their order, as soon as it is known."""

_POINT: TypeAdapter[dict[str, float]] = TypeAdapter(dict[str, float], config=ConfigDict(allow_inf_nan=False))
_MARGINS: TypeAdapter[tuple[float, ...]] = TypeAdapter(tuple[float, ...], config=ConfigDict(allow_inf_nan=False))


class PointsFile:
    """Points appended a line each. A search that asks the same again is answered from here."""

    def __init__(self, path: Path, identity: Mapping[str, Any], attempt: Try) -> None:
        """Open or begin the file; `attempt` tries what is not in it. Errors are those of `LinesFile`."""
        self.kept = 0
        self._known: dict[str, Outcomes] = {}
        self._try = attempt
        self._lines = LinesFile(path, identity, self._take)
        self.kept = len(self._known)

    def __enter__(self) -> PointsFile:
        """Return the open file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._lines.__exit__(kind, error, trace)

    def __call__(self, points: Sequence[Severities]) -> list[Outcomes]:
        """Return what is found at these points; each new one is on the disk before the next is waited for."""
        new = [point for point in points if _key(point) not in self._known]
        for point, margins in zip(new, self._try(new), strict=True):
            self._lines.append({"severities": dict(point), "margins": margins})
            self._known[_key(point)] = margins
        return [self._known[_key(point)] for point in points]

    def _take(self, line: Mapping[str, Any]) -> None:
        point = _POINT.validate_python(line["severities"])
        margins = _MARGINS.validate_python(line["margins"])
        if not margins:
            raise ValueError("a point without a pick")
        self._known[_key(point)] = margins


def _key(point: Severities) -> str:
    return json.dumps(dict(point), sort_keys=True)
