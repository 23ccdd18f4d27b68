"""What can be wrong with the limits of the arm as a whole, held against those of its joints."""

from __future__ import annotations

from collections.abc import Iterator

from spinal.cell import Cell, limit_value
from spinal.run.limits.finding import Finding, Severity
from spinal.run.limits.robot import joint_figures
from spinal.run.limits.stopping import velocity_that_stops_within


def check_arm(cell: Cell) -> Iterator[Finding]:
    """Yield each joint whose full speed the stopping time or distance of `[arm]` forbids."""
    time_max_s = limit_value(cell.limits.arm.stopping_time_max_s)
    way_max_m = limit_value(cell.limits.arm.stopping_distance_max_m)
    for name, figures in joint_figures(cell).items():
        limits = cell.limits.joints[name]
        if not figures.stopping_time_s <= time_max_s:
            motion = (limits.acceleration_max_rad_s2, limits.jerk_max_rad_s3)
            fits = velocity_that_stops_within(time_max_s, *motion)
            yield Finding(
                severity=Severity.WARNING,
                key="arm.stopping_time_max_s",
                what=f"from full speed {name} takes {figures.stopping_time_s:.3f} s to stop: it never goes so fast",
                value=time_max_s,
                allowed=f"velocity_max_rad_s of {name} at most {fits:.4g}, or at least {figures.stopping_time_s:.3f} s",
                next_step=f"lower the speed of {name}, or allow more time",
            )
        if not figures.tool_way_m <= way_max_m:
            yield Finding(
                severity=Severity.WARNING,
                key="arm.stopping_distance_max_m",
                what=f"at home the tool goes {figures.tool_way_m:.3f} m while {name} alone stops from full speed",
                value=way_max_m,
                allowed=f"at least {figures.tool_way_m:.3f}, or a lower speed of {name}",
                next_step=f"lower the speed of {name}, or allow more way",
            )
