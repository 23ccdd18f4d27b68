"""What can be wrong with the limits of one joint, beyond their form."""

from __future__ import annotations

from collections.abc import Iterator

from spinal.cell import Cell, JointLimits
from spinal.run.limits.finding import Finding, Severity
from spinal.run.limits.robot import JointFigures, joint_figures


def check_joints(cell: Cell) -> Iterator[Finding]:
    """Yield what is wrong or odd, joint by joint."""
    period_s = 1.0 / cell.limits.tick_hz
    for name, figures in joint_figures(cell).items():
        limits = cell.limits.joints[name]
        yield from _above_published(name, limits, figures)
        yield from _motion(name, limits, period_s)
        yield from _torque(name, limits, figures)


def _above_published(name: str, limits: JointLimits, figures: JointFigures) -> Iterator[Finding]:
    """A limit above what the maker publishes protects nothing."""
    reach = figures.published_position_max_rad
    for key, value, published, is_inside in (
        ("position_min_rad", limits.position_min_rad, -reach, limits.position_min_rad >= -reach),
        ("position_max_rad", limits.position_max_rad, reach, limits.position_max_rad <= reach),
        _at_most("velocity_max_rad_s", limits.velocity_max_rad_s, figures.published_velocity_max_rad_s),
        _at_most("torque_max_nm", limits.torque_max_nm, figures.published_torque_max_nm),
    ):
        if not is_inside:
            yield Finding(
                severity=Severity.ERROR,
                key=f"joints.{name}.{key}",
                what="beyond what the robot's maker publishes",
                value=value,
                allowed=f"{'at least' if key == 'position_min_rad' else 'at most'} {published:.6g}",
                next_step=f"bring {key} inside",
            )


def _at_most(key: str, value: float, published: float) -> tuple[str, float, float, bool]:
    return key, value, published, value <= published


def _motion(name: str, limits: JointLimits, period_s: float) -> Iterator[Finding]:
    realisable = limits.acceleration_max_rad_s2 / period_s
    if not limits.jerk_max_rad_s3 <= realisable:
        yield Finding(
            severity=Severity.WARNING,
            key=f"joints.{name}.jerk_max_rad_s3",
            what="one tick cannot realise this jerk: all of the acceleration comes within a tick, so it limits nothing",
            value=limits.jerk_max_rad_s3,
            allowed=f"at most {realisable:.6g} at this tick_hz and acceleration_max_rad_s2",
            next_step="write a jerk that limits",
        )


def _torque(name: str, limits: JointLimits, figures: JointFigures) -> Iterator[Finding]:
    if not limits.torque_max_nm >= figures.gravity_torque_nm:
        yield Finding(
            severity=Severity.ERROR,
            key=f"joints.{name}.torque_max_nm",
            what="the joint cannot even hold the arm at home against gravity",
            value=limits.torque_max_nm,
            allowed=f"at least {figures.gravity_torque_nm:.4g}, and more to move",
            next_step="raise it, or correct home_rad",
        )
    limit = figures.torque_rate_max_nm_s
    if figures.torque_rate_nm_s <= limit:
        return
    is_own = figures.own_torque_rate_nm_s > limit
    needed = figures.own_torque_rate_nm_s if is_own else figures.torque_rate_nm_s
    fits = limits.jerk_max_rad_s3 * limit / needed
    who = "this joint alone" if is_own else "all joints together, each in its worst direction,"
    yield Finding(
        severity=Severity.WARNING,
        key=f"joints.{name}.torque_rate_max_nm_s",
        what=f"at home, {who} at the jerk limit needs {needed:.4g} N·m/s: the gate will hold the motion back",
        value=limit,
        allowed=f"at least {needed:.4g}, or a jerk of at most {fits:.4g} rad/s³ "
        + (f"for {name}" if is_own else f"for {name} and the others in proportion"),
        next_step=f"lower jerk_max_rad_s3, or raise torque_rate_max_nm_s of {name}",
    )
