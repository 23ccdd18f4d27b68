"""The cell in real time, with its real processes: orders get done, and the death of a process loses none of them.

These tests use the wall clock, because processes and their deaths are what they are about; every wait is bounded.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cell_process
import pytest
from cell_process import PATIENCE_S, running_cell

from spinal import _core
from spinal.run.evidence import replay_run, verify_run

pytestmark = pytest.mark.alone

WORKER_BACK_S = 3.0
"""A killed worker is back so soon, or on a loaded machine in three times what its interpreter alone takes to start."""
ENDED = {"done", "failed", "needs_review", "cancelled"}


def test_orders_over_rest_get_done_and_the_run_tells_its_story(tmp_path: Path) -> None:
    with running_cell(tmp_path / "runs") as cell:
        tasks = [cell.order(sku, f"k-{sku}") for sku in ("soap", "beans")]
        assert cell.order("soap", "k-soap") == tasks[0]
        cell.wait(lambda: all(cell.state(task) in ENDED for task in tasks), "the end of both orders", 90)
        folder = cell.folder
        summary = cell.end()
    assert summary["done"] == 2, summary
    assert verify_run(folder)["is_intact"]
    assert replay_run(folder)["is_identical"]
    assert (folder / "report.html").stat().st_size > 20_000
    assert (folder / "recording.mcap").stat().st_size > 20_000
    assert not list(Path("/dev/shm").glob(f"spinal-{folder.name}"))


@pytest.mark.hazard("H-12")
def test_a_killed_policy_worker_stops_the_robot_and_comes_back_and_the_order_is_finished(tmp_path: Path) -> None:
    with running_cell(tmp_path / "runs") as cell:
        interpreter_s = start_of_an_interpreter_s()
        task = cell.order("soap", "k-1")
        cell.wait(lambda: cell.status().mode == "track" and cell.health()["phase"] == "picking", "motion by the policy")
        cell.wait(lambda: max(abs(cell.status().velocity_command_rad_s)) > 0.2, "the arm in mid-motion")
        worker = cell.health()["processes"]["decide"]
        os.kill(worker, signal.SIGKILL)
        killed = time.monotonic()
        status = cell.wait(lambda: (s := cell.status()).is_at_rest and s.mode != "track" and s, "the robot at rest")
        assert max(abs(status.velocity_command_rad_s)) == 0.0
        assert status.is_powered
        assert status.clears in ("next_proposal", "next_grant")
        back = cell.wait(
            lambda: (p := cell.health()["processes"].get("decide")) not in (None, worker) and p, "a worker"
        )
        cell.wait(lambda: cell.health()["worker"] == "ready", "its first heartbeat")
        assert time.monotonic() - killed < max(WORKER_BACK_S, 3.0 * interpreter_s)
        assert back != worker
        cell.wait(lambda: cell.state(task) in ENDED, "the end of the order", 60)
        assert cell.state(task) in ("done", "needs_review")
        summary = cell.end()
        assert summary["worker_restarts"] == 1
        assert verify_run(cell.folder)["is_intact"]


@pytest.mark.hazard("H-12")
def test_a_hung_policy_worker_is_replaced(tmp_path: Path) -> None:
    with running_cell(tmp_path / "runs") as cell:
        worker = cell.health()["processes"]["decide"]
        os.kill(worker, signal.SIGSTOP)
        cell.wait(lambda: cell.health()["processes"].get("decide") not in (None, worker), "another worker")
        cell.wait(lambda: cell.health()["worker"] == "ready", "its first heartbeat")


@pytest.mark.hazard("H-27", "H-29")
def test_after_kill_9_of_everything_no_order_is_lost_or_done_twice(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    with running_cell(runs) as cell:
        tasks = [cell.order(sku, f"k-{number}") for number, sku in enumerate(("beans", "soap", "tuna"))]
        cell.wait(lambda: cell.state(tasks[0]) in ENDED, "the end of the first order", 90)
        cell.wait(lambda: cell.state(tasks[1]) in ("leased", "placing"), "work on the second order")
        cell.wait(lambda: max(abs(cell.status().velocity_command_rad_s)) > 0.2, "the arm in mid-motion")
        first = cell.state(tasks[0])
        killed = cell.folder
        cell.kill_everything()
    journal = verify_run(killed)
    assert journal["is_intact"], journal["problems"]
    assert journal["synced_entries"] > 0
    with running_cell(runs) as cell:
        assert [cell.order(sku, f"k-{number}") for number, sku in enumerate(("beans", "soap", "tuna"))] == tasks
        cell.wait(lambda: all(cell.state(task) in ENDED for task in tasks), "the end of all orders", 120)
        assert cell.state(tasks[0]) == first
        for task in tasks:
            view = cell.web.get(f"/tasks/{task}").json()
            assert view["placed"] <= 1
        cell.end()
    assert not list(Path("/dev/shm").glob(f"spinal-{killed.name}")), "the next run clears what a killed one left"


@pytest.mark.hazard("H-23")
def test_a_person_can_have_the_robot_slower_for_a_while_and_never_faster(tmp_path: Path) -> None:
    with running_cell(tmp_path / "runs") as cell:
        assert cell.web.post("/console/slow", json={"scale": 2.0, "for_s": 5.0}).status_code == 422
        assert cell.web.post("/console/slow", json={"scale": 0.25, "for_s": 6.0}).status_code == 202
        cell.order("soap", "k-1")
        status = cell.wait(lambda: (s := cell.status()).speed_scale < 1.0 and s, "less speed")
        assert (status.speed_scale, status.tighten_reason) == (0.25, "operator")
        slowed = time.monotonic()
        while time.monotonic() - slowed < 2.0:
            status = cell.status()
            if status.speed_scale < 1.0 and time.monotonic() - slowed > 0.5:
                assert max(abs(status.velocity_command_rad_s)) <= 0.25 * 3.14
            time.sleep(0.01)
        cell.wait(lambda: cell.status().speed_scale == 1.0, "all speed again")
        cell.wait(lambda: max(abs(cell.status().velocity_command_rad_s)) > 0.25 * 3.14, "motion at more speed", 30)
        folder = cell.folder
        cell.end()
    controls = [entry for entry in journal_entries(folder) if entry["kind"] == "control"]
    assert [entry["scale"] for entry in controls if entry["control"] == "tighten"] == [0.25]
    assert replay_run(folder)["is_identical"]


def test_a_cell_that_a_test_gives_up_on_leaves_nothing_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_process, "START_PATIENCE_S", 0.0)
    with pytest.raises(AssertionError, match="did not come within"), running_cell(tmp_path / "runs"):
        pass
    mine = str(tmp_path).encode()
    left = [folder.name for folder in Path("/proc").glob("[0-9]*") if mine in command_line(folder)]
    assert left == []


def command_line(folder: Path) -> bytes:
    with contextlib.suppress(OSError):
        return (folder / "cmdline").read_bytes()
    return b""


def start_of_an_interpreter_s() -> float:
    """Return how long a worker's interpreter takes on this machine now, until it has its libraries, s."""
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", "import spinal.run.decide_process"], check=True, timeout=PATIENCE_S)
    return time.monotonic() - begun


def journal_entries(folder: Path) -> list[dict[str, Any]]:
    return [entry for segment in sorted((folder / "journal").iterdir()) for entry in _core.read_journal(segment)]
