"""A run's folder has one layout, and run.json says what ran even when the run did not live to its end."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spinal.errors import JournalError, MachineError
from spinal.record import PickLine, PickLog, RunFolder, RunRecord, begin_run, end_run, hash_file, read_run

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def begin(folder: RunFolder) -> RunRecord:
    arguments: dict[str, Any] = {
        "mode": "lockstep",
        "cell": "bin-picking",
        "spinal_version": "0.1.0",
        "files": {"cell.toml": "00"},
        "profile_hash": bytes(32),
        "policy": {"sha256": "11"},
        "seeds": {"scenes": 7},
        "settings": {"picks": 3},
    }
    return begin_run(folder.run_json, run_id=folder.name, started_at=NOON, command=["spinal", "run"], **arguments)


def test_a_new_folder_is_named_after_the_time_and_found_as_latest(tmp_path: Path) -> None:
    first = RunFolder.create(tmp_path / "runs", started=NOON, label="bin-picking")
    assert first.name == "20261122-120000-bin-picking"
    assert (tmp_path / "runs" / "latest").resolve() == first.path
    second = RunFolder.create(tmp_path / "runs", started=NOON, label="bin-picking")
    assert second.name == "20261122-120000-bin-picking-2"
    assert (tmp_path / "runs" / "latest").resolve() == second.path


def test_a_file_named_latest_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "latest").write_text("mine")
    RunFolder.create(tmp_path, started=NOON, label="x")
    assert (tmp_path / "latest").read_text() == "mine"


@pytest.mark.parametrize("label", ["../x", "a/b", "", "a b", "x" * 200])
def test_a_label_that_is_no_plain_name_is_refused(tmp_path: Path, label: str) -> None:
    if label == "":
        label = "\n"
    with pytest.raises(MachineError, match="plain file name"):
        RunFolder.create(tmp_path, started=NOON, label=label)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError, match="no run folder"):
        RunFolder.create(tmp_path / "file", started=NOON, label="x")


def test_opening_needs_a_run(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="no run here"):
        RunFolder.open(tmp_path)
    folder = RunFolder.create(tmp_path, started=NOON, label="x")
    begin(folder)
    assert RunFolder.open(tmp_path / "latest").path == folder.path


def test_run_json_says_running_until_the_end_is_written(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, started=NOON, label="x")
    record = begin(folder)
    assert read_run(folder.run_json).status == "running"
    ended = end_run(folder.run_json, record, summary={"picks": 3}, ended_at=NOON)
    assert read_run(folder.run_json) == ended
    assert (ended.status, ended.summary) == ("finished", {"picks": 3})
    failed = end_run(folder.run_json, record, summary={}, problem="the scale broke")
    assert (failed.status, failed.problem) == ("failed", "the scale broke")


def test_run_json_names_versions_machine_and_hashes(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path, started=NOON, label="x")
    begin(folder)
    raw = json.loads(folder.run_json.read_text())
    assert {"numpy", "onnxruntime", "mujoco-core"} <= raw["packages"].keys()
    assert raw["machine"]["cores"] >= 1
    assert raw["machine"]["cpu"]
    assert raw["profile_hash"] == "00" * 32
    assert raw["seeds"] == {"scenes": 7}


@pytest.mark.parametrize("content", ["", "{", "{}", '{"format": 2}'])
def test_a_run_json_that_cannot_be_read_is_one_clear_message(tmp_path: Path, content: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(content)
    with pytest.raises(JournalError, match="not readable"):
        read_run(path)


def test_a_pick_is_one_line_that_json_can_say(tmp_path: Path) -> None:
    path = tmp_path / "picks.jsonl"
    line = PickLine(
        order="T000001",
        attempt=1,
        sku="soap",
        outcome="placed",
        ending="complete",
        truth=True,
        started_s=1.0,
        duration_s=math.nan,
        evidence={"scale": {"gain_kg": math.inf, "fits": ("1 soap",)}},
    )
    for _ in range(2):
        with PickLog(path) as log:
            log.write(line)
    first, second = (json.loads(text) for text in path.read_text().splitlines())
    assert first == second
    assert first["duration_s"] is None
    assert first["evidence"] == {"scale": {"gain_kg": None, "fits": ["1 soap"]}}


def test_a_file_s_hash_is_its_sha256(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    assert hash_file(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
