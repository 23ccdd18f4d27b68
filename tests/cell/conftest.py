"""A cell that may be spoiled."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from spoiling import SHIPPED


@pytest.fixture
def cell(tmp_path: Path) -> Path:
    """Return a copy of the shipped cell's text files and signature that a test may spoil."""
    for file in (*SHIPPED.glob("*.toml"), SHIPPED / "limits.sig"):
        shutil.copy(file, tmp_path)
    return tmp_path
