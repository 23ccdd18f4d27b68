"""One compiled cell for all tests of the simulation, and the shipped scene distributions."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinal.sim.cell import Cell
from spinal.sim.distribution import Distribution, load_distribution

CELL = Path(__file__).parents[2] / "cells" / "bin-picking"


@pytest.fixture(scope="session")
def cell() -> Cell:
    return Cell()


@pytest.fixture(scope="session")
def lab() -> Distribution:
    return load_distribution(CELL / "lab.toml")


@pytest.fixture(scope="session")
def deployment() -> Distribution:
    return load_distribution(CELL / "deployment.toml")
