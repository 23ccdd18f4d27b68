"""A campaign does not depend on its workers, goes on after kill -9, and refuses what does not fit before a scene."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from campaign_process import CELL, question
from command_line import copy_cell, message, spinal

from spinal.errors import EvidenceError, SceneError, SpinalError
from spinal.qualify import read_results
from spinal.run.qualification import qualify, replay_pick
from spinal.run.question import Question, open_question

PROGRAM = Path(__file__).parent / "campaign_process.py"


def run(asked: Question) -> tuple[dict[str, Any], list[int]]:
    """Return the summary and the scenes that were run now, in the order of their ends."""
    seen: list[int] = []
    return qualify(asked, lambda scenes, kept: None, lambda scene: seen.append(scene.index), pytest.fail), seen


def heads(summary: dict[str, Any]) -> list[list[str]]:
    """Return the journal heads of all picks: the same bytes were decided if they are the same."""
    scenes = read_results(Path(summary["folder"]) / "scenes.jsonl").complete
    return [[pick.journal_head for pick in scene.picks] for scene in scenes]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_killed_campaign_keeps_what_it_reported_and_goes_on_to_the_same_result(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, str(PROGRAM), str(tmp_path / "killed")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert child.stdout is not None
    lines = [child.stdout.readline().split() for _ in range(2)]
    child.send_signal(signal.SIGKILL)
    child.wait()
    reported = {int(line[0]) for line in lines}
    workers = {int(pid) for line in lines for pid in line[1:]}
    assert len(workers) == 2
    file = next((tmp_path / "killed").glob("*/scenes.jsonl"))
    kept = read_results(file).scenes
    assert reported <= set(kept)
    with file.open("ab") as end:
        end.write(b'{"scene":{"index":5,"axes":[],"pi')  # what a kill in the middle of a write leaves
    deadline = time.monotonic() + 60
    while any(map(is_alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_alive, workers)), "a worker of a killed campaign waits for ever"
    child.stdout.close()

    resumed, seen = run(question(tmp_path / "killed", workers=1))
    assert set(seen) == set(range(6)) - set(kept)
    assert resumed["scenes_kept_from_before"] == len(kept)
    whole, everything = run(question(tmp_path / "whole", workers=1))
    assert len(everything) == 6
    assert heads(resumed) == heads(whole)
    clocked = {"folder", "report", "elapsed_s", "episodes_per_hour", "load_average_1min"}
    clocked |= {key for key in whole if key.startswith("realtime")} | {"picks_run_now", "scenes_kept_from_before"}
    same = {key for key in whole if key not in clocked}
    assert {key: resumed[key] for key in same} == {key: whole[key] for key in same}


def test_the_first_pick_of_a_scene_is_the_lockstep_pick_and_a_failure_can_be_played_again(tmp_path: Path) -> None:
    from spinal.run.chain import chain_of
    from spinal.run.evaluate import Evaluation, evaluate
    from spinal.run.fit import load_fitting_cell

    asked = dataclasses.replace(question(tmp_path, scenes=3, workers=1), who="policy")
    summary, _ = run(asked)
    lockstep = evaluate(
        Evaluation(
            cell=CELL,
            distribution="deployment",
            picks=3,
            seed=summary["seed"],
            chain=chain_of(load_fitting_cell(CELL)),
        ),
        lambda result: None,
    )
    assert [one.journal_head for one in lockstep] == [row[0] for row in heads(summary)]
    for key in ("picks", "scenes", "interventions", "interventions_per_1000", "upper95_per_1000", "silent_failures"):
        assert isinstance(summary[key], int | float)
    assert summary["certified"] is False
    assert summary["design_effect"] >= 1.0
    assert summary["episodes_per_hour"] > 0
    assert summary["realtime_factor"] > 0
    assert Path(summary["report"]).is_file()
    scenes = read_results(Path(summary["folder"]) / "scenes.jsonl").complete
    failed = [(scene.index, pick.pick, pick.picture) for scene in scenes for pick in scene.picks if pick.is_failure]
    assert summary["interventions"] + summary["silent_failures"] == len(failed) > 0, "this seed has failures to show"
    assert (Path(summary["folder"]) / "pictures" / str(failed[0][2])).is_file()
    command = shlex.split(open_question(asked).replay)
    done = spinal(*command[1:], "--replay", "{}:{}".format(*failed[0]), "--json")
    again = json.loads(done.stdout)
    assert again["is_same"] is True, done.stderr
    assert list((Path(again["folder"]) / "journal").glob("*.journal"))
    assert replay_pick(asked, 77, 0)["is_same"] is None


def test_a_longer_campaign_goes_on_and_remembers_that_it_was_looked_at(tmp_path: Path) -> None:
    first, _ = run(question(tmp_path, scenes=1, workers=1))
    again, seen = run(question(tmp_path, scenes=1, workers=1))
    assert seen == []
    assert (again["looks_before"], again["episodes_per_hour"]) == (0, None)
    longer, seen = run(question(tmp_path, scenes=2, workers=1))
    assert seen == [1]
    assert (first["looks_before"], longer["looks_before"]) == (0, 1)
    assert first["folder"] == longer["folder"]


def test_two_campaigns_on_the_same_scenes_are_compared_and_others_are_not(tmp_path: Path) -> None:
    first, _ = run(question(tmp_path, scenes=2, workers=1))
    other = dataclasses.replace(question(tmp_path, scenes=2, workers=1), attempts_max=2, against=Path(first["folder"]))
    second, _ = run(other)
    assert second["folder"] != first["folder"]
    assert second["comparison"]["picks"] == 4
    with pytest.raises(EvidenceError, match="its seed differs"):
        run(dataclasses.replace(other, seed=3))
    with pytest.raises(EvidenceError, match="no campaign here"):
        run(dataclasses.replace(other, against=tmp_path))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"pool": "secret"}, "development"),
        ({"seed": 10_000}, "in the pool 'calibration'"),
        ({"seed": 500_000}, "0 to 9999"),
        ({"distribution": "nowhere"}, "deployment"),
        ({"distribution": "nowhere.toml"}, "does not exist"),
    ],
)
def test_a_question_that_does_not_fit_is_refused_before_anything_is_made(
    changed: dict[str, Any], told: str, tmp_path: Path
) -> None:
    with pytest.raises(SpinalError) as caught:
        open_question(dataclasses.replace(question(tmp_path / "runs"), **changed))
    assert told in str(caught.value)
    assert not (tmp_path / "runs").exists()


def test_a_distribution_that_declares_nothing_for_evidence_is_refused(tmp_path: Path) -> None:
    cell = copy_cell(tmp_path / "cell")
    text = (cell / "deployment.toml").read_text(encoding="utf-8").partition("# Correlation")[0]
    (cell / "deployment.toml").write_text(text.replace("sha256 =", "# sha256 ="), encoding="utf-8")
    with pytest.raises(SceneError, match="does not declare what evidence"):
        open_question(dataclasses.replace(question(tmp_path / "runs"), cell=cell))


def test_what_is_run_names_the_folder(tmp_path: Path) -> None:
    asked = question(tmp_path)
    folders = {
        open_question(dataclasses.replace(asked, **changed)).folder
        for changed in (
            {},
            {"seed": 1},
            {"picks_per_scene": 3},
            {"attempts_max": 2},
            {"who": "policy"},
            {"distribution": "lab"},
            {"is_anytime": True},
        )
    }
    assert len(folders) == 7
    assert open_question(dataclasses.replace(asked, scenes=9, workers=1, limit=0.1)).folder in folders


def test_the_command_line_refuses_with_one_message(tmp_path: Path) -> None:
    runs = ("--runs", tmp_path / "runs")
    assert "SCENE:PICK" in message(spinal("qualify", CELL, "--replay", "3", *runs))
    assert "SCENE:PICK" in message(spinal("qualify", CELL, "--replay", "9999999:0", *runs))
    assert "sealed" in message(spinal("qualify", CELL, "--pool", "final", *runs))
    changed = copy_cell(tmp_path / "cell")
    text = (changed / "deployment.toml").read_text(encoding="utf-8")
    (changed / "deployment.toml").write_text(text.replace("[0.30, 0.50]", "[0.30, 0.60]"), encoding="utf-8")
    assert "sha256 does not match" in message(spinal("qualify", changed, "--expert", *runs))
    assert not (tmp_path / "runs").exists()


def test_the_command_line_prints_one_object(tmp_path: Path) -> None:
    words = ("--expert", "--distribution", "lab", "--scenes", "1", "--picks-per-scene", "2", "--json")
    done = spinal("qualify", CELL, *words, "--runs", tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["picks"], found["scenes"], found["certified"]) == (2, 1, False)
    assert found["headline"] == "NOT CERTIFIED"
