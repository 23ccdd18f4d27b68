"""Lockstep is deterministic, its journals verify and replay, and what is wrong is said before the first scene."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from spinal.decide import Undecodable
from spinal.errors import CellError, JournalError
from spinal.records import Observation, Plan
from spinal.run.deciders import ExpertDecider
from spinal.run.evaluate import Evaluation, evaluate, lower95, summarise
from spinal.run.evidence import replay_run, verify_run
from spinal.run.fit import load_fitting_cell
from spinal.run.pick import PickResult, run_pick
from spinal.run.station import Rollout, Station
from spinal.sim.distribution import load_distribution
from spinal.sim.scene import sample

CELL = Path(__file__).parents[2] / "cells" / "bin-picking"
CLOCKED = ("realtime_factor", "elapsed_s", "workers")


def ignore(result: PickResult) -> None:
    """Take a pick and do nothing."""


def figures(what: Evaluation) -> dict[str, object]:
    """Return the summary without what depends on the machine's clock."""
    results = evaluate(what, ignore)
    return {key: value for key, value in summarise(what, results, 0.0).items() if key not in CLOCKED}


@pytest.mark.parametrize("who", ["policy", "expert"])
def test_same_seed_gives_same_bytes_whatever_the_number_of_workers(who: str) -> None:
    what = Evaluation(cell=CELL, picks=7, seed=11, who="expert" if who == "expert" else "policy")
    alone = figures(what)
    assert figures(replace(what, workers=2)) == alone
    assert figures(replace(what, seed=12))["journal_sha256"] != alone["journal_sha256"]


@pytest.mark.hazard("H-22", "H-28")
def test_a_full_journal_verifies_and_replays_bit_for_bit(tmp_path: Path) -> None:
    journals = tmp_path / "journal"
    evaluate(Evaluation(cell=CELL, picks=2, seed=3, journal_folder=journals, detail="full"), ignore)
    assert verify_run(tmp_path)["is_intact"]
    replay = replay_run(tmp_path)
    assert replay["is_identical"]
    assert replay["ticks"] > 2000
    assert replay["verdicts"] > 20


OLD_PROCESSOR = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F"}
"""The C library as it computes on a processor without fused multiply-add."""


def test_a_replay_is_the_same_on_a_processor_with_other_instructions(tmp_path: Path) -> None:
    journals = tmp_path / "journal"
    evaluate(Evaluation(cell=CELL, picks=1, seed=5, who="expert", journal_folder=journals, detail="full"), ignore)
    program = "import sys, pathlib; from spinal.run.evidence import replay_run; "
    program += "print(replay_run(pathlib.Path(sys.argv[1]))['is_identical'])"
    search = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": search, **OLD_PROCESSOR},
    )
    assert done.stdout.strip() == "True", done.stderr


def test_a_digest_journal_refuses_replay_and_says_what_to_do(tmp_path: Path) -> None:
    evaluate(Evaluation(cell=CELL, picks=1, seed=3, who="expert", journal_folder=tmp_path / "journal"), ignore)
    assert verify_run(tmp_path)["is_intact"]
    with pytest.raises(JournalError, match="cannot be replayed"):
        replay_run(tmp_path)


@pytest.mark.hazard("H-28")
def test_one_flipped_bit_is_found_and_named(tmp_path: Path) -> None:
    evaluate(Evaluation(cell=CELL, picks=1, seed=4, who="expert", journal_folder=tmp_path / "journal"), ignore)
    file = next((tmp_path / "journal").glob("*.journal"))
    data = bytearray(file.read_bytes())
    place = len(data) // 2
    data[place] ^= 1
    file.write_bytes(data)
    report = verify_run(tmp_path)
    assert not report["is_intact"]
    problem = report["problems"][0]
    assert problem["segment"] == file.name
    assert abs(problem["byte"] - place) < 4096


@pytest.mark.hazard("H-01", "H-02")
def test_commands_stay_inside_every_limit_in_a_whole_run(tmp_path: Path) -> None:
    from spinal import _core
    from spinal.cell import load_cell

    limits = load_cell(CELL).limits
    evaluate(Evaluation(cell=CELL, picks=2, seed=5, journal_folder=tmp_path / "journal", detail="full"), ignore)
    for file in (tmp_path / "journal").glob("*.journal"):
        ticks = [entry["command"] for entry in _core.read_journal(file) if entry["kind"] == "tick"]
        assert len(ticks) > 1000
        for command in ticks:
            for joint, q, v, a in zip(
                limits.joints.values(),
                command["position_rad"],
                command["velocity_rad_s"],
                command["acceleration_rad_s2"],
                strict=True,
            ):
                assert joint.position_min_rad <= q <= joint.position_max_rad
                assert abs(v) <= joint.velocity_max_rad_s
                assert abs(a) <= joint.acceleration_max_rad_s2 * (1 + 1e-9)


def test_an_unknown_distribution_is_named_before_the_first_scene() -> None:
    with pytest.raises(CellError) as caught:
        evaluate(Evaluation(cell=CELL, distribution="labb", picks=1), ignore)
    assert caught.value.value == "labb"
    assert "lab" in str(caught.value.allowed)


@pytest.mark.parametrize(("successes", "n"), [(59, 59), (950, 1000), (1, 20)])
def test_the_lower_bound_is_the_rate_that_makes_so_many_successes_a_one_in_twenty_event(successes: int, n: int) -> None:
    # The definition of Clopper and Pearson, summed with whole numbers instead of the beta distribution.
    rate = lower95(successes, n)
    tail = sum(math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(successes, n + 1))
    assert tail == pytest.approx(0.05, rel=1e-6)


def test_without_a_success_the_lower_bound_is_zero() -> None:
    assert lower95(0, 10) == 0.0


def by_latency(latency_add_s: float) -> tuple[PickResult, int]:
    """Return the expert's pick of one scene with this much latency more, and how often it decided."""
    cell = load_fitting_cell(CELL)
    station = Station(cell)
    decider = CountedExpert(cell, station)
    try:
        scene = sample(load_distribution(CELL / "lab.toml"), 41, 3)
        result = run_pick(station, decider, replace(scene, latency_add_s=latency_add_s))
    finally:
        station.close()
    return result, decider.decisions


class CountedExpert(ExpertDecider):
    """The expert, and how often it was asked."""

    decisions = 0

    def decide(self, rollout: Rollout, observation: Observation) -> Plan | Undecodable:
        self.decisions += 1
        return super().decide(rollout, observation)


def test_a_late_policy_still_delivers_and_one_slower_than_its_rate_decides_less_often() -> None:
    usual, decisions = by_latency(0.0)
    late, as_often = by_latency(0.1)
    slow, fewer = by_latency(0.3)
    assert usual.succeeded
    assert late.succeeded
    assert slow.succeeded
    assert late.journal_head != usual.journal_head
    per_s = [count / pick.cycle_s for count, pick in ((decisions, usual), (as_often, late), (fewer, slow))]
    assert per_s[0] == pytest.approx(5.0, rel=0.35)
    assert per_s[1] == pytest.approx(per_s[0], rel=0.2)
    assert per_s[2] < 0.65 * per_s[0], "360 ms and not 200 ms lie between two decisions"
