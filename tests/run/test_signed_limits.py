"""A run holds limits that somebody answers for, or says loudly that nobody does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from command_line import copy_cell, message, run_json, spinal
from signing import sign_again

from spinal.record import read_run
from spinal.run.campaign import LockstepRun, run_lockstep
from spinal.run.evaluate import Evaluation
from spinal.run.pick import PickResult
from spinal.run.showing import write_again

LOCKSTEP = ("--lockstep", "--expert", "--picks", "1")


@pytest.fixture
def cell(tmp_path: Path) -> Path:
    return copy_cell(tmp_path / "cell")


def alter(cell: Path) -> None:
    with (cell / "limits.toml").open("a", encoding="utf-8") as file:
        file.write("# altered\n")


@pytest.mark.hazard("H-23")
@pytest.mark.parametrize("words", [LOCKSTEP, ("--port", "0")])
@pytest.mark.parametrize("spoil", [alter, lambda cell: (cell / "limits.sig").unlink()])
def test_a_profile_that_is_not_signed_is_refused_before_a_run_is_made(
    cell: Path, words: tuple[str, ...], spoil: Any, tmp_path: Path
) -> None:
    spoil(cell)
    text = message(spinal("run", cell, *words, "--runs", tmp_path / "runs"))
    assert f"spinal limits sign {cell}" in text
    assert not (tmp_path / "runs").exists()


def test_the_shipped_signature_stands_in_run_json_the_journal_and_the_report(tmp_path: Path) -> None:
    cell = copy_cell(tmp_path / "cell")
    sign_again(cell, "for this test")
    done = spinal("run", cell, *LOCKSTEP, "--runs", tmp_path / "runs", "--json")
    assert done.returncode == 0, done.stderr
    assert "UNSIGNED" not in done.stderr
    safety = run_json(tmp_path / "runs")["safety"]
    assert (safety["signature"], safety["signer"], safety["reason"]) == (
        "signed",
        "throw-away test key",
        "for this test",
    )
    assert (safety["was_allowed_unsigned"], safety["has_changed_on_disk"]) == (False, False)
    assert safety["key"] in (tmp_path / "runs" / "latest" / "report.html").read_text(encoding="utf-8")
    meta = journal_meta(tmp_path / "runs" / "latest" / "journal" / "000000.journal")
    assert meta["safety"]["key"] == safety["key"]


def test_an_unsigned_run_says_so_in_the_terminal_run_json_the_journal_and_the_report(
    cell: Path, tmp_path: Path
) -> None:
    alter(cell)
    done = spinal("run", cell, *LOCKSTEP, "--unsigned", "--runs", tmp_path / "runs", "--json")
    assert done.returncode == 0, done.stderr
    assert "UNSIGNED SAFETY PROFILE" in done.stderr
    safety = run_json(tmp_path / "runs")["safety"]
    assert (safety["signature"], safety["was_allowed_unsigned"]) == ("altered", True)
    page = (tmp_path / "runs" / "latest" / "report.html").read_text(encoding="utf-8")
    assert "UNSIGNED SAFETY PROFILE" in page
    assert "nobody answers for these limits" in page
    meta = journal_meta(tmp_path / "runs" / "latest" / "journal" / "000000.journal")
    assert meta["safety"] == {
        "signature": "altered",
        "signer": safety["signer"],
        "key": safety["key"],
        "was_allowed_unsigned": True,
    }


@pytest.mark.hazard("H-23")
def test_limits_that_change_on_the_disk_have_no_effect_on_a_run_and_are_told_at_its_end(
    cell: Path, tmp_path: Path
) -> None:
    warnings: list[str] = []

    def on_pick(result: PickResult) -> None:
        if result.index == 0:
            text = (cell / "limits.toml").read_text(encoding="utf-8")
            (cell / "limits.toml").write_text(text.replace("velocity_max_rad_s = 3.14", "velocity_max_rad_s = 0.1"))

    asked = Evaluation(cell=cell, who="expert", picks=3, seed=3)
    changed = run_lockstep(LockstepRun(evaluation=asked, runs=tmp_path / "a", on_warning=warnings.append), on_pick)
    assert any("changed on the disk" in text for text in warnings)
    folder = Path(changed["run"])
    record = read_run(folder / "run.json")
    assert record.safety is not None
    assert record.safety.has_changed_on_disk
    assert record.safety.profile_hash_at_end not in (None, record.profile_hash)
    assert "changed on disk during the run" in write_again(folder).read_text(encoding="utf-8")
    again = Evaluation(cell=copy_cell(tmp_path / "same"), who="expert", picks=3, seed=3)
    untouched = run_lockstep(LockstepRun(evaluation=again, runs=tmp_path / "b"), lambda result: None)
    assert untouched["simulated_s"] == changed["simulated_s"]
    assert untouched["verdicts"] == changed["verdicts"]


def journal_meta(path: Path) -> dict[str, Any]:
    """Return what the host wrote into a journal's header: its only JSON object with a cell."""
    found = re.search(rb'\{"cell".*?\}\}', path.read_bytes()[:65536])
    assert found, "the header holds what the host wrote"
    meta: dict[str, Any] = json.loads(found[0])
    return meta
