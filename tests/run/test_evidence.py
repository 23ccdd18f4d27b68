"""What a run leaves behind holds together: its journal is the one that run.json tells of, and a failure is written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from command_line import SHIPPED, run_json

from spinal.cli.evidence import findings
from spinal.errors import JournalError
from spinal.run.campaign import LockstepRun, run_lockstep
from spinal.run.evaluate import Evaluation
from spinal.run.evidence import replay_run, verify_run
from spinal.run.pick import PickResult


def evaluation(picks: int = 2) -> Evaluation:
    return Evaluation(cell=SHIPPED, picks=picks, seed=3, who="expert")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a lockstep run of two picks, which tests must leave as it is."""
    runs = tmp_path_factory.mktemp("evidence") / "runs"
    run_lockstep(LockstepRun(evaluation=evaluation(), runs=runs), lambda result: None)
    return (runs / "latest").resolve()


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    """Return a copy of that run which a test may spoil."""
    return Path(shutil.copytree(whole, tmp_path / "run"))


@pytest.fixture
def chained(run: Path) -> Path:
    """Return it as if its first journal were a real-time run's, whose head hash run.json keeps."""
    (run / "journal" / "000001.journal").unlink()
    (run / "journal" / "000000.journal").rename(run / "journal" / "segment-000000.journal")
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    record |= {"mode": "realtime", "summary": {"journal_head": verify_run(run)["head"]}}
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return run


def told(run: Path) -> str:
    """Return what `spinal verify` says of a run."""
    return "\n".join(findings(verify_run(run)))


def cut_close(file: Path) -> None:
    """Take a journal's last entry off, which closes it: 16 bytes of head, 40 of body, 8 of chain."""
    data = file.read_bytes()
    file.write_bytes(data[:-64])


def test_a_lockstep_run_verifies_with_the_hash_that_the_run_printed(run: Path) -> None:
    report = verify_run(run)
    assert report["is_intact"]
    assert report["is_closed"]
    assert report["is_as_recorded"] is True
    assert report["journal_sha256"] == json.loads((run / "run.json").read_text())["summary"]["journal_sha256"]
    assert report["head"] is None, "the last pick's head says nothing of the others"
    assert verify_run(run / "journal")["is_as_recorded"] is True
    assert f"2 journals, {report['synced_entries']} up to the last sync; all heads together" in told(run)


def test_one_journal_of_a_lockstep_run_has_a_head_of_its_own(run: Path) -> None:
    report = verify_run(run / "journal" / "000000.journal")
    assert len(report["head"]) == 64
    assert report["journal_sha256"] is None
    assert report["is_as_recorded"] is None


@pytest.mark.hazard("H-28")
@pytest.mark.parametrize("kind", ["run", "chained"])
def test_a_journal_that_was_cut_after_the_run_is_broken(kind: str, request: pytest.FixtureRequest) -> None:
    run: Path = request.getfixturevalue(kind)
    file = sorted((run / "journal").iterdir())[-1]
    cut_close(file)
    report = verify_run(run)
    assert not report["is_intact"]
    assert report["is_as_recorded"] is False
    assert report["problems"][0]["segment"] == file.name
    assert "cut" in report["problems"][0]["what"]
    assert "BROKEN" in told(run)


def test_a_chain_that_is_whole_is_the_one_of_its_run(chained: Path) -> None:
    report = verify_run(chained)
    assert report["is_intact"]
    assert report["is_as_recorded"] is True
    assert report["journal_sha256"] is None


def test_a_journal_that_was_never_closed_is_told(run: Path) -> None:
    (run / "run.json").unlink()
    cut_close(run / "journal" / "000001.journal")
    report = verify_run(run)
    assert report["is_intact"], "a writer that was killed is no tampering"
    assert not report["is_closed"]
    assert report["unclosed"] == ["000001.journal"]
    assert "not closed" in told(run)
    assert "the writer died or is still writing" in told(run)


@pytest.mark.hazard("H-28")
def test_a_pick_whose_journal_is_gone_is_missed(run: Path) -> None:
    (run / "journal" / "000001.journal").unlink()
    report = verify_run(run)
    assert not report["is_intact"]
    assert "2 picks" in report["problems"][0]["what"]


def test_a_damaged_run_json_does_not_hide_what_the_chain_says(run: Path) -> None:
    (run / "run.json").write_text("{", encoding="utf-8")
    assert verify_run(run)["is_intact"]
    assert verify_run(run)["is_as_recorded"] is None


def test_a_journal_of_digests_says_how_to_get_one_that_replays(run: Path) -> None:
    with pytest.raises(JournalError) as caught:
        replay_run(run)
    assert str(caught.value).count("cannot be replayed") == 1
    assert "--journal full" in str(caught.value.next_step)


def test_a_run_that_fails_half_way_ends_as_failed_and_keeps_its_picks(tmp_path: Path) -> None:
    def full_disk(result: PickResult) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        run_lockstep(LockstepRun(evaluation=evaluation(), runs=tmp_path), full_disk)
    record = run_json(tmp_path)
    assert record["status"] == "failed"
    assert "No space left on device" in record["problem"]
    assert record["ended_at"] is not None
    assert len((tmp_path / "latest" / "picks.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_an_interrupted_run_ends_as_failed(tmp_path: Path) -> None:
    def interrupt(result: PickResult) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_lockstep(LockstepRun(evaluation=evaluation(), runs=tmp_path), interrupt)
    assert run_json(tmp_path)["problem"] == "KeyboardInterrupt"


def test_a_report_that_cannot_be_written_does_not_hide_how_the_run_went(tmp_path: Path) -> None:
    def stand_in_the_way(result: PickResult) -> None:
        (tmp_path / "latest" / "report.html").mkdir(exist_ok=True)

    summary = run_lockstep(LockstepRun(evaluation=evaluation(1), runs=tmp_path), stand_in_the_way)
    assert summary["report"] is None
    assert "report.html" in summary["report_problem"]
    assert summary["picks"] == 1
    assert run_json(tmp_path)["status"] == "finished"
