"""Practice is labelled by the expert whoever acts, is the same for the same seed, and is stored whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toy_site import IMAGE_PX, STEPS, DeadlySite, ToySite

from spinal.errors import MachineError
from spinal.learn import LearnSettings
from spinal.learn.collect import Round, collect, disturbed_expert, practise, roll_out, shard_paths
from spinal.learn.shards import FIELDS, Practice, practice_hash, read_shard, write_shard

SETTINGS = replace(LearnSettings.small(), picks_per_shard=3, workers=2)
ROUND = Round(name="round-0", seed=5, picks=7, bundle=None)


def collected(folder: Path, settings: LearnSettings = SETTINGS, what: Round = ROUND) -> list[Practice]:
    heard: list[int] = []
    summary = collect(ToySite(), what, settings, folder, heard.append)
    assert summary.picks == sum(heard) == what.picks
    return [read_shard(path) for path in shard_paths(folder, what, settings)]


def test_the_same_seed_gives_the_same_practice_whatever_the_workers(tmp_path: Path) -> None:
    one = collected(tmp_path / "one", replace(SETTINGS, workers=1))
    two = collected(tmp_path / "two", SETTINGS)
    other = collected(tmp_path / "other", what=replace(ROUND, seed=6))
    assert practice_hash(one) == practice_hash(two) != practice_hash(other)


def test_every_moment_carries_what_the_expert_would_do_not_what_was_done() -> None:
    pick = ToySite().pick(1, 2)
    done = np.full((STEPS, 4), 0.01, np.float32)
    labels, seen = [], []

    def act(moment: object, expert: np.ndarray) -> np.ndarray:
        labels.append(expert)
        seen.append(moment.images["wrist"])  # type: ignore[attr-defined]
        return done

    practice = roll_out(pick, act, 2, "wrist")
    assert practice.moments == len(labels) == 12
    np.testing.assert_array_equal(practice.chunk, np.stack(labels))
    np.testing.assert_array_equal(practice.image, np.stack(seen))
    assert practice.image.shape == (12, IMAGE_PX, IMAGE_PX, 3)
    assert set(practice.pick) == {2}


def test_the_disturbed_expert_is_pushed_aside_but_never_down() -> None:
    settings = replace(SETTINGS, disturbed_share=0.5)
    expert = np.zeros((8, 4), np.float32)
    expert[:, 3] = 1.0
    act = disturbed_expert(settings, 0, 0)
    pushed = [chunk for chunk in (act(None, expert) for _ in range(400)) if not np.array_equal(chunk, expert)]  # type: ignore[arg-type]
    assert 150 < len(pushed) < 250
    for chunk in pushed:
        assert np.all(chunk[:, 2] >= 0.0)
        np.testing.assert_array_equal(chunk[:, 3], expert[:, 3])
        assert np.all(np.diff(np.abs(chunk[:, 0])) >= 0.0), "a push grows: a jump would not be admitted"


def test_a_shard_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "round-0-000.npz"

    def full_disk(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("spinal.learn.shards.os.fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        practise(ToySite(), ROUND, SETTINGS, path, 0, 3)
    assert not path.exists()


def test_a_killed_worker_is_one_message_and_practice_goes_on_where_it_was(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    collect(ToySite(), ROUND, SETTINGS, whole, lambda _picks: None)
    folder = tmp_path / "killed"
    with pytest.raises(MachineError, match=r"a worker process died while practising") as caught:
        collect(DeadlySite(at=6), ROUND, SETTINGS, folder, lambda _picks: None)
    assert "the same --work goes on" in str(caught.value.next_step)
    assert not shard_paths(folder, ROUND, SETTINGS)[2].exists(), "its shard is not there"
    collect(ToySite(), ROUND, SETTINGS, folder, lambda _picks: None)
    for one, other in zip(shard_paths(whole, ROUND, SETTINGS), shard_paths(folder, ROUND, SETTINGS), strict=True):
        assert practice_hash([read_shard(one)]) == practice_hash([read_shard(other)])


def test_the_hash_sees_every_value(tmp_path: Path) -> None:
    practice = collected(tmp_path)[0]
    whole = practice_hash([practice])
    for name in FIELDS:
        changed = getattr(practice, name).copy()
        changed.flat[-1] += 1
        assert practice_hash([replace(practice, **{name: changed})]) != whole, name


def test_a_shard_comes_back_as_it_was(tmp_path: Path) -> None:
    practice = collected(tmp_path)[0]
    write_shard(tmp_path / "again.npz", practice, {"picks": 3})
    again = read_shard(tmp_path / "again.npz")
    for name in FIELDS:
        assert getattr(again, name).tobytes() == getattr(practice, name).tobytes()
        assert getattr(again, name).dtype == getattr(practice, name).dtype
