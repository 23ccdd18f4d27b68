"""The typed cell → the parts of both systems. Lockstep and real time build the same parts here."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from spinal import _core, supervise
from spinal.cell import GEOMETRY_FILE, Cell, limit_value
from spinal.cell.ladder import RungConfig
from spinal.decide import CellInputs, HomeMotion, RecoverMotion, RecoverySettings
from spinal.errors import CellError
from spinal.observe import Assembler
from spinal.records import Float
from spinal.run.people import people_limits
from spinal.sim.robot import arm_description
from spinal.sim.scene import Scene

MILLISECOND_NS = 1_000_000
POLICY_SOURCE = 1
HOME_SOURCE = 2
RECOVER_SOURCE = 3
SECOND_SOURCE = 4
SKILL_SOURCE = 5
SUPERVISE_NS = 20 * MILLISECOND_NS
"""How often the supervisor looks; the same in lockstep and in real time."""
PROPOSAL_VALID_NS = 1_500 * MILLISECOND_NS
"""How long after its observation a proposal may still be played: a whole chunk of 0.8 s and a late start."""
HOME_CLEARANCE_Z_M = 0.2
"""Below it home first rises straight up, out of the totes (their rims are at 0.1 m). Chosen by hand."""
SHIPPED_CELL = Path("cells/bin-picking")
"""The cell that the repository ships, from its root."""
LIMIT_REFUSAL = re.compile(r"(?:joints\[(\d+)\]\.)?(\w+) is (.*); allowed: (.*)")
"""How the core words that it cannot run with a limit: joint, field, value, what is allowed."""
SOURCES = {
    supervise.Source.POLICY: POLICY_SOURCE,
    supervise.Source.HOME: HOME_SOURCE,
    supervise.Source.RECOVER: RECOVER_SOURCE,
    supervise.Source.SECOND: SECOND_SOURCE,
    supervise.Source.SKILL: SKILL_SOURCE,
}
SOURCE_NAMES = {number: str(source) for source, number in SOURCES.items()}
SEEING_SOURCES = frozenset((POLICY_SOURCE, SECOND_SOURCE, SKILL_SOURCE))
"""Those that decide on pictures; home and recoveries go by joints alone."""


def make_profile(cell: Cell) -> _core.Profile:
    """Return the safety profile that the gate holds; CellError for a limit that System 1 cannot run with."""
    try:
        return _profile(cell)
    except ValueError as error:
        raise _limit_error(cell, str(error)) from None


def _profile(cell: Cell) -> _core.Profile:
    limits = cell.limits
    joints = [limits.joints[name] for name in cell.config.robot.joints]

    def column(name: str) -> Float:
        return np.array([limit_value(getattr(joint, name)) for joint in joints], dtype=np.float64)

    return _core.Profile(
        position_min_rad=column("position_min_rad"),
        position_max_rad=column("position_max_rad"),
        velocity_max_rad_s=column("velocity_max_rad_s"),
        acceleration_max_rad_s2=column("acceleration_max_rad_s2"),
        jerk_max_rad_s3=column("jerk_max_rad_s3"),
        torque_max_nm=column("torque_max_nm"),
        torque_rate_max_nm_s=column("torque_rate_max_nm_s"),
        arm_limits=_core.ArmLimits(**{name: limit_value(value) for name, value in limits.arm}),
        period_ns=1_000_000_000 // limits.tick_hz,
        tracking_error_max_rad=limits.tracking_error_max_rad,
        observation_age_max_ns=milliseconds(limits.observation_age_max_ms),
        proposal_gap_max_ns=milliseconds(limits.proposal_gap_max_ms),
        measured_age_max_ns=milliseconds(limits.measured_age_max_ms),
        splice_jump_max_rad=limits.splice_jump_max_rad,
        deadline_misses_max=limits.deadline_misses_max,
        tick_overrun_max=limits.tick_overrun_max,
        packet_loss_max=limits.packet_loss_max,
        profile_hash=cell.limits_hash,
        geometry=make_geometry(cell),
        people=people_limits(limits.people),
    )


def make_geometry(cell: Cell) -> _core.Geometry | None:
    """Return the geometry that the gate holds; None for a cell without one. CellError for what it cannot hold."""
    if cell.geometry is None or cell.limits.clearance is None:
        return None
    try:
        return cell.geometry.to_core(cell.limits.clearance, len(cell.config.robot.joints))
    except ValueError as error:
        raise CellError(
            f"{cell.folder / GEOMETRY_FILE}: the gate cannot hold this geometry",
            value=error,
            next_step="correct it, or write it anew with `spinal geometry generate`",
        ) from None


def _limit_error(cell: Cell, refusal: str) -> CellError:
    """Return the core's refusal of a limit in the words of limits.toml: with the joint's name, times in ms."""
    file = cell.folder / "limits.toml"
    parsed = LIMIT_REFUSAL.fullmatch(refusal)
    if parsed is None:
        return CellError(f"{file}: System 1 cannot run with these limits", value=refusal, next_step=f"correct {file}")
    joint, key, value, allowed = parsed.groups()
    if joint is not None:
        key = f"joints.{cell.config.robot.joints[int(joint)]}.{key}"
    elif key.endswith("_ns"):
        key = f"{key.removesuffix('_ns')}_ms"
        value = getattr(cell.limits, key)
        allowed = re.sub(r"\d+", lambda ns: f"{int(ns[0]) / MILLISECOND_NS:g}", allowed).replace(" ns", " ms")
    return CellError(
        f"{file}: System 1 cannot run with this {key}", value=value, allowed=allowed, next_step=f"correct {key}"
    )


def make_settings(cell: Cell) -> _core.Settings:
    """Return System 1's tuning, with what is safe for this cell's robot."""
    return _core.Settings(safe_state=cell.config.robot.safe_state)


def make_arm() -> _core.Arm:
    """Return kinematics and dynamics of the cell's arm (the only robot port is the simulated one)."""
    return _core.Arm.from_dh(**arm_description())


