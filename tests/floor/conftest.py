"""A store on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from shop import CATALOGUE, FakeTime

from spinal.floor import TaskStore


@pytest.fixture
def fake_time() -> FakeTime:
    """Return the time that the `store` fixture sees."""
    return FakeTime()


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    """Return where the `store` fixture's file is."""
    return tmp_path / "orders.sqlite"


@pytest.fixture
def store(store_path: Path, fake_time: FakeTime) -> Iterator[TaskStore]:
    """Give an empty store."""
    with TaskStore.open(store_path, catalogue=CATALOGUE, clock=fake_time.clock()) as opened:
        yield opened
