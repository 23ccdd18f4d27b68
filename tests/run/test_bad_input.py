"""What bad input gets, from the real command line: one clear message, an exit code that is not 0, nothing lost."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
import typer.main
from command_line import add_policy, copy_cell, message, run_json, spinal

from spinal.cli.app import app
from spinal.errors import SpinalError

LOCKSTEP = ("--lockstep", "--expert")


@pytest.fixture
def cell(tmp_path: Path) -> Path:
    """Return a cell without a policy that a test may spoil."""
    return copy_cell(tmp_path / "cell")


@pytest.fixture
def broken_gl(tmp_path: Path) -> str:
    """Return a library path on which no OpenGL can be loaded."""
    folder = tmp_path / "libraries"
    folder.mkdir()
    for name in ("libEGL.so.1", "libEGL.so", "libGL.so.1", "libOpenGL.so.0"):
        (folder / name).write_text("not a library", encoding="utf-8")
    return str(folder)


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "cell.toml",
            "attempts_max",
            "atempts_max",
            ("unknown key 'task.atempts_max'", "did you mean 'attempts_max'?"),
        ),
        ("limits.toml", "jerk_max_rad_s3 = 400.0\n", "", ("joints.shoulder_pan.jerk_max_rad_s3", "no default")),
        ("limits.toml", "[joints.elbow]", "[joints.elbo]", ("value:   elbo", "did you mean 'elbow'?")),
        ("cell.toml", '"elbow"', '"knee"', ("joints.elbow", "knee")),
        ("limits.toml", "jerk_max_rad_s3 = 400.0", "jerk_max_rad_s3 = 1e9", ("joints.shoulder_pan", "1000000000")),
    ],
)
def test_a_wrong_cell_file_is_one_message(cell: Path, file: str, old: str, new: str, told: tuple[str, ...]) -> None:
    spoil(cell / file, old, new)
    text = message(spinal("show", cell))
    assert str(cell / file) in text or str(cell / "limits.toml") in text
    for part in told:
        assert part in text


@pytest.mark.hazard("H-13")
@pytest.mark.parametrize("words", [("--lockstep", "--picks", "2"), ("--port", "0")])
def test_a_policy_that_does_not_fit_the_cell_is_refused_before_a_run_is_made(
    cell: Path, words: tuple[str, ...], tmp_path: Path
) -> None:
    add_policy(cell, proprioception=["tool_x_m", "force_n"])
    text = message(spinal("run", cell, *words, "--runs", tmp_path / "runs"))
    assert "value:   force_n" in text
    assert "scale_kg" in text
    assert not (tmp_path / "runs").exists()


def test_a_cell_whose_policy_is_missing_can_be_shown_and_says_what_to_do(cell: Path) -> None:
    done = spinal("show", cell, "--json")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["cell"] == "bin-picking"
    assert shown["policy"]["missing"] == str(cell / "policy")
    assert "spinal learn" in shown["policy"]["next"]


def test_a_port_in_use_is_told_before_a_run_is_made(cell: Path, tmp_path: Path) -> None:
    add_policy(cell)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        text = message(spinal("run", cell, "--port", str(port), "--runs", tmp_path / "runs"))
    assert f"127.0.0.1:{port}" in text
    assert "Address already in use" in text
    assert "--port" in text
    assert not (tmp_path / "runs").exists()


def test_a_missing_gl_library_is_found_by_the_doctor(broken_gl: str) -> None:
    done = spinal("doctor", "--port", "0", "--json", LD_LIBRARY_PATH=broken_gl)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    found = {examination["name"]: examination for examination in json.loads(done.stdout)["examinations"]}
    assert found["headless rendering"]["grade"] == "missing"
    assert "apt-get install" in found["headless rendering"]["next_step"]
    assert found["Rust core"]["grade"] == "ok"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_missing_gl_library_ends_an_evaluation_with_a_message_also_from_its_workers(
    cell: Path, broken_gl: str, workers: str, tmp_path: Path
) -> None:
    words = (*LOCKSTEP, "--picks", "8", "--workers", workers, "--runs", tmp_path / "runs")
    text = message(spinal("run", cell, *words, LD_LIBRARY_PATH=broken_gl))
    assert "headless OpenGL" in text
    record = run_json(tmp_path / "runs")
    assert record["status"] == "failed"
    assert "headless OpenGL" in record["problem"]


def test_a_missing_gl_library_ends_a_real_time_run_with_the_words_of_the_robot(
    cell: Path, broken_gl: str, tmp_path: Path
) -> None:
    add_policy(cell)
    done = spinal("run", cell, "--port", "0", "--runs", tmp_path / "runs", LD_LIBRARY_PATH=broken_gl)
    text = message(done)
    assert "the simulated robot did not start" in text
    assert "headless OpenGL" in text
    record = run_json(tmp_path / "runs")
    assert record["status"] == "failed"
    assert not Path(f"/dev/shm/spinal-{record['run_id']}").exists()


@pytest.mark.hazard("H-28")
def test_a_corrupt_journal_is_named_and_no_other_file_is_touched(cell: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    made = spinal("run", cell, *LOCKSTEP, "--picks", "1", "--journal", "full", "--runs", runs)
    assert made.returncode == 0, made.stderr
    assert str(runs) in made.stderr.replace("\n", "")
    journal = runs / "latest" / "journal" / "000000.journal"
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 1
    journal.write_bytes(data)
    done = spinal("verify", runs / "latest")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.count("000000.journal") == done.stderr.count("byte ") == 1, "the place is told once"
    assert "BROKEN" in done.stderr
    assert "not closed" not in done.stderr
    assert "cannot be replayed" in message(spinal("replay", runs / "latest"))
    assert journal.read_bytes() == data
    journal.write_bytes(b"no journal at all")
    assert spinal("verify", runs / "latest").returncode == 1


@pytest.mark.parametrize("command", ["verify", "replay", "show"])
def test_a_run_that_is_not_there_is_one_message(command: str, tmp_path: Path) -> None:
    assert str(tmp_path / "nothing") in message(spinal(command, tmp_path / "nothing"))


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("--workers", "2"), "--workers"),
        (("--expert",), "--expert"),
        (("--attempts", "2"), "--attempts"),
        (("--journal", "full"), "--journal"),
        (("--lockstep", "--orders", "3"), "--orders"),
        (("--lockstep", "--port", "0"), "--port"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(
    cell: Path, words: tuple[str, ...], option: str, tmp_path: Path
) -> None:
    command = typer.main.get_command(app)
    with pytest.raises(SpinalError) as caught:
        command.main(["run", str(cell), *words, "--runs", str(tmp_path / "runs")], standalone_mode=False)
    assert caught.value.what.startswith(f"{option} does nothing with")
    assert option not in str(caught.value.allowed)
    assert not (tmp_path / "runs").exists()


def test_picks_without_lockstep_do_not_become_a_run_without_end(cell: Path, tmp_path: Path) -> None:
    text = message(spinal("run", cell, "--picks", "20", "--runs", tmp_path / "runs"))
    assert "value:   20" in text
    assert "add --lockstep" in text
    assert not (tmp_path / "runs").exists()


def test_a_journal_that_is_neither_digest_nor_full_is_refused(cell: Path, tmp_path: Path) -> None:
    done = spinal("run", cell, *LOCKSTEP, "--journal", "nope", "--runs", tmp_path / "runs")
    assert done.returncode == 2
    assert "digest" in done.stderr
    assert "full" in done.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("name", ["--axis", "--distribution"])
def test_scenes_that_are_not_declared_are_named_before_a_run_is_made(cell: Path, name: str, tmp_path: Path) -> None:
    text = message(spinal("run", cell, *LOCKSTEP, name, "fog", "--runs", tmp_path / "runs"))
    assert "value:   fog" in text
    assert not (tmp_path / "runs").exists()


def test_a_wrong_cell_is_refused_before_a_course_begins(cell: Path, tmp_path: Path) -> None:
    spoil(cell / "cell.toml", "width = 96", "width = 128")
    text = message(spinal("learn", cell, "--small", "--out", tmp_path / "policy", "--work", tmp_path / "work"))
    assert "128x96" in text
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize("words", [("--traceback", "show"), ("show", "--traceback")])
def test_a_traceback_is_shown_when_it_is_asked_for(words: tuple[str, ...], tmp_path: Path) -> None:
    done = spinal(*words, tmp_path)
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert "nothing here that can be shown" in done.stderr
