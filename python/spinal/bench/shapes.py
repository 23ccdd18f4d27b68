"""Shapes of the attacked arms and of a small cell around them, as the gate takes them and as the checker does.

They are made for this benchmark: capsules along each arm's lengths, and a cell that is in the way. They are not
the makers' shapes; what is judged is whether declared shapes stay apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spinal import _core
from spinal.records import Float

NEIGHBOURS = 2
"""Links that are no further apart in the chain than this are not looked at: at every joint they touch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A capsule of the robot: its link (counted from 1), its part, both ends in the link's frame and the radius, m."""

    name: str
    link: int
    part: str
    ends_m: Float
    radius_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A solid of the cell: an upright box or room by its middle and half sides, or a floor by its height, m."""

    name: str
    kind: str
    role: str
    concerns: str | None
    middle_m: tuple[float, float, float]
    half_m: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """All of it, and the least distance between links and to the cell, m; zones have their border as limit."""

    robot: tuple[Shape, ...]
    places: tuple[Place, ...]
    clearance_min_m: float

    def unchecked(self) -> list[tuple[int, int]]:
        """Return the pairs of capsules that are not looked at."""
        numbered = list(enumerate(self.robot))
        return [
            (i, j)
            for i, a in numbered
            for j, b in numbered[i + 1 :]
            if a.link != b.link and abs(a.link - b.link) <= NEIGHBOURS
        ]

    def geometry(self, dof: int) -> _core.Geometry:
        """Return what the gate takes."""
        links = [(s.name, s.link, s.part, np.array([*s.ends_m.ravel(), s.radius_m])) for s in self.robot]
        places = [(p.name, p.kind, p.role, p.concerns, _numbers(p)) for p in self.places]
        return _core.Geometry(
            dof=dof,
            links=links,
            places=places,
            unchecked=self.unchecked(),
            clearance_min_m=self.clearance_min_m,
        )


def _numbers(place: Place) -> Float:
    if place.kind == "plane":
        return np.array([*place.middle_m, 0.0, 0.0, 1.0])
    return np.array([*place.middle_m, *np.eye(3).ravel(), *place.half_m])


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
        Place(
            name="floor", kind="plane", role="cell", concerns=None, middle_m=(0.0, 0.0, -0.15), half_m=(0.0, 0.0, 0.0)
        ),
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
    return Shapes(robot=tuple(robot), places=places, clearance_min_m=0.01)
