"""The typed cell → what the independent monitor holds: plain numbers, by no code of the gate's or the arm's."""

from __future__ import annotations

import math

import numpy as np

from spinal import _core
from spinal.cell import Cell
from spinal.cell.unlimited import limit_value
from spinal.errors import CellError
from spinal.records import Float
from spinal.sim.robot import arm_description

MILLISECOND_NS = 1_000_000


def make_monitor(cell: Cell) -> _core.MonitorLimits:
    """Return what the monitor holds; CellError for a limit that it cannot hold."""
    try:
        return _monitor(cell)
    except ValueError as error:
        raise CellError(
            f"{cell.folder / 'limits.toml'}: the independent monitor cannot hold these limits",
            value=error,
            next_step="correct [monitor]",
        ) from None


def _monitor(cell: Cell) -> _core.MonitorLimits:
    limits, told = cell.limits, cell.limits.monitor
    joints = [limits.joints[name] for name in cell.config.robot.joints]
    offset_rad, fixed, tool = chain()

    def column(name: str) -> Float:
        return np.array([getattr(joint, name) for joint in joints], dtype=np.float64)

    def ns(name: str) -> int:
        milliseconds: float = getattr(told, name)
        return round(milliseconds * MILLISECOND_NS)

    return _core.MonitorLimits(
        position_min_rad=column("position_min_rad"),
        position_max_rad=column("position_max_rad"),
        velocity_max_rad_s=column("velocity_max_rad_s"),
        tool_speed_max_m_s=limit_value(limits.arm.tool_speed_max_m_s),
        keep_in_m=_zones(cell, "keep_in"),
        keep_out_m=_zones(cell, "keep_out"),
        walls_m=_walls(cell),
        offset_rad=offset_rad,
        fixed=fixed,
        tool=tool,
        position_tolerance_rad=told.position_tolerance_rad,
        velocity_tolerance_rad_s=told.velocity_tolerance_rad_s,
        tool_speed_tolerance_m_s=told.tool_speed_tolerance_m_s,
        zone_tolerance_m=told.zone_tolerance_m,
        rest_rad_s=told.rest_max_rad_s,
        escalate_ns=ns("escalate_max_ms"),
        escalate_growing_ns=ns("escalate_growing_max_ms"),
        stop_begin_ns=ns("stop_begin_max_ms"),
        stop_end_ns=ns("stop_end_max_ms"),
        alive_max_ns=ns("alive_max_ms"),
        reading_age_max_ns=2 * round(limits.measured_age_max_ms * MILLISECOND_NS),
        speed_window_ns=ns("speed_window_ms"),
        silent_max_ns=ns("silent_max_ms"),
    )


def _zones(cell: Cell, role: str) -> list[tuple[tuple[float, ...], tuple[float, ...], float]]:
    clearance = cell.limits.clearance
    boxes = () if clearance is None else clearance.boxes
    return [
        (zone.middle_m, zone.half_m, math.radians(zone.turn_deg))
        for zone in boxes
        if zone.role == role and zone.concerns != "arm"
    ]


def _walls(cell: Cell) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
    clearance = cell.limits.clearance
    planes = () if clearance is None else clearance.planes
    walls: list[tuple[tuple[float, ...], tuple[float, ...]]] = []
    for plane in planes:
        length = math.hypot(*plane.normal)
        if plane.concerns != "arm":
            walls.append((plane.point_m, tuple(part / length for part in plane.normal)))
    return walls


def chain() -> tuple[Float, Float, Float]:
    """Return the arm as the monitor takes it: offsets (dof,), fixed transforms (dof, 3, 4) and the tool's (3, 4).

    A joint turns about z; then its fixed transform follows. For a row of a Denavit-Hartenberg table that is
    Tz(d)·Tx(a)·Rx(alpha).
    """
    arm = arm_description()
    fixed = [
        [
            [1.0, 0.0, 0.0, a],
            [0.0, math.cos(alpha), -math.sin(alpha), 0.0],
            [0.0, math.sin(alpha), math.cos(alpha), d],
        ]
        for a, d, alpha in zip(arm["a_m"], arm["d_m"], arm["alpha_rad"], strict=True)
    ]
    tool = np.hstack([arm["tool_rotation"], np.asarray(arm["tool_translation_m"])[:, None]])
    return np.asarray(arm["offset_rad"], dtype=np.float64), np.array(fixed), np.ascontiguousarray(tool)
