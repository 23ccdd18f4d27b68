"""Shapes of the attacked arms and of what stands around them, as the gate takes them and as the checker does.

For an arm without a cell they are made here: capsules along its lengths, and a small cell that is in the way. They are
not the maker's shapes; what is judged is whether declared shapes stay apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spinal import _core
from spinal.records import Float

NEIGHBOURS = 2
"""Links that are no further apart in the chain than this are not looked at: at every joint they touch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A capsule of the robot: its link (from 1; 0 is the base), its part, both ends in the link's frame, radius; m."""

    name: str
    link: int
    part: str
    ends_m: Float
    radius_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A solid of the cell: a box or room by its middle, half sides and axes, or a plane by a point and its normal, m.

    The columns of `rotation` (3, 3) are the axes of a box; the last one is the normal of a plane, to its free side.
    """

    name: str
    kind: str
    role: str
    concerns: str | None
    middle_m: tuple[float, float, float]
    half_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rotation: Float = field(default_factory=lambda: np.eye(3))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """All of it, and the least distance between links and to the cell, m; zones have their border as limit.

    `unchecked` are the pairs that are not looked at, by their numbers: first the capsules, then the places.
    """

    robot: tuple[Shape, ...]
    places: tuple[Place, ...]
    clearance_min_m: float
    unchecked: frozenset[tuple[int, int]]

    def geometry(self, dof: int) -> _core.Geometry:
        """Return what the gate takes."""
        links = [(s.name, s.link, s.part, np.array([*s.ends_m.ravel(), s.radius_m])) for s in self.robot]
        places = [(p.name, p.kind, p.role, p.concerns, _numbers(p)) for p in self.places]
        return _core.Geometry(
            dof=dof,
            links=links,
            places=places,
            unchecked=sorted(self.unchecked),
            clearance_min_m=self.clearance_min_m,
        )


def _numbers(place: Place) -> Float:
    if place.kind == "plane":
        return np.array([*place.middle_m, *place.rotation[:, 2]])
    return np.array([*place.middle_m, *place.rotation.ravel(), *place.half_m])


def shapes_of(arm: dict[str, Any], *, radius_m: float, room_m: float) -> Shapes:
    """Return capsules of `radius_m` along an arm's lengths, in a room that reaches `room_m` to each side."""
    robot = []
    dof = len(arm["a_m"])
    for i in range(dof):
        along = np.array([0.0, 0.0, arm["d_m"][i]])
        across = np.array([arm["a_m"][i], 0.0, arm["d_m"][i]])
        for name, start, end in (("along", np.zeros(3), along), ("across", along, across)):
            if np.linalg.norm(end - start) > radius_m / 2.0:
                ends = np.array([start, end])
                robot.append(Shape(name=f"{name}_{i + 1}", link=i + 1, part="arm", ends_m=ends, radius_m=radius_m))
    twist = arm["alpha_rad"][-1]
    turn = np.array([[1, 0, 0], [0, np.cos(twist), -np.sin(twist)], [0, np.sin(twist), np.cos(twist)]])
    ends = np.array([across, across + turn @ arm["tool_translation_m"]])
    robot.append(Shape(name="tool", link=dof, part="tool", ends_m=ends, radius_m=0.7 * radius_m))
    places = (
        Place(name="floor", kind="plane", role="cell", concerns=None, middle_m=(0.0, 0.0, -0.15)),
        Place(
            name="pillar", kind="box", role="cell", concerns=None, middle_m=(0.4, 0.4, 0.3), half_m=(0.08, 0.08, 0.3)
        ),
        Place(
            name="shelf",
            kind="box",
            role="keep_out",
            concerns="tool",
            middle_m=(-0.3, 0.5, 0.5),
            half_m=(0.2, 0.15, 0.2),
        ),
        Place(
            name="room",
            kind="room",
            role="keep_in",
            concerns=None,
            middle_m=(0.0, 0.0, 0.5),
            half_m=(room_m, room_m, 0.7),
        ),
    )
    near = frozenset(
        (i, j)
        for i, one in enumerate(robot)
        for j, other in enumerate(robot)
        if i < j and one.link != other.link and abs(one.link - other.link) <= NEIGHBOURS
    )
    return Shapes(robot=tuple(robot), places=places, clearance_min_m=0.01, unchecked=near)
