"""Tests that need the machine for themselves say so, or they would fail now and then beside others."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parents[1]
WHOLE_CELLS = ("from cell_process import", "ray_cluster.py", "from spinal.run import benches")
"""What starts a cell in real time, a cluster or a measurement."""


def test_a_file_that_starts_a_whole_cell_or_measures_runs_alone() -> None:
    found = []
    for file in sorted(TESTS.glob("*/test_*.py")):
        text = file.read_text(encoding="utf-8")
        if file != Path(__file__) and any(words in text for words in WHOLE_CELLS):
            found.append(file.name)
            assert "pytest.mark.alone" in text, f"{file} has to say: pytestmark = pytest.mark.alone"
    assert {"test_realtime.py", "test_ray.py", "test_benches.py"} <= set(found)
