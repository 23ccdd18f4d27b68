"""A source is told what became of its proposals: which check, the value, the limit, and where to look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spinal import _core
from spinal.decide import Answers

DOF = 6


def column(value: float) -> np.ndarray:
    return np.full(DOF, value)


@pytest.fixture
def core() -> _core.Lockstep:
    profile = _core.Profile(
        position_min_rad=column(-3.0),
        position_max_rad=column(3.0),
        velocity_max_rad_s=column(3.0),
        acceleration_max_rad_s2=column(10.0),
        jerk_max_rad_s3=column(500.0),
        torque_max_nm=column(100.0),
        torque_rate_max_nm_s=column(1e4),
        period_ns=1_000_000,
        tracking_error_max_rad=0.2,
        observation_age_max_ns=500_000_000,
        proposal_gap_max_ns=300_000_000,
        measured_age_max_ns=20_000_000,
        splice_jump_max_rad=0.5,
        deadline_misses_max=5,
        tick_overrun_max=20,
        packet_loss_max=20,
        profile_hash=bytes(32),
    )
    run = _core.Lockstep(profile, _core.Settings(), None, _core.AnalyticPlant(column(0.5)))
    run.advance(5)
    run.grant(1, 1)
    return run


def offer(core: _core.Lockstep, sequence: int, **changes: Any) -> _core.Verdict:
    fields: dict[str, Any] = {
        "source": 1,
        "epoch": 1,
        "sequence": sequence,
        "made_at_ns": core.now_ns,
        "observed_at_ns": core.now_ns,
        "valid_until_ns": core.now_ns + 500_000_000,
        "observed_played_ns": core.status.played_ns,
        "profile_hash": bytes(32),
        "period_ns": 100_000_000,
        "targets": np.tile(core.status.position_command_rad, (8, 1)),
        "gripper": np.zeros(8),
    }
    return core.offer(_core.Proposal(**(fields | changes)))


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    _core.Latest.create(tmp_path / "verdict", 1024)
    return Answers(_core.Latest.reader(tmp_path / "verdict"), frozenset({1}))


def test_a_refusal_names_check_value_limit_and_where_to_look(core: _core.Lockstep, answers: Answers) -> None:
    verdict = offer(core, 1, targets=np.tile(column(50.0), (8, 1)))
    told = answers.take(verdict)
    assert told is not None
    assert told.startswith("proposal 1 refused: units step 0 joint 0: 49.5, limit 3.5 (")
    assert "degrees for radians" in told
    assert "more" in told, "sixteen findings are not told one by one"
    assert answers.outcomes == {"refused": 1}


def test_the_same_refusal_is_told_once_and_another_one_again(core: _core.Lockstep, answers: Answers) -> None:
    assert answers.take(offer(core, 1, profile_hash=bytes(31) + b"\1")) is not None
    assert answers.take(offer(core, 2, profile_hash=bytes(31) + b"\1")) is None
    assert answers.last is not None
    assert answers.last.startswith("proposal 2 refused: profile_hash")
    assert answers.take(offer(core, 3, gripper=np.full(8, 1.5))) is not None
    assert answers.take(offer(core, 4)) is None
    assert answers.last == "proposal 4 admitted"
    assert answers.take(offer(core, 5, gripper=np.full(8, 1.5))) is not None, "it had gone in between"


def test_verdicts_on_other_sources_are_not_counted(core: _core.Lockstep, answers: Answers) -> None:
    assert answers.take(offer(core, 1, source=2)) is None
    assert answers.last is None


def test_before_the_first_verdict_nothing_is_told(answers: Answers) -> None:
    assert answers.look() is None


@pytest.mark.parametrize("data", [b"", b"\xff" * 32, b"\0" * 31])
def test_bytes_that_are_no_verdict_are_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match="no verdict"):
        _core.Verdict.from_bytes(data)
