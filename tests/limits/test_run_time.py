"""While it runs, System 1 holds the profile that it was made with, and can only be made slower."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spinal import _core

DOF = 6
SECOND_NS = 1_000_000_000
HASH = bytes(range(32))


def columns(velocity: np.ndarray | None = None) -> dict[str, Any]:
    def column(value: float) -> np.ndarray:
        return np.full(DOF, value)

    return {
        "position_min_rad": column(-3.0),
        "position_max_rad": column(3.0),
        "velocity_max_rad_s": column(3.0) if velocity is None else velocity,
        "acceleration_max_rad_s2": column(10.0),
        "jerk_max_rad_s3": column(500.0),
        "torque_max_nm": column(100.0),
        "torque_rate_max_nm_s": column(np.inf),
        "period_ns": 1_000_000,
        "tracking_error_max_rad": 0.2,
        "observation_age_max_ns": SECOND_NS,
        "proposal_gap_max_ns": SECOND_NS,
        "measured_age_max_ns": 20_000_000,
        "splice_jump_max_rad": 0.5,
        "deadline_misses_max": 5,
        "tick_overrun_max": 1000,
        "packet_loss_max": 1000,
        "profile_hash": HASH,
    }


def begin(profile: _core.Profile, journal: Path | None = None) -> _core.Lockstep:
    run = _core.Lockstep(profile, _core.Settings(), None, _core.AnalyticPlant(np.zeros(DOF)), journal=journal)
    run.advance(5)
    run.grant(1, 1)
    return run


def go(run: _core.Lockstep, sequence: int, way_rad: float) -> float:
    """Play a chunk of 0.8 s and return the highest speed seen, rad/s."""
    steps = np.linspace(1 / 8, 1, 8)[:, None]
    status = run.status
    verdict = run.offer(
        _core.Proposal(
            source=1,
            epoch=1,
            sequence=sequence,
            made_at_ns=run.now_ns,
            observed_at_ns=run.now_ns,
            valid_until_ns=run.now_ns + 5 * SECOND_NS,
            observed_played_ns=status.played_ns,
            profile_hash=HASH,
            period_ns=100_000_000,
            targets=status.position_command_rad + way_rad * steps * np.ones(DOF),
            gripper=np.ones(8),
        )
    )
    assert verdict.outcome == "admitted", verdict.findings
    return max(float(np.abs(run.advance(1).velocity_command_rad_s).max()) for _ in range(1000))


@pytest.mark.hazard("H-23")
def test_a_profile_copies_its_limits_and_has_nothing_that_changes_them() -> None:
    velocity = np.full(DOF, 3.0)
    profile = _core.Profile(**columns(velocity))
    run = begin(profile)
    velocity[:] = 0.01
    for name in [name for name in dir(profile) if not name.startswith("__")]:
        with pytest.raises((AttributeError, TypeError)):
            setattr(profile, name, 1)
    with pytest.raises((AttributeError, TypeError)):
        profile.anything = 1  # type: ignore[attr-defined]
    assert go(run, 1, 1.2) > 1.4, "the array that the limits came from is not looked at again"
    assert not [name for name in dir(run) if "profile" in name or "limit" in name]


def test_a_tightened_run_is_slower_says_why_and_is_quick_again_later(tmp_path: Path) -> None:
    run = begin(_core.Profile(**columns()), tmp_path / "run.journal")
    run.tighten(0.1, run.now_ns + 2 * SECOND_NS, "sensing")
    run.advance(400)
    assert go(run, 1, 0.3) <= 0.1 * 3.0
    assert (run.status.speed_scale, run.status.tighten_reason) == (0.1, "sensing")
    run.advance(2000)
    assert (run.status.speed_scale, run.status.tighten_reason) == (1.0, None)
    assert go(run, 2, -1.2) > 1.4
    run.finish()
    entries = list(_core.read_journal(tmp_path / "run.journal"))
    controls = [entry for entry in entries if entry["kind"] == "control" and entry["control"] == "tighten"]
    assert [(entry["scale"], entry["reason"]) for entry in controls] == [(0.1, "sensing")]
    scales = [entry["speed_scale"] for entry in entries if entry["kind"] == "event"]
    assert 0.1 in scales
    assert scales[-1] == 1.0
    assert _core.replay_journal(tmp_path / "run.journal")["is_identical"]


@pytest.mark.hazard("H-23")
@pytest.mark.parametrize("scale", [0.0, -1.0, 1.0001, float("nan"), float("inf")])
def test_what_would_loosen_is_refused_and_counted(scale: float) -> None:
    run = begin(_core.Profile(**columns()))
    run.tighten(0.5, run.now_ns + SECOND_NS, "operator")
    run.tighten(scale, run.now_ns + SECOND_NS, "operator")
    status = run.advance(1)
    assert (status.speed_scale, status.tightenings_refused) == (0.5, 1)


@pytest.mark.hazard("H-23")
def test_a_tightening_needs_a_known_reason() -> None:
    run = begin(_core.Profile(**columns()))
    for ask in (lambda: run.tighten(0.5, run.now_ns, ""), lambda: _core.HostMessage.tighten(0.5, 1, "because")):
        with pytest.raises(ValueError, match="operator, policy_monitor"):
            ask()
