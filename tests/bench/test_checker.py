"""The checker finds what is planted, of every kind and however small, and nothing else.

So its zero is worth something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from planted import HZ, swing

from spinal import _core
from spinal.bench.attack import ArmChecker, Piece
from spinal.bench.clearance import ClearanceChecker
from spinal.bench.dynamics import PinocchioTorques, chain_of, works
from spinal.bench.motion import ROUNDING, Counts, MotionChecker
from spinal.bench.robots import NO_ARM_LIMITS, Robot, fr3, make_arm
from spinal.bench.shapes import Place, Shapes
from spinal.cell import load_cell
from spinal.records import Float
from spinal.run import parts
from spinal.run.gate_robot import ur5e

ROBOT = fr3()
JOINT, TICK = 2, 100
Motion = tuple[Float, Float, Float]


def found(motion: Motion, *, is_consistent: bool = True, chunk: int = 400) -> dict[str, int]:
    checker = MotionChecker(ROBOT, HZ, is_consistent=is_consistent)
    for start in range(0, motion[0].shape[1], chunk):
        checker.look(*(values[:, start : start + chunk] for values in motion))
    return {kind: count for kind, count in checker.counts.violations.items() if count}


def test_a_motion_inside_the_limits_has_no_violation() -> None:
    assert found(swing(ROBOT)) == {}


def planted_position(q: Float, v: Float, a: Float, share: float) -> None:
    q += (ROBOT.position_max_rad - q.max(axis=1))[:, None]
    q[JOINT] += share * (ROBOT.position_max_rad - ROBOT.position_min_rad)[JOINT]


def planted_velocity(q: Float, v: Float, a: Float, share: float) -> None:
    v[JOINT, TICK] = ROBOT.velocity_max_rad_s[JOINT] * (1.0 + share)


def planted_acceleration(q: Float, v: Float, a: Float, share: float) -> None:
    a[JOINT, TICK] = -ROBOT.acceleration_max_rad_s2[JOINT] * (1.0 + share)


def planted_jerk(q: Float, v: Float, a: Float, share: float) -> None:
    a[JOINT, TICK:] += ROBOT.jerk_max_rad_s3[JOINT] / HZ * (1.0 + share) - (a[JOINT, TICK] - a[JOINT, TICK - 1])


PLANTED: dict[str, Callable[[Float, Float, Float, float], None]] = {
    "position": planted_position,
    "velocity": planted_velocity,
    "acceleration": planted_acceleration,
    "jerk": planted_jerk,
}


@pytest.mark.hazard("H-22")
@pytest.mark.parametrize("kind", PLANTED)
def test_a_violation_is_found_just_beyond_the_tolerance(kind: str) -> None:
    motion = swing(ROBOT)
    PLANTED[kind](*motion, 5.0 * ROUNDING)
    assert kind in found(motion, is_consistent=False)


@pytest.mark.parametrize("kind", PLANTED)
def test_at_the_limit_itself_there_is_none(kind: str) -> None:
    motion = swing(ROBOT)
    PLANTED[kind](*motion, 0.0)
    assert kind not in found(motion, is_consistent=False)


@pytest.mark.parametrize("chunk", [400, 101, 100, 1])
def test_a_jump_between_two_stretches_is_found_however_they_are_cut(chunk: int) -> None:
    motion = swing(ROBOT)
    motion[0][JOINT, TICK:] += 2.0 * ROBOT.velocity_max_rad_s[JOINT] / HZ
    assert found(motion, is_consistent=False, chunk=chunk) == {"velocity": 1}


def test_velocities_that_do_not_lead_to_the_positions_are_found() -> None:
    q, v, a = swing(ROBOT)
    q[JOINT, TICK:] += 1e-9
    assert found((q, v, a)) == {"inconsistent": 1}


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_number_that_is_none_is_found(bad: float, part: int) -> None:
    motion = swing(ROBOT)
    motion[part][JOINT, TICK] = bad
    assert found(motion)["not_finite"] == 1


@pytest.mark.hazard("H-22")
def test_two_dynamics_and_the_gates_own_agree_to_rounding() -> None:
    chain = chain_of(ROBOT.arm or {})
    generator = np.random.default_rng(1)
    q, v, a = (generator.uniform(-1.0, 1.0, (7, 50)) * scale for scale in (2.0, 2.6, 10.0))
    numpy_nm = works(chain, q, v, a).torque_nm
    arm = make_arm(ROBOT)
    assert arm is not None
    gate_nm = np.array([arm.inverse_dynamics(*(x[:, k].copy() for x in (q, v, a))) for k in range(50)]).T
    np.testing.assert_allclose(numpy_nm, PinocchioTorques(chain).torques(q, v, a), atol=1e-10)
    np.testing.assert_allclose(numpy_nm, gate_nm, atol=1e-10)


def test_speed_energy_and_momentum_are_those_of_pinocchio() -> None:
    chain = chain_of(ROBOT.arm or {})
    generator = np.random.default_rng(2)
    q, v = generator.uniform(-2.0, 2.0, (2, 7, 20))
    found = works(chain, q, v, np.zeros_like(q))
    speed, energy, momentum = PinocchioTorques(chain).works(q, v)
    np.testing.assert_allclose(found.tool_speed_m_s, speed, atol=1e-12)
    np.testing.assert_allclose(found.kinetic_energy_j, energy, atol=1e-12)
    np.testing.assert_allclose(found.momentum_kg_m_s, momentum, atol=1e-12)


SHAPES = ROBOT.shapes
assert SHAPES is not None


def moved_to(name: str, at_m: tuple[float, float, float]) -> Shapes:
    """Return the shapes with one place moved."""
    assert SHAPES is not None
    places = tuple(replace(place, middle_m=at_m) if place.name == name else place for place in SHAPES.places)
    return replace(SHAPES, places=places)


def too_near(shapes: Shapes, q: Float) -> set[str]:
    counts = Counts()
    ClearanceChecker(chain_of(ROBOT.arm or {}), shapes, sample=1_000, seed=1).look(counts, 0, q)
    return {kind for kind, count in counts.violations.items() if count}


def test_a_motion_between_the_shapes_has_no_violation() -> None:
    assert too_near(SHAPES, swing(ROBOT)[0]) == set()


@pytest.mark.parametrize(
    ("name", "at_m", "kind"),
    [
        ("pillar", (0.45, 0.0, 0.45), "box"),
        ("floor", (0.0, 0.0, 0.2), "plane"),
        ("room", (-0.5, 0.0, 0.5), "box"),
        ("shelf", (0.6, 0.0, 0.6), "box"),
    ],
)
def test_a_place_in_the_way_is_found(name: str, at_m: tuple[float, float, float], kind: str) -> None:
    assert too_near(moved_to(name, at_m), swing(ROBOT)[0]) == {kind}


def test_an_arm_that_touches_itself_is_found() -> None:
    folded = np.array([0.0, 0.0, 0.0, -3.04, 0.0, 0.55, 0.0])[:, None]
    assert "capsule" in too_near(SHAPES, folded)


@pytest.mark.parametrize(("above_m", "is_broken"), [(1e-4, False), (-1e-4, True)])
def test_a_box_is_found_to_a_tenth_of_a_millimetre(above_m: float, is_broken: bool) -> None:
    """The arrays bound a capsule's distance from a box only; what lies between the bounds is decided by coal."""
    q = ROBOT.start_rad()[:, None]
    found = ClearanceChecker(chain_of(ROBOT.arm or {}), SHAPES, sample=10, seed=1)
    tool = found.ends_m(q)[-1, ..., 0]
    lowest = float(tool[:, 2].min()) - SHAPES.robot[-1].radius_m
    half_m = (0.05, 0.05, 0.05)
    end = tool[int(tool[:, 2].argmin())]
    middle = (float(end[0]), float(end[1]), lowest - half_m[2] - SHAPES.clearance_min_m - above_m)
    block = Place(name="block", kind="box", role="cell", concerns="tool", middle_m=middle, half_m=half_m)
    assert too_near(replace(SHAPES, places=(block,)), q) == ({"box"} if is_broken else set())


