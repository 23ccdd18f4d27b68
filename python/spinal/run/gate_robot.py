"""The shipped cell as the benchmark attacks it: its arm, its limits, its shapes and its zones."""

from __future__ import annotations

from itertools import product

import numpy as np

from spinal.bench.robots import Robot
from spinal.bench.shapes import Place, Shape, Shapes
from spinal.cell import GEOMETRY_FILE, Cell, limit_value, load_cell
from spinal.errors import CellError
from spinal.records import Float
from spinal.run import parts
from spinal.sim.robot import arm_description


def ur5e() -> Robot:
    """Return the shipped cell's arm under the cell's own limits, among its own shapes."""
    cell = load_cell(parts.SHIPPED_CELL)
    joints = [cell.limits.joints[name] for name in cell.config.robot.joints]

    def column(name: str) -> Float:
        return np.array([limit_value(getattr(joint, name)) for joint in joints], dtype=np.float64)

    return Robot(
        name="ur5e",
        position_min_rad=column("position_min_rad"),
        position_max_rad=column("position_max_rad"),
        velocity_max_rad_s=column("velocity_max_rad_s"),
        acceleration_max_rad_s2=column("acceleration_max_rad_s2"),
        jerk_max_rad_s3=column("jerk_max_rad_s3"),
        torque_max_nm=column("torque_max_nm"),
        torque_rate_max_nm_s=column("torque_rate_max_nm_s"),
        arm_limits={name: limit_value(value) for name, value in cell.limits.arm},
        arm=arm_description(),
        shapes=shapes_of_cell(cell),
        home_rad=np.array(cell.config.robot.home_rad),
        source=(
            f"{parts.SHIPPED_CELL}: limits.toml, and the shapes and zones of geometry.toml and [clearance]; "
            "arm model of the cell: Universal Robots' published table, with tool"
        ),
    )


def shapes_of_cell(cell: Cell) -> Shapes | None:
    """Return the cell's shapes and zones for gate and checker; None for a cell without geometry."""
    file, clearance = cell.geometry, cell.limits.clearance
    if file is None or clearance is None:
        return None
    if file.capsules:
        raise CellError(
            f"{cell.folder / GEOMETRY_FILE}: the benchmark's checker knows no capsules of a cell",
            value=", ".join(capsule.name for capsule in file.capsules),
            allowed="boxes and planes",
            next_step="write them as boxes",
        )
    robot = [
        Shape(
            name=link.name,
            link=link.link,
            part=link.part,
            ends_m=np.array([link.a_m, link.b_m]),
            radius_m=link.radius_m,
        )
        for link in file.links
    ]
    places = [
        Place(
            name=box.name,
            kind="box",
            role="cell",
            concerns=None,
            middle_m=box.middle_m,
            half_m=box.half_m,
            rotation=np.array(box.rotation),
        )
        for box in file.boxes
    ]
    places += [_plane(plane.name, "cell", None, np.array([*plane.point_m, *plane.normal])) for plane in file.planes]
    for name, kind, role, concerns, numbers in clearance.places():
        places.append(
            _plane(name, role, concerns, numbers) if kind == "plane" else _box(name, kind, role, concerns, numbers)
        )
    numbers_of = {
        name: k for k, name in enumerate([*(shape.name for shape in robot), *(place.name for place in places)])
    }
    unchecked = {
        (min(pair), max(pair))
        for entry in file.unchecked
        for pair in product([numbers_of[name] for name in entry.shapes], [numbers_of[name] for name in entry.against])
    }
    return Shapes(
        robot=tuple(robot),
        places=tuple(places),
        clearance_min_m=clearance.clearance_min_m,
        unchecked=frozenset(unchecked),
    )


def _box(name: str, kind: str, role: str, concerns: str | None, numbers: Float) -> Place:
    """Return a zone from its middle, its axes by rows and its half sides (15,)."""
    return Place(
        name=name,
        kind=kind,
        role=role,
        concerns=concerns,
        middle_m=_three(numbers[:3]),
        half_m=_three(numbers[12:]),
        rotation=numbers[3:12].reshape(3, 3),
    )


def _plane(name: str, role: str, concerns: str | None, numbers: Float) -> Place:
    """Return a plane from a point and its normal (6,), with any two axes across it."""
    normal = numbers[3:]
    across = np.cross(normal, np.eye(3)[int(np.abs(normal).argmin())])
    across /= np.linalg.norm(across)
    return Place(
        name=name,
        kind="plane",
        role=role,
        concerns=concerns,
        middle_m=_three(numbers[:3]),
        rotation=np.column_stack([across, np.cross(normal, across), normal]),
    )


def _three(numbers: Float) -> tuple[float, float, float]:
    x, y, z = (float(number) for number in numbers)
    return x, y, z
