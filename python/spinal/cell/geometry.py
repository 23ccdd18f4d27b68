"""The shape of `geometry.toml`: capsules of the robot, solids of the cell, and the pairs that are not checked."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from spinal import _core
from spinal.cell.clearance import ClearanceLimits
from spinal.cell.config import Finite, Name, Positive, Strict
from spinal.records import Float

Point = tuple[Finite, Finite, Finite]
Rows = tuple[Point, Point, Point]


class LinkCapsule(Strict):
    """One capsule of the robot, in the frame of its link; link 0 is the base, which nothing moves."""

    name: Name
    link: Annotated[int, Field(ge=0, le=32)]
    part: Literal["arm", "tool"]
    a_m: Point
    b_m: Point
    radius_m: Positive


class BoxShape(Strict):
    """A box of the cell, in the base frame; `rotation` by rows."""

    name: Name
    middle_m: Point
    rotation: Rows
    half_m: tuple[Positive, Positive, Positive]


class CapsuleShape(Strict):
    """A capsule of the cell, in the base frame."""

    name: Name
    a_m: Point
    b_m: Point
    radius_m: Positive


class PlaneShape(Strict):
    """A half space of the cell, in the base frame; the normal points to its free side."""

    name: Name
    point_m: Point
    normal: Point


class Unchecked(Strict):
    """Each of `shapes` is not checked against each of `against`, for a reason that a person can judge."""

    shapes: Annotated[tuple[Name, ...], Field(min_length=1)]
    against: Annotated[tuple[Name, ...], Field(min_length=1)]
    reason: Annotated[str, Field(min_length=10)]


class GeometryFile(Strict):
    """All of `geometry.toml`."""

    links: tuple[LinkCapsule, ...]
    boxes: tuple[BoxShape, ...]
    capsules: tuple[CapsuleShape, ...]
    planes: tuple[PlaneShape, ...]
    unchecked: tuple[Unchecked, ...]

    @model_validator(mode="after")
    def _names_are_names(self) -> GeometryFile:
        cell = [*(box.name for box in self.boxes), *(capsule.name for capsule in self.capsules)]
        names = [*(link.name for link in self.links), *cell, *(plane.name for plane in self.planes)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two shapes are called {', '.join(twice)}")
        for entry in self.unchecked:
            unknown = sorted({*entry.shapes, *entry.against} - set(names))
            if unknown:
                raise ValueError(f"an entry of unchecked names {', '.join(unknown)}, which is no shape here")
        return self

    def to_core(self, limits: ClearanceLimits, dof: int) -> _core.Geometry:
        """Return it with the cell's zones as the gate takes it; ValueError for what the gate cannot hold."""
        links = [
            (link.name, link.link, link.part, np.array([*link.a_m, *link.b_m, link.radius_m])) for link in self.links
        ]
        places: list[tuple[str, str, str, str | None, Float]] = [
            (box.name, "box", "cell", None, np.array([*box.middle_m, *_flat(box.rotation), *box.half_m]))
            for box in self.boxes
        ]
        places += [
            (shape.name, "capsule", "cell", None, np.array([*shape.a_m, *shape.b_m, shape.radius_m]))
            for shape in self.capsules
        ]
        places += [
            (plane.name, "plane", "cell", None, np.array([*plane.point_m, *plane.normal])) for plane in self.planes
        ]
        places += limits.places()
        numbers = {name: k for k, name in enumerate(entry[0] for entry in (*links, *places))}
        if len(numbers) != len(links) + len(places):
            raise ValueError("a zone of limits.toml has the name of a shape of geometry.toml; rename the zone")
        pairs = {
            (min(pair), max(pair))
            for entry in self.unchecked
            for pair in product([numbers[name] for name in entry.shapes], [numbers[name] for name in entry.against])
        }
        return _core.Geometry(
            dof=dof,
            links=links,
            places=places,
            unchecked=sorted(pairs),
            clearance_min_m=limits.clearance_min_m,
        )


def _flat(rows: Rows) -> Iterable[float]:
    return (value for row in rows for value in row)
