"""A signed cell that may be spoiled."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from signing import sign_again

SHIPPED = Path(__file__).parents[2] / "cells" / "bin-picking"


@pytest.fixture
def cell(tmp_path: Path) -> Path:
    """Return a copy of the shipped cell's text files, signed by a throw-away key that the copy trusts."""
    folder = tmp_path / "cell"
    folder.mkdir()
    for file in SHIPPED.glob("*.toml"):
        shutil.copy(file, folder)
    sign_again(folder, "first signature")
    return folder


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """Return the file of the key that signed it."""
    return tmp_path / "cell-test-key.pem"
