"""A search that was killed goes on where it was, and ends as if nothing had happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from campaigns import IDENTITY

from spinal.errors import EvidenceError
from spinal.qualify import Found, Outcomes, PointsFile, Severities, search

AXES = ("dark", "heavy", "oily")


class KilledError(Exception):
    """What a kill is to this test."""


class Cell:
    """A cell that fails when it is dark and heavy at once; it is killed after so many points."""

    def __init__(self, kill_after: int | None = None) -> None:
        self.tried = 0
        self._kill_after = kill_after

    def __call__(self, points: Sequence[Severities]) -> Iterator[Outcomes]:
        for point in points:
            if self.tried == self._kill_after:
                raise KilledError
            self.tried += 1
            margin = 1.2 - point["dark"] - point["heavy"]
            yield (margin if margin > 0.0 else -1.0,)


def searched(path: Path, cell: Cell) -> Found:
    with PointsFile(path, IDENTITY, cell) as points:
        return search(AXES, points, 60, seed=3)


@pytest.mark.parametrize("kill_after", [0, 1, 7, 30])
def test_a_killed_search_goes_on_where_it_was_to_the_same_end(tmp_path: Path, kill_after: int) -> None:
    whole_cell = Cell()
    whole = searched(tmp_path / "whole.jsonl", whole_cell)
    killed = tmp_path / "killed.jsonl"
    with pytest.raises(KilledError):
        searched(killed, Cell(kill_after))
    with killed.open("ab") as file:
        file.write(b'{"severities": {"dark"')  # what a kill in the middle of a write leaves
    rest = Cell()
    assert searched(killed, rest) == whole
    assert rest.tried == whole_cell.tried - kill_after
    assert whole.mildest is not None


def test_a_search_that_ended_is_told_again_without_a_pick(tmp_path: Path) -> None:
    first = searched(tmp_path / "points.jsonl", Cell())
    idle = Cell()
    assert searched(tmp_path / "points.jsonl", idle) == first
    assert idle.tried == 0


@pytest.mark.parametrize(
    "line",
    [
        '{"severities": {"dark": NaN}, "margins": [1.0]}',
        '{"severities": {"dark": 0.5}, "margins": []}',
        '{"severities": {"dark": 0.5}, "margins": ["much"]}',
        '{"severities": {"dark": 0.5}}',
    ],
)
def test_a_point_that_no_search_writes_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "points.jsonl"
    searched(path, Cell())
    whole = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*whole, line, ""]), encoding="utf-8")
    with pytest.raises(EvidenceError, match=f"line {len(whole) + 1} is damaged"):
        searched(path, Cell())
