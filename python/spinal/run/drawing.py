"""One picture of a cell's shapes over its model, from several sides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib.image
import numpy as np

from spinal import _core
from spinal.cell import Cell, load_cell
from spinal.errors import CellError
from spinal.records import Float, Image
from spinal.run import parts
from spinal.sim.drawing import Colour, DrawnBox, DrawnCapsule, ShapePainter, View
from spinal.sim.shapes import cell_model

WIDTH, HEIGHT = 480, 400
VIEWS = (
    View(at_m=(0.3, 0.0, 0.15), from_m=1.9, azimuth_deg=130.0, elevation_deg=-22.0),
    View(at_m=(0.3, 0.0, 0.2), from_m=1.6, azimuth_deg=90.0, elevation_deg=-4.0),
    View(at_m=(0.3, 0.0, 0.1), from_m=1.7, azimuth_deg=180.0, elevation_deg=-89.0),
    View(at_m=(0.0, 0.0, 0.0), from_m=0.55, azimuth_deg=150.0, elevation_deg=-8.0),
)
"""The last one looks at the tool, wherever it is."""
LIFT_M = 7e-4
"""Capsules are drawn that much larger, or they would flicker where they lie on the link itself."""
ARM: Colour = (0.10, 0.45, 0.95, 0.35)
TOOL: Colour = (0.95, 0.45, 0.05, 0.40)
CELL: Colour = (0.10, 0.70, 0.35, 0.22)
KEEP_OUT: Colour = (0.90, 0.10, 0.10, 0.30)
KEEP_IN: Colour = (0.55, 0.10, 0.75, 1.00)


def draw_geometry(folder: Path, out: Path, joints_rad: Sequence[float] | None = None) -> Path:
    """Write a PNG of the cell's shapes at joint positions (its home when None) and return its path."""
    cell = load_cell(folder)
    core = parts.make_geometry(cell)
    if core is None:
        raise CellError(
            f"{folder} has no shapes to draw",
            allowed="a cell with geometry.toml and [clearance] in limits.toml",
            next_step=f"add [clearance], then `spinal geometry generate {folder}`",
        )
    joints = cell.config.robot.home_rad if joints_rad is None else tuple(joints_rad)
    if len(joints) != len(cell.config.robot.joints):
        raise CellError(
            "the joint positions do not fit the arm",
            value=len(joints),
            allowed=f"{len(cell.config.robot.joints)} positions: {', '.join(cell.config.robot.joints)}",
            next_step="give one a joint, in rad, separated by commas",
        )
    q, arm = np.array(joints, dtype=np.float64), parts.make_arm()
    painter = ShapePainter(cell_model(), WIDTH, HEIGHT, _capsules(cell, core, arm, q), _boxes(cell))
    try:
        tool_m = arm.tool_pose(q)[0]
        views = [*VIEWS[:-1], _moved(VIEWS[-1], tool_m)]
        pictures = [painter.view(q, view) for view in views]
    finally:
        painter.close()
    matplotlib.image.imsave(out, _sheet(pictures), pil_kwargs={"optimize": True})
    return out


def _capsules(cell: Cell, core: _core.Geometry, arm: _core.Arm, q: Float) -> list[DrawnCapsule]:
    assert cell.geometry is not None, "the caller has looked"
    rows = _core.Clearance(core, arm).capsules_m(q)
    return [
        DrawnCapsule(
            a_m=row[:3], b_m=row[3:6], radius_m=float(row[6]) + LIFT_M, colour=TOOL if link.part == "tool" else ARM
        )
        for link, row in zip(cell.geometry.links, rows, strict=True)
    ]


def _boxes(cell: Cell) -> list[DrawnBox]:
    assert cell.geometry is not None, "the caller has looked"
    assert cell.limits.clearance is not None, "the caller has looked"
    boxes = [
        DrawnBox(
            middle_m=np.array(box.middle_m), rotation=np.array(box.rotation), half_m=np.array(box.half_m), colour=CELL
        )
        for box in cell.geometry.boxes
    ]
    for _, kind, role, _, values in cell.limits.clearance.places():
        if kind in ("box", "room"):
            is_in = role == "keep_in"
            zone = DrawnBox(
                middle_m=values[:3],
                rotation=values[3:12].reshape(3, 3),
                half_m=values[12:],
                colour=KEEP_IN if is_in else KEEP_OUT,
                is_frame=is_in,
            )
            boxes.append(zone)
    return boxes


def _moved(view: View, at_m: Float) -> View:
    x, y, z = (float(value) for value in at_m)
    return View(at_m=(x, y, z), from_m=view.from_m, azimuth_deg=view.azimuth_deg, elevation_deg=view.elevation_deg)


def _sheet(pictures: list[Image]) -> Image:
    rows = [np.concatenate(pictures[k : k + 2], axis=1) for k in range(0, len(pictures), 2)]
    return np.ascontiguousarray(np.concatenate(rows, axis=0))