@pytest.mark.hazard("H-08", "H-09", "H-22")
@pytest.mark.parametrize("robot", [ROBOT, ur5e()], ids=lambda robot: robot.name)
def test_all_distances_are_those_that_the_gate_has(robot: Robot) -> None:
    arm, chain, shapes = make_arm(robot), chain_of(robot.arm or {}), robot.shapes
    assert arm is not None
    assert shapes is not None
    checker = ClearanceChecker(chain, shapes, sample=0, seed=1)
    gate = _core.Clearance(shapes.geometry(robot.dof), arm)
    order = {(a, b): k for k, (a, b, _) in enumerate(gate.pairs())}
    met = {(i, len(shapes.robot) + k) for i, k in checker.met}
    assert set(order) == {*checker.pairs, *met}, "what the gate keeps apart is what is checked"
    generator = np.random.default_rng(3)
    q = generator.uniform(robot.position_min_rad[:, None], robot.position_max_rad[:, None], (robot.dof, 40))
    ends = checker.ends_m(q)
    for tick in range(q.shape[1]):
        gates = gate.distances_m(q[:, tick].copy())
        short = checker.coal.shortfalls_m(ends[..., tick], checker.pairs, checker.met)
        boxed = [(i, k) for i, k in checker.met if shapes.places[k].kind == "box"]
        names = [*checker.pairs, *((i, len(shapes.robot) + k) for i, k in boxed)]
        limits = [shapes.clearance_min_m] * len(checker.pairs)
        limits += [shapes.clearance_min_m if shapes.places[k].role == "cell" else 0.0 for _, k in boxed]
        for name, (_, found), limit in zip(names, short, limits, strict=True):
            if gates[order[name]] > 0.0:
                assert limit - found == pytest.approx(gates[order[name]], abs=1e-6)


