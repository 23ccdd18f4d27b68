"""A scene that was reported is on the disk; what a kill cut off was not reported; what is wrong is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from campaigns import IDENTITY, make_scene

from spinal.errors import EvidenceError
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