def make_home(cell: Cell, arm: _core.Arm) -> HomeMotion:
    """Return the scripted way home."""
    return HomeMotion(
        arm=arm,
        home_rad=np.array(cell.config.robot.home_rad),
        velocity_max_rad_s=np.array([cell.limits.joints[name].velocity_max_rad_s for name in cell.config.robot.joints]),
        clearance_z_m=HOME_CLEARANCE_Z_M,
    )


def make_assembler(cell: Cell, arm: _core.Arm) -> Assembler:
    """Return the observer of the cameras that the policy looks through."""
    config = cell.config
    return Assembler(
        cameras={name: milliseconds(config.cameras[name].age_max_ms) for name in config.policy.cameras},
        inputs=config.robot.inputs,
        arm=arm,
        robot_age_max_ns=milliseconds(cell.limits.measured_age_max_ms),
    )


def cell_inputs(cell: Cell) -> CellInputs:
    """Return what the cell offers to a policy."""
    config = cell.config
    return CellInputs(
        cameras={name: (config.cameras[name].width, config.cameras[name].height) for name in config.policy.cameras},
        inputs=config.robot.inputs,
        skus=tuple(config.skus),
        decision_rate_hz=config.policy.rate_hz,
    )


def make_ladder(cell: Cell, rungs: tuple[RungConfig, ...]) -> supervise.Ladder | None:
    """Return the ladder of these rungs of the cell; None for none."""
    recovery = cell.config.recovery
    if not rungs or recovery is None:
        return None
    sources = {"second": supervise.Source.SECOND, "skill": supervise.Source.SKILL}
    return supervise.Ladder(
        rungs=tuple(
            supervise.Rung(
                name=rung.rung,
                source=sources.get(rung.rung, supervise.Source.POLICY),
                attempts=rung.attempts,
                recoveries=tuple(
                    None if motion == "none" else supervise.Recovery(motion) for motion in rung.recoveries
                ),
                speed_scale=1.0 if rung.speed_scale is None else rung.speed_scale,
                clears_after=rung.clears_after,
            )
            for rung in rungs
        ),
        skips_max=recovery.skips_max,
        ask_timeout_ns=milliseconds(recovery.ask_timeout_s * 1e3),
        recover_timeout_ns=milliseconds(recovery.timeout_s * 1e3),
    )


def make_recovery(cell: Cell, arm: _core.Arm) -> RecoverMotion | None:
    """Return the scripted motions between two tries; None for a cell without them."""
    recovery = cell.config.recovery
    if recovery is None:
        return None
    return RecoverMotion(
        arm,
        RecoverySettings(
            look_m=recovery.look_m,
            stir_zone_m=recovery.stir_zone_m,
            stir_z_m=recovery.stir_z_m,
            clearance_z_m=HOME_CLEARANCE_Z_M,
        ),
    )


def supervise_settings(
    cell: Cell, attempts_max: int | None = None, rungs: tuple[RungConfig, ...] | None = None
) -> supervise.Settings:
    """Return what the supervisor decides with; `attempts_max` and `rungs` stand for the cell's own if given."""
    config = cell.config
    x_min, x_max, y_min, y_max = config.task.destination_zone_m
    return supervise.Settings(
        home_rad=config.robot.home_rad,
        weights={
            name: supervise.Weight(mass_kg=sku.mass_kg, tolerance_kg=sku.mass_tolerance_kg)
            for name, sku in config.skus.items()
        },
        destination=supervise.Zone(x_min_m=x_min, x_max_m=x_max, y_min_m=y_min, y_max_m=y_max),
        attempts_max=config.task.attempts_max if attempts_max is None else attempts_max,
        attempt_timeout_ns=milliseconds(config.task.attempt_timeout_s * 1e3),
        home_timeout_ns=milliseconds(config.task.home_timeout_s * 1e3),
        ladder=make_ladder(cell, config.ladder if rungs is None else rungs),
        scale_input="scale_kg",
    )


def is_slowed(status: _core.Status) -> bool:
    """Return whether System 1 makes the arm slow: for a person who is near, or because less speed was asked for."""
    return status.limited_by == "contact" or status.speed_scale < 1.0


def lockstep_latency_ns(cell: Cell, scene: Scene) -> int:
    """Return the virtual time from an observation to the offer of what was decided on it, in whole milliseconds."""
    return milliseconds(round(cell.config.policy.lockstep_latency_ms + scene.latency_add_s * 1e3))


def milliseconds(value: float) -> int:
    """Return that many milliseconds in ns."""
    return round(value * MILLISECOND_NS)
