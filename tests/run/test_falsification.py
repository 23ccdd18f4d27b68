"""A search leaves every point behind, and what it found is shown again by the command that it prints."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from campaign_process import CELL
from command_line import message, spinal


def test_what_was_found_is_shown_again_by_its_command(tmp_path: Path) -> None:
    words = ("--evaluations", "22", "--picks-per-scene", "1", "--attempts", "1", "--workers", "2", "--json")
    done = spinal("falsify", CELL, *words, "--runs", tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    kept = json.loads((Path(found["folder"]) / "falsify.json").read_text(encoding="utf-8"))
    assert 10 < len(kept["points"]) == found["tried"] <= 22
    assert found["is_found"], "the shipped policy fails under many shifts of the deployment"
    assert found["failures_without_shift"] == 0
    assert found["ranges"]
    again = spinal("falsify", CELL, *words, "--runs", tmp_path)
    resumed = json.loads(again.stdout)
    assert resumed.pop("kept_from_before") == found["tried"], "no point is tried a second time"
    assert resumed == {key: value for key, value in found.items() if key != "kept_from_before"}
    shown = spinal(*shlex.split(found["command"])[1:], "--json")
    assert shown.returncode == 0, shown.stderr
    point = json.loads(shown.stdout)
    assert point["severities"] == found["severities"]
    assert [pick["is_failure"] for pick in point["picks"]] == [True]
    assert list((Path(point["folder"]) / "journal").glob("*.journal"))


def test_an_estimate_goes_on_after_a_kill_and_shows_each_failure_again(tmp_path: Path) -> None:
    words = ("--method", "subset", "--evaluations", "20", "--attempts", "1", "--workers", "2", "--json")
    done = spinal("falsify", CELL, *words, "--runs", tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["is_met"], "the shipped policy, raw, fails often in the deployment"
    assert 0.0 < found["low95_per_1000"] < found["failures_per_1000"] < found["high95_per_1000"] <= 1000.0
    assert "certifies nothing" in found["honesty"]
    points = Path(found["folder"]) / "points.jsonl"
    whole = points.read_bytes()
    points.write_bytes(whole[: len(whole) // 2])  # what a kill leaves: whole lines, and one that is cut
    resumed = json.loads(spinal("falsify", CELL, *words, "--runs", tmp_path).stdout)
    assert 0 < resumed.pop("kept_from_before") < found["tried"]
    assert resumed == {key: value for key, value in found.items() if key != "kept_from_before"}
    assert points.read_bytes() == whole
    shown = spinal(*shlex.split(found["counterexamples"][0])[1:], "--json")
    assert shown.returncode == 0, shown.stderr
    point = json.loads(shown.stdout)
    assert [pick["is_failure"] for pick in point["picks"]] == [True]
    assert list((Path(point["folder"]) / "journal").glob("*.journal"))


def test_a_wrong_search_is_one_message(tmp_path: Path) -> None:
    runs = ("--runs", tmp_path / "runs")
    assert "AXIS=SHARE" in message(spinal("falsify", CELL, "--at", "heavy", *runs))
    assert "dim-light" in message(spinal("falsify", CELL, "--at", "fog=0.5", *runs))
    assert "one pick" in message(spinal("falsify", CELL, "--method", "subset", "--picks-per-scene", "2", *runs))
    assert "axis heavy" in message(spinal("falsify", CELL, "--method", "subset", "--at", "scene=0.5", *runs))
    assert "in part" in message(spinal("falsify", CELL, "--distribution", "lab", *runs))
    assert not (tmp_path / "runs").exists()
