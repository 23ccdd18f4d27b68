"""The same campaign on a real Ray cluster of two nodes: the same results, also when an actor is killed."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from campaign_process import CELL
from command_line import message, spinal

from spinal.errors import EvidenceError
from spinal.qualify import read_results
from spinal.run.question import Question, open_question

pytestmark = pytest.mark.alone

CLUSTER = Path(__file__).parent / "ray_cluster.py"
WORDS = ("--expert", "--distribution", "deployment", "--picks-per-scene", "2", "--attempts", "1", "--json")
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Return the address of a cluster of two nodes."""
    cluster = subprocess.Popen(
        [sys.executable, str(CLUSTER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert cluster.stdin is not None
    assert cluster.stdout is not None
    assert cluster.stderr is not None
    try:
        lines = iter(cluster.stdout.readline, "")
        found = next((line for line in lines if line.startswith("{")), None)
        assert found is not None, cluster.stderr.read()
        yield json.loads(found)["address"]
    finally:
        cluster.stdin.close()
        cluster.wait(timeout=60)
        cluster.stdout.close()
        cluster.stderr.close()


def heads(folder: str) -> list[list[str]]:
    scenes = read_results(Path(folder) / "scenes.jsonl").complete
    return [[pick.journal_head for pick in scene.picks] for scene in scenes]


def actors() -> list[int]:
    """Return the processes of Ray actors that hold a simulator."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if command.startswith(b"ray::_Seat"):
                found.append(int(folder.name))
    return found


def test_a_campaign_on_two_nodes_gives_the_same_bytes_also_when_an_actor_is_killed(
    address: str, tmp_path: Path
) -> None:
    here = spinal("qualify", CELL, *WORDS, "--scenes", "4", "--runs", tmp_path / "here")
    assert here.returncode == 0, here.stderr
    expected: dict[str, Any] = json.loads(here.stdout)
    others = set(actors())
    command = ["qualify", str(CELL), *WORDS, "--scenes", "4", "--workers", "2", "--ray", address]
    there = subprocess.Popen(
        [sys.executable, "-c", "from spinal.cli import main; main()", *command, "--runs", str(tmp_path / "there")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    deadline = time.monotonic() + 120
    while not (seen := set(actors()) - others) and time.monotonic() < deadline and there.poll() is None:
        time.sleep(0.02)
    for victim in sorted(seen)[:1]:
        os.kill(victim, signal.SIGKILL)
    told, complaint = there.communicate(timeout=200)
    assert seen, complaint
    assert there.returncode == 0, complaint
    found = json.loads(told)
    assert heads(found["folder"]) == heads(expected["folder"])
    assert len(heads(found["folder"])) == 4
    for key in ("picks", "scenes", "interventions", "upper95_per_1000", "silent_failures", "certified"):
        assert found[key] == expected[key]


def test_an_error_of_a_worker_comes_back_whole(address: str, tmp_path: Path) -> None:
    asked = Question(cell=CELL, distribution="lab", scenes=1, picks_per_scene=1, workers=1, runs=tmp_path, who="expert")
    campaign = open_question(asked).campaign
    program = (
        "import dataclasses, pickle, sys\n"
        "from spinal.run.ray_pool import run_on_ray\n"
        "campaign = pickle.loads(bytes.fromhex(sys.argv[1]))\n"
        "wrong = dataclasses.replace(campaign, hashes=(('core', '00'),))\n"
        "try:\n"
        "    list(run_on_ray(wrong, [0], 1, sys.argv[2]))\n"
        "except Exception as error:\n"
        "    sys.stdout.write(type(error).__name__ + ': ' + str(error))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, pickle.dumps(campaign).hex(), address],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.stdout.startswith(EvidenceError.__name__), done.stderr
    assert "another c" in done.stdout


def test_a_cluster_that_does_not_answer_is_one_message(tmp_path: Path) -> None:
    words = ("--scenes", "1", "--ray", "127.0.0.1:1", "--runs", tmp_path)
    text = message(spinal("qualify", CELL, *WORDS, *words))
    assert "no Ray cluster answers" in text
    assert "127.0.0.1:1" in text
