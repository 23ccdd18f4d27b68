"""`spinal bench gate`: the gate under attack, judged by an independent checker, beside the limiters that people use."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any

import numpy as np

from spinal import _core
from spinal.bench import crossing
from spinal.bench.attack import NEAR_SHARE, Outcome, Piece, attack
from spinal.bench.clearance import NEAR_M
from spinal.bench.comparison import compare
from spinal.bench.motion import ROUNDING
from spinal.bench.peers import PACKAGES, PEERS, missing_packages, version_of
from spinal.bench.robots import Robot, fr3, g1, make_arm, make_profile
from spinal.errors import MachineError
from spinal.run.benches import machine
from spinal.run.gate_robot import ur5e

TICKS = 100_000_000
TICKS_LONG = 1_000_000_000
RATES_HZ = (1_000, 10_000, 100_000)
ARM_RATES_HZ = (1_000, 10_000)
"""Up to 10 kHz the gate has an arm model; above, the joint layer is alone."""
ARM_SHARE = 0.1
"""Share of the ticks that are run with the arm model on, so that torque is judged too.

The others are the joint layer alone.
"""
PIECE_TICKS = 2_000_000
"""Longest piece: each has its own seed, and a worker takes the next when it is done with one."""
SAMPLE_STATES = 200_000
"""States for the second dynamics in a whole run; as many near-limit ones besides."""
PEER_TICKS_MAX = 200_000
PEER_HZ = 1_000
TIMED_TICKS = 300_000
CROSSING_LIMIT = 1.1


def bench_gate(
    ticks: int, seed: int, *, with_peers: bool, progress: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """Return what the gate emitted under attack, what the others did with the same wishes.

    And how quick the gate is.
    """
    missing = missing_packages()
    if with_peers and missing:
        raise MachineError(
            f"not installed: {', '.join(missing)}",
            next_step="pip install 'spinal[bench]', or leave the peers out with --without-peers",
        )
    robots = [fr3(), ur5e(), g1()]
    outcomes = list(_attack_all(plan(robots, ticks, seed), progress))
    moves = [row for robot in robots for row in _crossings(robot, seed)]
    times = step_times(robots[0], seed)
    by_kind = total_by_kind(outcomes)
    report: dict[str, Any] = {
        "bench": "gate",
        "seed": seed,
        "ticks": sum(outcome.ticks for outcome in outcomes),
        "violations": sum(by_kind.values()),
        "violations_by_kind": by_kind,
        "baselines": {},
        "crossing_time_ratio": worst_ratio(moves),
        "crossing_time_ratio_with_arm": worst_ratio([row for row in moves if row["with_arm"]]),
        "crossing_time_ratio_to_ruckig": worst_ratio(moves, "ratio_to_ruckig"),
        "p50_ns": times["fast_path"]["following"]["p50_ns"],
        "p99_ns": times["fast_path"]["following"]["p99_ns"],
        "arm_layer_p50_ns": times["arm_layer"]["following"]["p50_ns"],
        "geometry_p50_ns": times["geometric_layer"]["following"]["p50_ns"] - times["arm_layer"]["following"]["p50_ns"],
        "allocations": sum(row[how]["allocations"] for row in times.values() for how in ("following", "attacked")),
        "times": times,
        "detail": merge(outcomes),
        "crossings": moves,
        "sample": {
            "near_share": NEAR_SHARE,
            "states_drawn": sum(outcome.states_drawn for outcome in outcomes),
            "states_near": sum(outcome.states_near for outcome in outcomes),
            "states_near_sampled": sum(outcome.states_near_sampled for outcome in outcomes),
            "near_shapes_m": NEAR_M,
            "states_near_shapes": sum(outcome.states_near_shapes for outcome in outcomes),
            "states_near_shapes_sampled": sum(outcome.states_near_shapes_sampled for outcome in outcomes),
            "dynamics_difference_nm": max(outcome.dynamics_difference_nm for outcome in outcomes),
        },
        "tolerance": ROUNDING,
        "robots": {robot.name: {"joints": robot.dof, "source": robot.source} for robot in robots},
        "versions": {"spinal": version("spinal"), **{name: version_of(name) for name in PACKAGES}},
        "machine": machine(),
    }
    if with_peers:
        peers = compare(robots[0], PEER_HZ, peer_ticks(ticks), seed)
        report["baselines"] = {name: row["violations"] for name, row in peers.items() if name in PEERS}
        report["peers"] = {"robot": robots[0].name, "hz": PEER_HZ, "limiters": peers}
    return report


def plan(robots: list[Robot], ticks: int, seed: int) -> list[Piece]:
    """Return the pieces: every robot at every rate, and the robots with an arm model once more with torque on."""
    kinds = [(robot, hz, False) for robot in robots for hz in RATES_HZ]
    armed = [(robot, hz, True) for robot in robots if robot.arm is not None for hz in ARM_RATES_HZ]
    shares = [(1.0 - ARM_SHARE) / len(kinds)] * len(kinds) + [ARM_SHARE / len(armed)] * len(armed)
    seeds = np.random.SeedSequence(seed)
    pieces = []
    for (robot, hz, with_arm), share in zip([*kinds, *armed], shares, strict=True):
        left = -(-ticks * share // 1)
        while left > 0:
            now = int(min(left, PIECE_TICKS))
            left -= now
            pieces.append(
                Piece(
                    robot=robot,
                    hz=hz,
                    with_arm=with_arm,
                    ticks=now,
                    seed=int(seeds.spawn(1)[0].generate_state(1, np.uint64)[0]),
                    sample=min(now, int(SAMPLE_STATES * now / (ticks * ARM_SHARE)) + 1),
                )
            )
    # The long ones first, so that no worker is left with one at the end.
    return sorted(pieces, key=lambda piece: -piece.ticks * piece.robot.dof)


def _attack_all(pieces: list[Piece], progress: Callable[[int], None] | None) -> Iterator[Outcome]:
    """Run the pieces on all processors; the outcomes come in the order of the pieces."""
    workers = min(len(os.sched_getaffinity(0)), len(pieces))
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for outcome in pool.imap(attack, pieces):
            if progress is not None:
                progress(outcome.ticks)
            yield outcome


def total_by_kind(outcomes: list[Outcome]) -> dict[str, int]:
    """Return violations by kind over all pieces; kinds that none could break are 0 where they were looked at."""
    total: dict[str, int] = {}
    for outcome in outcomes:
        for kind, count in outcome.violations.items():
            total[kind] = total.get(kind, 0) + count
    return total


def merge(outcomes: list[Outcome]) -> list[dict[str, Any]]:
    """Return one row a robot, rate and layer; a row with violations names the seeds that show them."""
    rows: dict[tuple[str, int, bool], dict[str, Any]] = {}
    for outcome in outcomes:
        key = (outcome.robot, outcome.hz, outcome.with_arm)
        row = rows.setdefault(
            key,
            {
                "robot": outcome.robot,
                "hz": outcome.hz,
                "with_arm": outcome.with_arm,
                "ticks": 0,
                "limited": 0,
                "violations_by_kind": {},
                "largest_excess": {},
                "reproduce": [],
            },
        )
        row["ticks"] += outcome.ticks
        row["limited"] += outcome.limited
        for kind, count in outcome.violations.items():
            row["violations_by_kind"][kind] = row["violations_by_kind"].get(kind, 0) + count
            excess = outcome.largest_excess.get(kind, 0.0)
            row["largest_excess"][kind] = max(row["largest_excess"].get(kind, 0.0), excess)
        if outcome.first:
            row["reproduce"].append({"seed": outcome.seed, "ticks": outcome.ticks, "first": outcome.first})
    return [rows[key] for key in sorted(rows)]


def worst_ratio(moves: list[dict[str, Any]], name: str = "ratio") -> float | None:
    """Return the worst ratio to the time-optimal motion, None when a move did not arrive."""
    ratios = [row[name] for row in moves]
    return None if None in ratios else float(max(ratios))


def _crossings(robot: Robot, seed: int) -> Iterator[dict[str, Any]]:
    yield from crossing.crossing(robot, RATES_HZ, with_arm=False, seed=seed)
    if robot.arm is not None:
        yield from crossing.crossing(robot, ARM_RATES_HZ, with_arm=True, seed=seed)


def step_times(robot: Robot, seed: int) -> dict[str, dict[str, Any]]:
    """Return execution times of `Gate::step` by layer, following a slow swing and under attack.

    *fast_path*: the joint layer and the torque of the candidate, as it runs above 10 kHz. *arm_layer*: that, and the
    whole stopping path, as it runs up to 10 kHz. *geometric_layer*: that, and the distances of all shapes along it.
    """
    layers = {
        "joint_layer": (RATES_HZ[-1], None, False),
        "fast_path": (RATES_HZ[-1], make_arm(robot), False),
        "arm_layer": (ARM_RATES_HZ[0], make_arm(robot), False),
        "geometric_layer": (ARM_RATES_HZ[0], make_arm(robot), True),
    }
    times = {}
    for name, (hz, arm, with_arm_limits) in layers.items():
        profile = make_profile(robot, hz, with_arm_limits=with_arm_limits)
        run = _core.AttackRun(profile, arm, seed=seed, start_rad=robot.start_rad())
        run.time(TIMED_TICKS // 10, is_attacked=False)
        times[name] = {
            "robot": robot.name,
            "hz": hz,
            "following": run.time(TIMED_TICKS, is_attacked=False),
            "attacked": run.time(TIMED_TICKS, is_attacked=True),
        }
    return times


def peer_ticks(ticks: int) -> int:
    """Return how many ticks the limiters from Python are given: a hundredth, because they run at Python's speed."""
    return max(10_000, min(PEER_TICKS_MAX, ticks // 100))
