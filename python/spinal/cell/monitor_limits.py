"""Section `[monitor]` of limits.toml: what the independent monitor tolerates beyond the limits, and how long."""

from __future__ import annotations

from spinal.cell.config import Positive, Strict


class MonitorLimits(Strict):
    """Tolerances on measured values, in rad, rad/s, m/s and m, and times in ms."""

    position_tolerance_rad: Positive
    velocity_tolerance_rad_s: Positive
    tool_speed_tolerance_m_s: Positive
    zone_tolerance_m: Positive
    rest_max_rad_s: Positive
    escalate_max_ms: Positive
    escalate_growing_max_ms: Positive
    stop_begin_max_ms: Positive
    stop_end_max_ms: Positive
    alive_max_ms: Positive
    speed_window_ms: Positive
    silent_max_ms: Positive
