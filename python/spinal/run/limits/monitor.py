"""What can be wrong with the tolerances and times of the independent monitor, held against what it watches."""

from __future__ import annotations

from collections.abc import Iterator

from spinal.cell import Cell, limit_value
from spinal.run.limits.finding import Finding, Severity
from spinal.run.limits.robot import joint_figures


def check_monitor(cell: Cell) -> Iterator[Finding]:
    """Yield times that stop a healthy robot, and tolerances that watch nothing."""
    yield from _times(cell)
    yield from _tolerances(cell)


def _times(cell: Cell) -> Iterator[Finding]:
    limits, monitor = cell.limits, cell.limits.monitor
    tick_ms = 1e3 / limits.tick_hz
    longest_s, slowest = max((figures.stopping_time_s, name) for name, figures in joint_figures(cell).items())
    allowed_s = min(longest_s, limit_value(limits.arm.stopping_time_max_s))
    if not monitor.stop_end_max_ms >= allowed_s * 1e3:
        yield Finding(
            severity=Severity.ERROR,
            key="monitor.stop_end_max_ms",
            what=f"a stop that is right takes longer ({slowest} from full speed): the monitor would take the power",
            value=monitor.stop_end_max_ms,
            allowed=f"at least {allowed_s * 1e3:.0f} ms",
            next_step="allow more time, or lower arm.stopping_time_max_s",
        )
    for key, least_ms, why in (
        ("speed_window_ms", 2.0 * tick_ms, "readings come once a tick: in so short a time there are no two of them"),
        ("alive_max_ms", 2.0 * tick_ms, "a counter that goes up once a tick stands still for longer than that"),
    ):
        value = float(getattr(monitor, key))
        if not value >= least_ms:
            yield Finding(
                severity=Severity.ERROR,
                key=f"monitor.{key}",
                what=why,
                value=value,
                allowed=f"at least {least_ms:.6g} ms at this tick_hz",
                next_step=f"raise {key}",
            )
    overrun_ms = limits.tick_overrun_max * tick_ms
    if not monitor.alive_max_ms >= overrun_ms:
        yield Finding(
            severity=Severity.WARNING,
            key="monitor.alive_max_ms",
            what="the monitor takes the power before System 1 itself may act on a late tick (tick_overrun_max)",
            value=monitor.alive_max_ms,
            allowed=f"at least {overrun_ms:.6g} ms, or a lower tick_overrun_max",
            next_step="raise alive_max_ms, or lower tick_overrun_max",
        )
    if not monitor.escalate_growing_max_ms <= monitor.escalate_max_ms:
        yield Finding(
            severity=Severity.WARNING,
            key="monitor.escalate_growing_max_ms",
            what="a violation that grows is given more time than one that only lasts",
            value=monitor.escalate_growing_max_ms,
            allowed=f"at most {monitor.escalate_max_ms:.6g} ms",
            next_step="lower escalate_growing_max_ms",
        )


def _tolerances(cell: Cell) -> Iterator[Finding]:
    """A tolerance as large as what it is added to lets everything pass until it is twice too much."""
    monitor, joints = cell.limits.monitor, cell.limits.joints.items()
    slow, slow_name = min((joint.velocity_max_rad_s, f"the speed limit of {name}") for name, joint in joints)
    narrow, narrow_name = min(
        (joint.position_max_rad - joint.position_min_rad, f"the whole range of {name}") for name, joint in joints
    )
    tool_m_s = limit_value(cell.limits.arm.tool_speed_max_m_s)
    for key, limit, name in (
        ("velocity_tolerance_rad_s", slow, slow_name),
        ("rest_max_rad_s", slow, slow_name),
        ("position_tolerance_rad", narrow, narrow_name),
        ("tool_speed_tolerance_m_s", tool_m_s, "arm.tool_speed_max_m_s"),
    ):
        value = float(getattr(monitor, key))
        if not value < limit:
            yield Finding(
                severity=Severity.ERROR,
                key=f"monitor.{key}",
                what=f"as large as {name}: the monitor watches nothing",
                value=value,
                allowed=f"below {limit:.6g}, far below",
                next_step="write what the robot's own sensors may be wrong by",
            )
