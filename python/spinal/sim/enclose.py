"""Capsules that contain shapes: as few and as tight as a person would draw them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spinal.records import Float

_RIM = 32
"""A circle is contained when the corners of a regular polygon around it are; it has that many corners."""
_RADII = 25
"""How many radii are tried, from the smallest that is possible to twice that."""

WASTE_M3 = 2e-6
"""Two capsules are joined when that wastes no more than this: a capsule less for 2 cm³. Chosen by hand."""


@dataclass(frozen=True, slots=True)
class Balls:
    """A convex shape as the hull of balls: centres (n, 3), radii (n,), and the axes (k, 3) that it may lie along."""

    centres_m: Float
    radii_m: Float
    axes: Float


@dataclass(frozen=True, slots=True)
class Fitted:
    """A capsule: both ends of its segment (3,) and its radius, m."""

    a_m: Float
    b_m: Float
    radius_m: float

    @property
    def volume_m3(self) -> float:
        """Return its volume."""
        length = float(np.linalg.norm(self.b_m - self.a_m))
        return math.pi * self.radius_m**2 * (length + 4.0 / 3.0 * self.radius_m)


def cylinder(middle_m: Float, rotation: Float, radius_m: float, half_m: float) -> Balls:
    """Return a cylinder along the z of `rotation` (3, 3)."""
    angles = np.arange(_RIM) * (2.0 * np.pi / _RIM)
    outer = radius_m / math.cos(math.pi / _RIM)
    x, y = outer * np.cos(angles), outer * np.sin(angles)
    points = np.concatenate([np.stack([x, y, np.full(_RIM, z)], axis=1) for z in (half_m, -half_m)])
    return Balls(middle_m + points @ rotation.T, np.zeros(len(points)), rotation.T[2:3])


def capsule(middle_m: Float, rotation: Float, radius_m: float, half_m: float) -> Balls:
    """Return a capsule along the z of `rotation` (3, 3); with `half_m` 0, a sphere."""
    ends = np.array([[0.0, 0.0, half_m], [0.0, 0.0, -half_m]])
    return Balls(middle_m + ends @ rotation.T, np.full(2, radius_m), rotation.T[2:3])


def box(middle_m: Float, rotation: Float, half_m: Float) -> Balls:
    """Return a box with its sides along the columns of `rotation` (3, 3)."""
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
    return Balls(middle_m + (signs * half_m) @ rotation.T, np.zeros(8), rotation.T)


def enclose(shapes: Sequence[Balls], waste_m3: float = WASTE_M3) -> list[Fitted]:
    """Return capsules so that each shape lies whole in one of them.

    Starts with one capsule a shape and joins two groups as long as the capsule around both is at most `waste_m3` larger
    than the two capsules together; those first that win most.
    """
    groups = [([shape], _around([shape])) for shape in shapes]
    while len(groups) > 1:
        joined = [
            (_around([*first[0], *second[0]]), i, j)
            for i, first in enumerate(groups)
            for j, second in enumerate(groups)
            if i < j
        ]
        waste = [fit.volume_m3 - groups[i][1].volume_m3 - groups[j][1].volume_m3 for fit, i, j in joined]
        best = int(np.argmin(waste))
        if not waste[best] <= waste_m3:
            break
        fit, i, j = joined[best]
        members = [*groups[i][0], *groups[j][0]]
        groups = [group for k, group in enumerate(groups) if k not in (i, j)] + [(members, fit)]
    return [fit for _, fit in groups]


def _around(shapes: Sequence[Balls]) -> Fitted:
    """The smallest capsule around all of the shapes that lies along one of their axes."""
    centres = np.concatenate([shape.centres_m for shape in shapes])
    radii = np.concatenate([shape.radii_m for shape in shapes])
    axes = [axis for shape in shapes for axis in shape.axes]
    distinct: list[Float] = []
    for axis in axes:
        if all(abs(float(axis @ other)) < 1.0 - 1e-6 for other in distinct):
            distinct.append(axis)
    return min((_along(axis, centres, radii) for axis in distinct), key=lambda fit: fit.volume_m3)


def _along(axis: Float, centres: Float, radii: Float) -> Fitted:
    helper = np.eye(3)[int(np.argmin(np.abs(axis)))]
    x = np.cross(axis, helper)
    x /= np.linalg.norm(x)
    frame = np.stack([x, np.cross(axis, x), axis])  # rows
    local = centres @ frame.T
    middle = _middle(local[:, :2], radii)
    across = np.linalg.norm(local[:, :2] - middle, axis=1)
    least = float(np.max(across + radii))
    best: Fitted | None = None
    for radius in least * np.linspace(1.0, 2.0, _RADII):
        # A ball is inside where the segment passes it at most this far before or behind its centre.
        chord = np.sqrt(np.maximum((radius - radii) ** 2 - across**2, 0.0))
        start, end = float(np.min(local[:, 2] + chord)), float(np.max(local[:, 2] - chord))
        if start > end:
            start = end = (start + end) / 2.0
        ends = [np.array([*middle, z]) @ frame for z in (start, end)]
        fit = Fitted(ends[0], ends[1], float(radius))
        if best is None or fit.volume_m3 < best.volume_m3:
            best = fit
    assert best is not None
    return best


def _middle(points: Float, radii: Float) -> Float:
    """About the middle (2,) of the smallest circle around circles: by steps towards the farthest one that get shorter.

    Source: M. Badoiu and K. L. Clarkson, Smaller Core-Sets for Balls, 2003. The middle of the bounding square is taken
    when it is better, which it is for everything that is symmetric.
    """
    low, high = np.min(points - radii[:, None], axis=0), np.max(points + radii[:, None], axis=0)
    square = (low + high) / 2.0
    middle = square.copy()
    for step in range(1, 400):
        far = int(np.argmax(np.linalg.norm(points - middle, axis=1) + radii))
        middle = middle + (points[far] - middle) / (step + 1)

    def reach(at: Float) -> float:
        return float(np.max(np.linalg.norm(points - at, axis=1) + radii))

    best: Float = square if reach(square) <= reach(middle) else middle
    return best
