"""What can be wrong with least distance and zones, held against the robot at home and the place it delivers to."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from spinal import _core
from spinal.cell import Cell, ClearanceLimits
from spinal.run import parts
from spinal.run.limits.finding import Finding, Severity


def check_clearance(cell: Cell) -> Iterator[Finding]:
    """Yield shapes that may touch, every pair that is too near at home, and zones without the destination."""
    clearance = cell.limits.clearance
    if clearance is None:
        return
    if clearance.clearance_min_m == 0.0:
        yield Finding(
            severity=Severity.WARNING,
            key="clearance.clearance_min_m",
            what="shapes may touch: nothing is left for what the robot differs from its command and its model",
            value=clearance.clearance_min_m,
            allowed="more than 0",
            next_step="write how far apart shapes are to stay",
        )
    yield from _at_home(cell)
    yield from _destination(cell, clearance)


def _at_home(cell: Cell) -> Iterator[Finding]:
    """A robot that is too near to something at home never leaves it."""
    geometry = parts.make_geometry(cell)
    if geometry is None:
        return
    clearance = _core.Clearance(geometry, parts.make_arm())
    distances = clearance.distances_m(np.array(cell.config.robot.home_rad))
    for (first, second, least_m), distance_m in zip(clearance.pairs(), distances, strict=True):
        if not distance_m >= least_m:
            yield Finding(
                severity=Severity.ERROR,
                key="clearance.clearance_min_m" if least_m > 0.0 else "clearance",
                what=f"at home {geometry.names[first]} is too near to {geometry.names[second]}: the robot never starts",
                value=float(distance_m),
                allowed=f"at least {least_m:.6g} m",
                next_step="correct the zone or the shape, or move robot.home_rad",
            )


def _destination(cell: Cell, clearance: ClearanceLimits) -> Iterator[Finding]:
    """A tool that may not go where items are released never finishes an order."""
    x_min, x_max, y_min, y_max = cell.config.task.destination_zone_m
    corners = np.array([(x, y) for x in (x_min, x_max) for y in (y_min, y_max)])
    for zone in clearance.boxes:
        if zone.role != "keep_in" or zone.concerns == "arm":
            continue
        turn_rad = np.radians(zone.turn_deg)
        away = corners - np.array(zone.middle_m[:2])
        own = away @ np.array([[np.cos(turn_rad), -np.sin(turn_rad)], [np.sin(turn_rad), np.cos(turn_rad)]])
        beyond_m = float((np.abs(own) - np.array(zone.half_m[:2])).max())
        if not beyond_m <= 0.0:
            yield Finding(
                severity=Severity.WARNING,
                key=f"clearance.boxes.{zone.name}",
                what="the place where items are released reaches out of this zone, which the tool may not leave",
                value=f"{beyond_m:.3f} m beyond its side",
                allowed="all of task.destination_zone_m inside",
                next_step="widen the zone, or correct task.destination_zone_m",
            )
