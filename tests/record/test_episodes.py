"""What happened is kept over kill -9; the random sample does not look at the outcome."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spinal.errors import JournalError
from spinal.record.episodes import BEFORE_NS, EpisodeStore, is_sampled, read_episode, read_episodes

SECOND = 1_000_000_000
LINEAGE = {"model.onnx": "a" * 64, "cell.toml": "b" * 64}
WRITER = """
import os, signal, sys
from pathlib import Path
import numpy as np
from spinal.record.episodes import EpisodeStore
store = EpisodeStore(folder=Path(sys.argv[1]), lineage={})
store.begin("one-a1", 0, {"order": "one"})
store.decision({"at_ns": 1}, {"embedding": np.arange(4, dtype=np.float16)})
store.end(5, {"outcome": "dropped"}, is_success=False, needs_person=False)
store.begin("two-a1", 6, {"order": "two"})
for number in range(7):
    store.decision({"at_ns": 10 + number}, {"embedding": np.full(4, number, np.float16)})
sys.stdout.write("reported\\n"); sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


def store(folder: Path, share: float = 0.0) -> EpisodeStore:
    return EpisodeStore(folder=folder, lineage=LINEAGE, sample_share=share)


def attempt(to: EpisodeStore, name: str, began_s: float, *, success: bool, person: bool = False) -> None:
    at_ns = round(began_s * SECOND)
    to.begin(name, at_ns, {"order": name})
    to.decision({"at_ns": at_ns, "p_value": 0.5}, {"chunk": np.ones((8, 4), np.float32)})
    to.end(at_ns + 3 * SECOND, {"outcome": "placed"}, is_success=success, needs_person=person)


def names(folder: Path) -> set[str]:
    return {episode.about["episode"] for episode in read_episodes(folder)}


def test_kill_9_in_the_middle_of_recording_loses_no_record_that_was_written(tmp_path: Path) -> None:
    search = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(tmp_path)], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": search},
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stdout == "reported\n"
    torn = tmp_path / "two-a1.part"
    with torn.open("ab") as file:
        file.write(b"SPEP\x10\x00\x00\x00half a record")
    EpisodeStore(folder=tmp_path, lineage={})
    one, two = read_episodes(tmp_path)
    assert one.is_whole
    assert one.kept_because == ("failure",)
    assert not two.is_whole
    assert two.kept_because == ("the process was killed",)
    assert [int(entry.arrays["embedding"][0]) for entry in two.decisions] == list(range(7))
    assert two.decisions[0].arrays["embedding"].dtype == np.float16


def test_what_was_written_comes_back_with_its_lineage(tmp_path: Path) -> None:
    to = store(tmp_path)
    attempt(to, "x-a1", 0.0, success=False, person=True)
    episode = read_episode(tmp_path / "x-a1.episode")
    assert episode.about["lineage"] == LINEAGE
    assert episode.end["outcome"] == "placed"
    assert (episode.end["is_success"], episode.end["needs_person"]) == (False, True)
    assert episode.decisions[0].data["p_value"] == 0.5
    np.testing.assert_array_equal(episode.decisions[0].arrays["chunk"], np.ones((8, 4), np.float32))


def test_ten_seconds_before_an_intervention_are_kept_and_older_successes_go(tmp_path: Path) -> None:
    to = store(tmp_path)
    for number in range(8):
        attempt(to, f"fine-{number}", 4.0 * number, success=True)
    attempt(to, "helped", 32.0, success=False, person=True)
    ended_s = {f"fine-{number}": 4.0 * number + 3.0 for number in range(8)} | {"helped": 35.0}
    since_s = 35.0 - BEFORE_NS / SECOND
    assert names(tmp_path) == {name for name, at in ended_s.items() if at >= since_s}
    assert {"fine-6", "fine-7"} < names(tmp_path)
    assert read_episode(tmp_path / "fine-7.episode").kept_because == ("before an intervention",)


def test_successes_with_nothing_after_them_go_and_failures_stay(tmp_path: Path) -> None:
    to = store(tmp_path)
    attempt(to, "fine", 0.0, success=True)
    attempt(to, "failed", 4.0, success=False)
    to.forget()
    assert names(tmp_path) == {"failed"}
    assert [path.name for path in tmp_path.iterdir()] == ["failed.episode"]


def test_the_random_sample_has_its_rate_and_does_not_look_at_the_outcome(tmp_path: Path) -> None:
    count = 40_000
    drawn = np.array([is_sampled(f"order-{number}-a1", 3) for number in range(count)])
    assert 0.012 < drawn.mean() < 0.018
    fails = np.random.default_rng(1).random(count) < 0.2
    assert abs(float(drawn[fails].mean()) - float(drawn[~fails].mean())) < 0.006
    other = np.array([is_sampled(f"order-{number}-a1", 4) for number in range(count)])
    assert (drawn & other).sum() < 30, "another seed draws another sample"
    to = store(tmp_path, share=0.25)
    for number in range(120):
        attempt(to, f"s-{number}", 100.0 * number, success=number % 2 == 0)
    to.forget()
    kept = {episode.about["episode"]: episode for episode in read_episodes(tmp_path)}
    for number in range(120):
        sampled = is_sampled(f"s-{number}", 0, 0.25)
        assert (f"s-{number}" in kept) == (sampled or number % 2 == 1)
        if sampled:
            assert "random sample" in kept[f"s-{number}"].kept_because


def test_a_folder_without_episodes_and_a_foreign_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="no kept episodes"):
        read_episodes(tmp_path / "nowhere")
    (tmp_path / "x.episode").write_bytes(b"something else")
    with pytest.raises(JournalError, match="does not begin as an episode"):
        read_episodes(tmp_path)
    with pytest.raises(JournalError, match="plain file name"):
        store(tmp_path / "new").begin("../x", 0, {})
