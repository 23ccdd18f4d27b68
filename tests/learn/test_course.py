"""A course teaches a policy, says where it comes from, and goes on where it was interrupted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy_site import ToySite

from spinal.decide import CellInputs, OnnxPolicy
from spinal.learn.shards import read_shard, write_shard

HERE = Path(__file__).parent
STEPS_LAST = 250


@dataclass(frozen=True)
class Finished:
    """A course at the toy site that is over, and what it said."""

    folder: Path
    said: dict[str, Any]

    @property
    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads((self.folder / "out" / "policy.json").read_text(encoding="utf-8"))
        return manifest

    @property
    def picks_made(self) -> list[list[int]]:
        return [json.loads(line) for line in (self.folder / "picks.log").read_text(encoding="utf-8").splitlines()]


def run_course(folder: Path, steps_last: int = STEPS_LAST, before: Path | None = None) -> dict[str, Any]:
    command = [sys.executable, str(HERE / "toy_course.py"), str(folder), str(steps_last)]
    command += [] if before is None else [str(before)]
    search = os.pathsep.join([str(HERE), *filter(None, sys.path)])
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=250, env={**os.environ, "PYTHONPATH": search}
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("course")
    return Finished(folder, run_course(folder))


def test_the_policy_learns_what_the_expert_shows(finished: Finished) -> None:
    assert finished.said["rounds"][0]["successes"] == finished.said["rounds"][0]["picks"]
    validation = finished.said["validation"]
    assert validation["successes"] >= 0.8 * validation["picks"]
    assert finished.said["fit"]["target_error_px"] < 2.0


def test_the_bundle_runs_without_torch(finished: Finished) -> None:
    check = (
        "import sys; from pathlib import Path; from toy_site import ToySite; site = ToySite();"
        f"policy = site.policy(Path({str(finished.folder / 'out')!r}));"
        "print(policy(site.pick(3, 4).moment()).shape, 'torch' in sys.modules)"
    )
    search = os.pathsep.join([str(HERE), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": search}
    )
    assert done.stdout.split() == ["(4,", "4)", "False"], done.stderr


def test_the_bundle_shows_what_it_saw_and_what_it_would_take(finished: Finished) -> None:
    site = ToySite()
    cell = CellInputs(cameras={"wrist": (site.image_px,) * 2}, inputs=(), skus=site.skus, decision_rate_hz=5.0)
    policy = OnnxPolicy(finished.folder / "out", cell)
    near, alike, cells = 0, [], site.image_px // 4
    for index in range(20):
        pick = site.pick(77, index)
        chunk, label = policy.decide(pick.moment()), pick.label()
        assert chunk.insight is not None
        assert chunk.insight.embedding.shape == (16 + 256,)
        assert chunk.insight.products.shape == (len(site.skus) + 2, cells, cells)
        np.testing.assert_allclose(chunk.insight.products.sum(axis=0), 1.0, rtol=1e-5)
        near += bool(np.abs(chunk.insight.target - label.target).max() < 0.25)
        alike.append(float((chunk.insight.products.argmax(axis=0) == label.products).mean()))
    assert near >= 14, alike
    assert np.mean(alike) > 0.85, near


def test_the_lineage_says_where_the_policy_comes_from(finished: Finished) -> None:
    lineage = finished.manifest["lineage"]
    assert "privileged scripted expert in simulation" in lineage["labels"]
    assert lineage["data"]["picks"] == 120
    assert [summary["picks"] for summary in lineage["rounds"]] == [80, 40]
    assert lineage["validation"]["picks"] == 50
    assert lineage["settings"]["steps_last"] == STEPS_LAST
    assert lineage["site"] == ToySite().lineage()
    assert {"torch", "numpy", "onnxruntime"} <= set(lineage["packages"])


def test_no_scene_of_practice_is_one_of_evaluation_or_validation(finished: Finished) -> None:
    seeds = {seed for seed, _ in finished.picks_made}
    assert min(seeds) >= 1_000_000
    first, last = finished.manifest["lineage"]["data"]["scene_seeds"]
    assert seeds == {first, last, last + 1}, "demonstrations, corrections, validation"


def test_an_interrupted_course_goes_on_with_the_same_practice(finished: Finished) -> None:
    work, before = finished.folder / "work", finished.manifest
    made = len(finished.picks_made)
    lost = work / "practice" / "round-0-001.npz"
    kept = read_shard(lost)
    lost.rename(lost.with_suffix(".partial"))
    (work / "weights" / "last.pt").unlink()
    run_course(finished.folder)
    assert len(finished.picks_made) - made == 20, "only the shard that was lost is practised again"
    assert read_shard(lost).chunk.tobytes() == kept.chunk.tobytes()
    assert finished.manifest["lineage"]["data"] == before["lineage"]["data"]


def test_a_folder_of_another_course_is_refused(finished: Finished) -> None:
    before = finished.manifest
    said = run_course(finished.folder, STEPS_LAST + 1)
    assert "other settings" in said["refused"]
    assert "--work" in said["refused"]
    assert finished.manifest == before


@pytest.fixture(scope="module")
def continued(finished: Finished) -> Finished:
    folder = finished.folder.with_name("continued")
    return Finished(folder, run_course(folder, 20, finished.folder))


def test_a_continued_course_keeps_all_practice_and_names_its_parent(finished: Finished, continued: Finished) -> None:
    before, lineage = finished.manifest["lineage"], continued.manifest["lineage"]
    assert lineage["rounds"][: len(before["rounds"])] == before["rounds"]
    assert [row["name"] for row in lineage["rounds"]] == ["round-0", "round-1", "round-2", "round-3"]
    assert lineage["parent"]["data_sha256"] == before["data"]["sha256"] != lineage["data"]["sha256"]
    assert lineage["parent"]["model_sha256"] == finished.manifest["model_sha256"]
    assert lineage["data"]["moments"] > before["data"]["moments"]
    assert "expert" in lineage["corrections"]
    assert lineage["scenes"] == [[50, 1, 0], [50, 2, 0], [51, 7, 3]]
    assert sum(row["corrected"] for row in lineage["rounds"][2:]) > 0, "the expert took over somewhere"


def test_a_continued_course_practises_in_the_scenes_it_was_given_and_validates_in_new_ones(
    finished: Finished, continued: Finished
) -> None:
    made = {(seed, index) for seed, index in continued.picks_made}
    validated = {place for place in made if place[0] >= 1_000_000}
    assert made - validated == {(50, 1), (50, 2), (51, 7)}
    assert {seed for seed, _ in validated}.isdisjoint(seed for seed, _ in finished.picks_made)


def test_where_the_expert_differs_or_acts_a_moment_weighs_more(continued: Finished) -> None:
    practice = read_shard(continued.folder / "work" / "practice" / "round-2-000.npz")
    assert set(practice.weight.tolist()) == {1.0, 3.0}
    assert (read_shard(continued.folder / "work" / "practice" / "round-0-000.npz").weight == 1.0).all()


def test_practice_that_is_not_what_the_bundle_was_made_from_is_refused(finished: Finished) -> None:
    shard = finished.folder / "work" / "practice" / "round-1-000.npz"
    whole = shard.read_bytes()
    practice = read_shard(shard)
    try:
        write_shard(shard, replace(practice, chunk=practice.chunk + 1e-3), {"picks": 20})
        said = run_course(finished.folder.with_name("refused"), 20, finished.folder)
        assert "hash does not match" in said["refused"]
        shard.unlink()
        for other in shard.parent.glob("round-1-*.npz"):
            other.rename(other.with_suffix(".away"))
        said = run_course(finished.folder.with_name("refused-too"), 20, finished.folder)
        assert "is not there" in said["refused"]
    finally:
        for other in shard.parent.glob("round-1-*.away"):
            other.rename(other.with_suffix(".npz"))
        shard.write_bytes(whole)
