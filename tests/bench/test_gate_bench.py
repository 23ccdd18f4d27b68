"""`spinal bench gate`: no limit is broken, safety is not bought by standing still, and what cannot be run is said."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from spinal.bench import crossing
from spinal.bench.attack import Piece, attack
from spinal.bench.peers import PEERS
from spinal.bench.robots import fr3, g1
from spinal.run import gate_bench

# One whole benchmark, over all processors; a loaded machine takes its time.
pytestmark = [pytest.mark.timeout(900), pytest.mark.alone]


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    words = ["bench", "gate", "--ticks", "200000", "--json"]
    done = subprocess.run(
        [sys.executable, "-c", "from spinal.cli import main; main()", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr[-2000:] + done.stdout[:2000]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.hazard("H-01", "H-02", "H-22")
def test_no_limit_is_broken_under_attack(report: dict[str, Any]) -> None:
    assert report["violations"] == 0, report["detail"]
    assert set(report["violations_by_kind"]) >= {
        *("position", "velocity", "acceleration", "jerk", "torque", "torque_rate", "box", "capsule"),
    }
    assert report["ticks"] >= 200_000
    assert {(row["robot"], row["hz"]) for row in report["detail"]} >= {
        (robot, hz) for robot in ("fr3", "ur5e", "g1") for hz in (1_000, 10_000, 100_000)
    }


def test_safety_is_not_bought_by_standing_still(report: dict[str, Any]) -> None:
    rows = report["crossings"]
    assert len([row for row in rows if row["with_arm"]]) >= 28
    assert len(rows) >= 90
    slow = [row for row in rows if row["ratio"] is None or not 0.9 <= row["ratio"] <= 1.06]
    assert not slow
    assert report["crossing_time_ratio"] == max(row["ratio"] for row in rows)
    # Ruckig's motion without regard to torque: one of the FR3's moves needs 1.2 times the torque that it has.
    assert all(row["ratio_to_ruckig"] <= 1.1 for row in rows if row["jerk_share"] == 1.0)
    assert report["crossing_time_ratio_to_ruckig"] <= 1.13


def test_the_motion_that_the_gate_is_compared_with_keeps_torque_and_its_rate_and_a_quicker_one_does_not() -> None:
    robot = fr3()
    start, target = crossing.moves(robot, 1)["a tenth of the range"]
    ruckig, best = crossing.time_optimal(robot, start, target), crossing.feasible(robot, start, target)
    assert crossing.is_feasible(robot, best)
    assert not crossing.is_feasible(robot, ruckig)
    assert ruckig.arrived_s < best.arrived_s < 1.1 * ruckig.arrived_s
    quicker = crossing.time_optimal(
        robot, start, target, acceleration_share=best.acceleration_share, jerk_share=best.jerk_share / 0.95
    )
    assert not crossing.is_feasible(robot, quicker)


@pytest.mark.hazard("H-21")
def test_steps_take_no_memory(report: dict[str, Any]) -> None:
    assert report["allocations"] == 0


def test_a_plain_clamp_breaks_limits_on_the_same_wishes(report: dict[str, Any]) -> None:
    assert report["peers"]["limiters"]["spinal_gate"]["violations"] == 0
    assert report["peers"]["limiters"]["spinal_gate"]["travel_rad"] > 10.0
    assert report["baselines"]["clamp_and_rate_limit"] > 0
    assert set(report["baselines"]) == set(PEERS)


@pytest.mark.hazard("H-01", "H-02")
@pytest.mark.parametrize("seed", range(5))
def test_whatever_the_seed_the_limits_hold(seed: int) -> None:
    for robot in (fr3(), g1()):
        outcome = attack(Piece(robot=robot, hz=1_000, with_arm=False, ticks=20_000, seed=seed, sample=0))
        assert sum(outcome.violations.values()) == 0, outcome


def test_the_same_seed_gives_the_same_attack_and_another_seed_another() -> None:
    pieces = [Piece(robot=fr3(), hz=1_000, with_arm=True, ticks=5_000, seed=seed, sample=50) for seed in (7, 7, 8)]
    first, again, other = (attack(piece) for piece in pieces)
    assert first == again
    assert first.limited != other.limited or first.states_near != other.states_near


def test_the_plan_spends_the_ticks_on_every_robot_and_rate() -> None:
    robots = [fr3(), g1()]
    pieces = gate_bench.plan(robots, 10_000_000, 1)
    assert 10_000_000 <= sum(piece.ticks for piece in pieces) < 10_000_100
    assert len({piece.seed for piece in pieces}) == len(pieces)
    assert max(piece.ticks for piece in pieces) <= gate_bench.PIECE_TICKS
    assert {piece.robot.name for piece in pieces if piece.with_arm} == {"fr3"}


def test_a_missing_peer_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate_bench, "missing_packages", lambda: ["flexiv-control"])
    with pytest.raises(gate_bench.MachineError, match=r"flexiv-control[\s\S]*--without-peers"):
        gate_bench.bench_gate(1_000, 1, with_peers=True)
