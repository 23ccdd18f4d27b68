from __future__ import annotations

import os
import resource
from pathlib import Path

import numpy as np
import pytest
from small_run import DOF, profile, propose, run_lockstep

from spinal import _core


def test_the_same_run_makes_the_same_bytes(tmp_path: Path) -> None:
    heads = [run_lockstep(tmp_path / name)["head"] for name in ("a.journal", "b.journal")]
    assert heads[0] == heads[1]
    assert (tmp_path / "a.journal").read_bytes() == (tmp_path / "b.journal").read_bytes()


def test_a_run_without_a_file_has_the_same_head(tmp_path: Path) -> None:
    assert run_lockstep(None)["head"] == run_lockstep(tmp_path / "run.journal")["head"]


def test_another_wish_makes_another_head_with_digests_too() -> None:
    assert run_lockstep(None, detail="digest") != run_lockstep(None, detail="digest", way_rad=0.11)


def test_what_went_in_and_came_out_is_read_back(tmp_path: Path) -> None:
    run_lockstep(tmp_path / "run.journal")
    entries = list(_core.read_journal(tmp_path / "run.journal"))
    verdicts = [entry["verdict"] for entry in entries if entry["kind"] == "verdict"]
    assert [verdict.outcome for verdict in verdicts] == ["admitted", "admitted", "refused"]
    assert [finding["check"] for finding in verdicts[2].findings] == ["order"]
    assert [entry["text"] for entry in entries if entry["kind"] == "note"] == ['{"order": "A-1"}']
    modes = [(entry["mode"], entry["trigger"]) for entry in entries if entry["kind"] == "event"]
    assert modes[0] == ("sos", "start")
    assert ("track", "none") in modes
    ticks = [entry for entry in entries if entry["kind"] == "tick"]
    assert len(ticks) == 605
    assert ticks[-1]["command"]["position_rad"].shape == (DOF,)
    assert np.all(ticks[-1]["command"]["position_rad"] > 0.01)


def test_a_journal_verifies_and_replays_bit_for_bit(tmp_path: Path) -> None:
    summary = run_lockstep(tmp_path / "run.journal")
    (report,) = _core.verify_journal(tmp_path / "run.journal")
    assert report["problem"] is None
    assert report["is_closed"]
    assert report["head"] == summary["head"]
    replayed = _core.replay_journal(tmp_path / "run.journal")
    assert replayed["is_identical"]
    assert (replayed["ticks"], replayed["verdicts"]) == (605, 3)


@pytest.mark.hazard("H-28")
def test_a_flipped_byte_is_found_and_named(tmp_path: Path) -> None:
    path = tmp_path / "run.journal"
    run_lockstep(path)
    entries = [(entry["offset"], entry["index"], entry["kind"]) for entry in _core.read_journal(path)]
    good = path.read_bytes()
    for offset, index, kind in entries[:: len(entries) // 12]:
        bad = bytearray(good)
        bad[offset + 20] ^= 0x10
        path.write_bytes(bytes(bad))
        (report,) = _core.verify_journal(path)
        assert (report["problem_offset"], report["problem_entry"], report["problem_kind"]) == (offset, index, kind)
        with pytest.raises(ValueError, match="verify it"):
            _core.replay_journal(path)
        with pytest.raises(ValueError, match="damaged"):
            list(_core.read_journal(path))


@pytest.mark.hazard("H-28")
def test_a_cut_journal_is_torn_and_not_tampered_with(tmp_path: Path) -> None:
    path = tmp_path / "run.journal"
    run_lockstep(path)
    good = path.read_bytes()
    path.write_bytes(good[: len(good) // 2 + 3])
    (report,) = _core.verify_journal(path)
    assert report["problem"] is None
    assert report["torn_bytes"] > 0
    assert not report["is_closed"]
    assert _core.replay_journal(path)["is_identical"]


def test_a_journal_of_digests_says_what_to_do_instead_of_a_replay(tmp_path: Path) -> None:
    run_lockstep(tmp_path / "run.journal", detail="digest")
    with pytest.raises(ValueError, match="run the same seed again"):
        _core.replay_journal(tmp_path / "run.journal")


def test_a_missing_or_foreign_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        _core.verify_journal(tmp_path / "none.journal")
    (tmp_path / "text.journal").write_text("not a journal, and long enough to be read as one")
    (report,) = _core.verify_journal(tmp_path / "text.journal")
    assert report["problem"] is not None
    with pytest.raises(ValueError, match="not a usable journal"):
        _core.read_journal(tmp_path / "text.journal")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no journal segment"):
        _core.verify_journal(tmp_path / "empty")


def test_a_journal_is_never_overwritten(tmp_path: Path) -> None:
    run_lockstep(tmp_path / "run.journal")
    with pytest.raises(FileExistsError):
        run_lockstep(tmp_path / "run.journal")


def test_picks_in_one_folder_verify_and_replay_each_for_itself(tmp_path: Path) -> None:
    for pick in range(3):
        run_lockstep(tmp_path / f"pick-{pick:06}.journal", way_rad=0.05 * (pick + 1))
    assert [report["problem"] for report in _core.verify_journal(tmp_path)] == [None] * 3
    assert _core.replay_journal(tmp_path)["verdicts"] == 9


def test_a_full_disk_is_an_error_and_no_silent_hole(tmp_path: Path) -> None:
    # A limit on the size of files is as good as a full disk.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    run = _core.Lockstep(
        profile(), _core.Settings(), None, _core.AnalyticPlant(np.zeros(DOF)), journal=tmp_path / "run.journal"
    )
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(OSError, match="journal"):
            run.advance(2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    with pytest.raises(RuntimeError, match="ended abnormally"):
        run.finish()


def test_a_finished_run_says_so() -> None:
    run = _core.Lockstep(profile(), _core.Settings(), None, _core.AnalyticPlant(np.zeros(DOF)))
    run.advance(1)
    run.finish()
    with pytest.raises(RuntimeError, match="finished"):
        run.advance(1)


def test_a_proposal_survives_its_bytes_and_nonsense_is_refused() -> None:
    run = _core.Lockstep(profile(), _core.Settings(), None, _core.AnalyticPlant(np.zeros(DOF)))
    run.advance(1)
    run.grant(1, 1)
    proposal = propose(run, 1)
    again = _core.Proposal.decode(proposal.encode())
    assert again.encode() == proposal.encode()
    np.testing.assert_array_equal(again.targets, proposal.targets)
    assert not run.offer_bytes(os.urandom(200)).is_admitted
    assert run.offer_bytes(proposal.encode()).is_admitted


def test_a_profile_that_cannot_be_run_names_the_field() -> None:
    good = {
        name: np.full(2, 1.0)
        for name in ("velocity_max_rad_s", "acceleration_max_rad_s2", "torque_max_nm", "torque_rate_max_nm_s")
    }
    with pytest.raises(ValueError, match=r"joints\[0\].jerk_max_rad_s3"):
        _core.Profile(
            position_min_rad=np.full(2, -1.0),
            position_max_rad=np.full(2, 1.0),
            jerk_max_rad_s3=np.full(2, np.nan),
            period_ns=1_000_000,
            tracking_error_max_rad=0.2,
            observation_age_max_ns=500_000_000,
            proposal_gap_max_ns=300_000_000,
            measured_age_max_ns=20_000_000,
            splice_jump_max_rad=0.5,
            deadline_misses_max=5,
            tick_overrun_max=1000,
            packet_loss_max=1000,
            profile_hash=bytes(32),
            **good,
        )
