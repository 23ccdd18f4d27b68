"""A scene that was reported is on the disk; what a kill cut off was not reported; what is wrong is named."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from campaigns import IDENTITY, make_scene

from spinal.errors import EvidenceError, MachineError
from spinal.qualify import ResultsFile, read_results


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "scenes.jsonl"
    with ResultsFile(path, IDENTITY) as file:
        for index in (0, 2, 1, 5):
            file.add(make_scene(index, failures=index, axes=("dark",)))
    return path


def test_what_was_added_is_read_back(path: Path) -> None:
    results = read_results(path)
    assert results.identity == IDENTITY
    assert results.scenes[2] == make_scene(2, failures=2, axes=("dark",))
    assert set(results.scenes) == {0, 1, 2, 5}


def test_only_scenes_up_to_the_first_missing_one_are_judged(path: Path) -> None:
    assert [scene.index for scene in read_results(path).complete] == [0, 1, 2]


def test_a_cut_at_any_byte_loses_no_whole_line_and_the_campaign_goes_on(path: Path) -> None:
    data = path.read_bytes()
    ends = [place + 1 for place, byte in enumerate(data) if byte == ord("\n")]
    for length in (0, 1, ends[0] - 1, *ends, *(end + 7 for end in ends[:-1]), len(data) - 1):
        path.write_bytes(data[:length])
        with ResultsFile(path, IDENTITY) as file:
            assert len(file.results.scenes) == max(sum(end <= length for end in ends) - 1, 0)
            file.add(make_scene(9))
        assert 9 in read_results(path).scenes


def test_the_results_of_another_campaign_are_refused_with_what_differs(path: Path) -> None:
    with pytest.raises(EvidenceError) as caught:
        ResultsFile(path, {**IDENTITY, "seed": 2})
    assert (caught.value.value, caught.value.allowed) == ("seed = 2", "seed = 1")
    assert caught.value.next_step


def test_a_damaged_line_is_named(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b'{"scene": {"index": 1}}\n', *lines[2:]]))
    with pytest.raises(EvidenceError, match="line 3 is damaged"):
        read_results(path)


def test_two_processes_do_not_run_one_campaign(path: Path) -> None:
    with ResultsFile(path, IDENTITY), pytest.raises(EvidenceError, match="another process"):
        ResultsFile(path, IDENTITY)
    with ResultsFile(path, IDENTITY) as file:
        assert len(file.results.scenes) == 4


def test_looks_are_remembered_once_a_size(path: Path) -> None:
    for scenes in (3, 3, 5):
        with ResultsFile(path, IDENTITY) as file:
            file.add_look(scenes)
    assert read_results(path).looks == [3, 5]
    assert sum("look" in json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()) == 2


def test_a_folder_without_results_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="no campaign here"):
        read_results(tmp_path / "scenes.jsonl")


WRONG: dict[str, dict[str, Any]] = {
    "an index below 0": {"index": -1},
    "an index that is text": {"index": "1"},
    "no pick": {"picks": []},
    "axes that are no names": {"axes": [3]},
    "a word too much": {"weather": "fine"},
    "a scene that is there already": {"index": 0},
}
WRONG_PICKS: dict[str, dict[str, Any]] = {
    "a number that is not its place": {"pick": 7},
    "a time below 0": {"cycle_s": -0.1},
    "no number": {"simulated_s": float("nan")},
    "a truth that is a number": {"succeeded": 1},
    "attempts below 0": {"attempts": -1},
    "reasons that are text": {"reasons": "because"},
    "a word too much": {"weather": "fine"},
}


def with_scene(path: Path, scene: dict[str, Any]) -> Path:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"scene": scene}) + "\n")
    return path


def good_scene(path: Path) -> dict[str, Any]:
    scene: dict[str, Any] = json.loads(path.read_text(encoding="utf-8").splitlines()[1])["scene"]
    return {**scene, "index": 7}


def test_a_scene_as_it_is_written_is_taken(path: Path) -> None:
    assert 7 in read_results(with_scene(path, good_scene(path))).scenes


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG)
def test_a_scene_that_no_campaign_writes_is_refused(path: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(EvidenceError, match="line 6 is damaged"):
        read_results(with_scene(path, {**good_scene(path), **changed}))


@pytest.mark.parametrize("changed", WRONG_PICKS.values(), ids=WRONG_PICKS)
def test_a_pick_that_no_campaign_writes_is_refused(path: Path, changed: dict[str, Any]) -> None:
    scene = good_scene(path)
    scene["picks"][0] |= changed
    with pytest.raises(EvidenceError, match="line 6 is damaged") as caught:
        read_results(with_scene(path, scene))
    assert caught.value.next_step


@pytest.mark.parametrize("look", ["-1", '"3"', "true", "1.5"])
def test_a_look_that_is_no_number_of_scenes_is_refused(path: Path, look: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(f'{{"look": {look}}}\n')
    with pytest.raises(EvidenceError, match="line 6 is damaged"):
        read_results(path)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let the system refuse what a full disk refuses: bytes beyond this size of a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 1, 500])
def test_on_a_full_disk_nothing_that_was_reported_is_lost_and_the_campaign_goes_on(path: Path, room: int) -> None:
    file = ResultsFile(path, IDENTITY)
    with file, files_of_at_most(path.stat().st_size + room), pytest.raises(MachineError) as caught:
        file.add(make_scene(3))
    assert "free space" in str(caught.value.next_step)
    assert str(path) in str(caught.value.value)
    assert 3 not in file.results.scenes, "it was not reported"
    with ResultsFile(path, IDENTITY) as again:
        assert set(again.results.scenes) == {0, 1, 2, 5}
        again.add(make_scene(3))
    assert set(read_results(path).scenes) == {0, 1, 2, 3, 5}


def test_results_of_other_code_are_not_mixed(tmp_path: Path) -> None:
    path = tmp_path / "scenes.jsonl"
    ResultsFile(path, {**IDENTITY, "code_sha256": "a"}).__exit__(None, None, None)
    with pytest.raises(EvidenceError, match="other Python code") as caught:
        ResultsFile(path, {**IDENTITY, "code_sha256": "b"})
    assert "--runs" in str(caught.value.next_step)