WHOLE_ARM: dict[str, dict[str, Any]] = {
    "torque": {"torque_max_nm": 0.2 * ROBOT.torque_max_nm},
    "torque_rate": {"torque_rate_max_nm_s": 1e-3 * ROBOT.torque_rate_max_nm_s},
    "tool_speed": {"arm_limits": {**NO_ARM_LIMITS, "tool_speed_max_m_s": 0.01}},
    "elbow_speed": {"arm_limits": {**NO_ARM_LIMITS, "elbow_speed_max_m_s": 0.01}},
    "momentum": {"arm_limits": {**NO_ARM_LIMITS, "momentum_max_kg_m_s": 0.01}},
    "power": {"arm_limits": {**NO_ARM_LIMITS, "power_max_w": 0.01}},
    "kinetic_energy": {"arm_limits": {**NO_ARM_LIMITS, "kinetic_energy_max_j": 1e-4}},
}


@pytest.mark.parametrize("kind", WHOLE_ARM)
def test_a_limit_of_the_whole_arm_that_is_broken_is_found(kind: str) -> None:
    def broken(robot: Robot) -> set[str]:
        counts = Counts()
        piece = Piece(robot=robot, hz=HZ, with_arm=True, ticks=400, seed=1, sample=100)
        ArmChecker(piece).look(counts, 0, *swing(robot))
        return {name for name, count in counts.violations.items() if count}

    assert broken(ROBOT) == set()
    assert broken(replace(ROBOT, **WHOLE_ARM[kind])) == {kind}


@pytest.mark.hazard("H-08", "H-09", "H-22")
def test_what_is_attacked_is_the_geometry_of_the_shipped_cell() -> None:
    robot, shipped = ur5e(), parts.make_geometry(load_cell(parts.SHIPPED_CELL))
    arm = make_arm(robot)
    assert arm is not None
    assert robot.shapes is not None
    assert shipped is not None
    attacked = robot.shapes.geometry(robot.dof)
    assert attacked.names == shipped.names
    one, other = _core.Clearance(attacked, arm), _core.Clearance(shipped, arm)
    assert one.pairs() == other.pairs()
    assert len(one.pairs()) > 500
    generator = np.random.default_rng(4)
    for q in generator.uniform(-3.0, 3.0, (20, robot.dof)):
        np.testing.assert_array_equal(one.distances_m(q), other.distances_m(q))


@pytest.mark.hazard("H-08", "H-09", "H-22")
def test_the_shipped_arm_at_home_is_clear_and_in_a_tote_or_out_of_the_fence_it_is_not() -> None:
    robot = ur5e()
    chain, shapes = chain_of(robot.arm or {}), robot.shapes
    assert shapes is not None

    def found(q: Float) -> set[str]:
        counts = Counts()
        ClearanceChecker(chain, shapes, sample=10, seed=1).look(counts, 0, q[:, None])
        return {kind for kind, count in counts.violations.items() if count}

    home = robot.start_rad()
    assert found(home) == set()
    lowered = home.copy()
    lowered[1] += 0.9
    assert "box" in found(lowered)
    assert "box" in found(np.zeros(robot.dof)), "stretched out"
