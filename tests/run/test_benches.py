"""The real-time bench measures the loop of a run: its robot moves, and what it finds is told with its baseline."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinal.run import benches

pytestmark = pytest.mark.alone

CELL = Path(__file__).parents[2] / "cells" / "bin-picking"


def test_the_robot_of_the_real_time_bench_moves_and_breaks_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benches, "RATES_HZ", ())
    report = benches.bench_realtime(CELL, 1.0)
    assert report["moving_ticks"] > 0
    assert report["violation_max"] == 0.0
    assert report["ticks"] + report["missed"] >= 1000


@pytest.mark.parametrize("hz", [10_000, 100_000])
def test_wake_up_at_a_rate_is_told_idle_and_beside_a_busy_interpreter_with_the_bare_loop_of_the_same_run(
    hz: int,
) -> None:
    report = benches.bench_realtime(CELL, 1.0, hz)
    assert [(row["hz"], row["beside"]) for row in report["rates"]] == [(hz, "idle"), (hz, "busy_interpreter")]
    for row in report["rates"]:
        assert row["ticks"] > 0
        assert row["baseline_ticks"] > 0
        assert row["missed"] >= 0
        assert row["missed_baseline"] >= 0
        for share in ("p50", "p99"):
            found, bare = row[f"wake_{share}_ns"], row[f"wake_{share}_ns_baseline"]
            assert row[f"wake_ratio_{share}"] == pytest.approx(found / max(bare, 1))
