"""The independent checker of distances: own geometry over whole arrays for every tick, coal for the near states.

Of a capsule and a box the arrays give bounds only (points along the capsule's middle line); what they leave open, coal
decides.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from spinal.bench.dynamics import Chain
from spinal.bench.motion import Counts
from spinal.bench.shapes import Place, Shape, Shapes
from spinal.records import Float

NEAR_M = 0.02
"""A state is near when a pair may be closer to its limit than this."""
TOLERANCE_M = 1e-6
"""What is no violation, m: coal finds distances to a box by iteration, to this."""
POINTS = 9
"""Points along a capsule's middle line."""


class ClearanceChecker:
    """Looks at positions of an arm among its shapes."""

    def __init__(self, chain: Chain, shapes: Shapes, *, sample: int, seed: int) -> None:
        """Make a checker that hands at most `sample` near states to coal."""
        self._chain, self._shapes = chain, shapes
        numbered = list(enumerate(shapes.robot))
        self.pairs = [
            (i, j)
            for i, a in numbered
            for j, b in numbered[i + 1 :]
            if a.link != b.link and (i, j) not in shapes.unchecked
        ]
        self.met = [
            (i, k)
            for i, shape in numbered
            for k, place in enumerate(shapes.places)
            if shape.link > 0
            and (place.concerns is None or place.concerns == shape.part)
            and (i, len(numbered) + k) not in shapes.unchecked
        ]
        self.coal = CoalDistances(shapes)
        self._room = sample
        self._generator = np.random.default_rng(seed)
        self.near = self.near_sampled = 0

    def look(self, counts: Counts, first: int, q: Float) -> None:
        """Check the next ticks (dof, ticks), the first of which is tick `first`."""
        ends = self.ends_m(q)
        near = np.zeros(q.shape[1], dtype=bool)
        for kind, lower, upper, limit in self._bounds(ends):
            _count(counts, kind, limit - upper, first)
            near |= ~(lower > limit + NEAR_M)
        self.near += int(near.sum())
        chosen = np.flatnonzero(near)
        if chosen.size > self._room:
            chosen = np.sort(self._generator.choice(chosen, self._room, replace=False))
        self._room -= chosen.size
        self.near_sampled += chosen.size
        for tick in chosen:
            for kind, short in self.coal.shortfalls_m(ends[..., tick], self.pairs, self.met):
                _count(counts, kind, np.array([short]), first + int(tick))

    def ends_m(self, q: Float) -> Float:
        """Return both ends of every capsule in the base frame, (capsules, 2, 3, ticks), m."""
        ticks = q.shape[1]
        rotation = np.repeat(np.eye(3)[:, :, None], ticks, axis=2)
        origin = np.zeros((3, ticks))
        frames = [(rotation, origin)]
        for link, angle in zip(self._chain.links, q, strict=True):
            origin = origin + np.einsum("abt,b->at", rotation, link.translation_m)
            rotation = np.einsum("abt,bc->act", rotation, link.rotation)
            cosine, sine = np.cos(angle), np.sin(angle)
            x, y = rotation[:, 0], rotation[:, 1]
            rotation = np.stack([cosine * x + sine * y, cosine * y - sine * x, rotation[:, 2]], axis=1)
            frames.append((rotation, origin))
        out = np.empty((len(self._shapes.robot), 2, 3, ticks))
        for k, shape in enumerate(self._shapes.robot):
            rotation, origin = frames[shape.link]
            out[k] = np.einsum("abt,eb->eat", rotation, shape.ends_m) + origin
        return out

    def _bounds(self, ends: Float) -> list[tuple[str, Float, Float, float]]:
        """Return kind, lower and upper bound of the distance (ticks,), and the least distance, of every pair, m.

        A pair that is far apart at all ticks is left out, where the balls around its shapes tell so.
        """
        least = self._shapes.clearance_min_m
        robot = self._shapes.robot
        middles = ends.mean(axis=1)
        reach = [0.5 * float(np.linalg.norm(s.ends_m[1] - s.ends_m[0])) + s.radius_m for s in robot]
        out = []
        for i, j in self.pairs:
            if np.linalg.norm(middles[i] - middles[j], axis=0).min() > reach[i] + reach[j] + least + NEAR_M:
                continue
            apart = segment_distance_m(ends[i], ends[j]) - robot[i].radius_m - robot[j].radius_m
            out.append(("capsule", apart, apart, least))
        for i, k in self.met:
            place = self._shapes.places[k]
            limit = least if place.role == "cell" else 0.0
            if place.kind == "box":
                away = np.linalg.norm(middles[i] - np.array(place.middle_m)[:, None], axis=0).min()
                if away > reach[i] + math.hypot(*place.half_m) + limit + NEAR_M:
                    continue
            lower, upper = place_bounds_m(ends[i], robot[i], place)
            kind = "box" if place.kind in ("box", "room") else place.kind
            out.append((kind, lower, upper, limit))
        return out


def place_bounds_m(ends: Float, shape: Shape, place: Place) -> tuple[Float, Float]:
    """Return bounds of the distance of a capsule, ends (2, 3, ticks), from a place; the same where it is exact."""
    half = np.array(place.half_m)[:, None]
    # In the place's own frame, whose origin is its middle.
    ends = np.einsum("ab,eat->ebt", place.rotation, ends - np.array(place.middle_m)[:, None])
    if place.kind == "plane":
        exact = ends[:, 2].min(axis=0) - shape.radius_m
        return exact, exact
    if place.kind == "room":
        exact = (half - np.abs(ends)).min(axis=(0, 1)) - shape.radius_m
        return exact, exact
    length = float(np.linalg.norm(shape.ends_m[1] - shape.ends_m[0]))
    nearest = np.full(ends.shape[-1], np.inf)
    for share in np.linspace(0.0, 1.0, POINTS):
        beyond = np.abs(ends[0] + share * (ends[1] - ends[0])) - half
        outside = np.sqrt((np.maximum(beyond, 0.0) ** 2).sum(axis=0))
        nearest = np.minimum(nearest, outside + np.minimum(beyond.max(axis=0), 0.0))
    return nearest - 0.5 * length / (POINTS - 1) - shape.radius_m, nearest - shape.radius_m


def segment_distance_m(one: Float, other: Float) -> Float:
    """Return the distance (ticks,) of two segments, each (2, 3, ticks): at an end of one of them, or between both."""
    d, e, r = one[1] - one[0], other[1] - other[0], one[0] - other[0]
    dd, ee, de = (d * d).sum(axis=0), (e * e).sum(axis=0), (d * e).sum(axis=0)
    dr, er = (d * r).sum(axis=0), (e * r).sum(axis=0)
    ends = [
        point_distance_m(one[0], other),
        point_distance_m(one[1], other),
        point_distance_m(other[0], one),
        point_distance_m(other[1], one),
    ]
    parallel = dd * ee - de * de
    with np.errstate(divide="ignore", invalid="ignore"):
        s, t = (de * er - ee * dr) / parallel, (dd * er - de * dr) / parallel
    inner = (s > 0.0) & (s < 1.0) & (t > 0.0) & (t < 1.0)
    between = np.sqrt(((r + np.where(inner, s, 0.0) * d - np.where(inner, t, 0.0) * e) ** 2).sum(axis=0))
    least: Float = np.minimum.reduce([*ends, np.where(inner, between, np.inf)])
    return least


def point_distance_m(point: Float, segment: Float) -> Float:
    """Return the distance (ticks,) of a point (3, ticks) from a segment (2, 3, ticks)."""
    along = segment[1] - segment[0]
    square = np.maximum((along * along).sum(axis=0), 1e-30)
    share = np.clip(((point - segment[0]) * along).sum(axis=0) / square, 0.0, 1.0)
    out: Float = np.sqrt(((point - segment[0] - share * along) ** 2).sum(axis=0))
    return out


class CoalDistances:
    """The same shapes in coal."""

    def __init__(self, shapes: Shapes) -> None:
        """Build the shapes; needs `coal`."""
        import coal

        self._coal = coal
        self._shapes = shapes
        self._capsules = [
            coal.Capsule(shape.radius_m, float(np.linalg.norm(shape.ends_m[1] - shape.ends_m[0])))
            for shape in shapes.robot
        ]
        self._boxes: dict[int, Any] = {
            k: (
                coal.Box(*(2.0 * half for half in place.half_m)),
                coal.Transform3s(place.rotation, np.array(place.middle_m)),
            )
            for k, place in enumerate(shapes.places)
            if place.kind == "box"
        }

    def shortfalls_m(
        self, ends: Float, pairs: list[tuple[int, int]], met: list[tuple[int, int]]
    ) -> list[tuple[str, float]]:
        """Return how far each pair is short of its least distance, m, with ends (capsules, 2, 3) of one state."""
        placed = [self._placed(*pair) for pair in ends]
        least = self._shapes.clearance_min_m
        out = []
        for i, j in pairs:
            apart = self._distance(self._capsules[i], placed[i], self._capsules[j], placed[j])
            out.append(("capsule", least - apart))
        for i, k in met:
            if k in self._boxes:
                apart = self._distance(self._capsules[i], placed[i], *self._boxes[k])
                out.append(("box", (least if self._shapes.places[k].role == "cell" else 0.0) - apart))
        return out

    def _placed(self, start: Float, end: Float) -> Any:
        """Return the pose of a capsule, whose own axis is z through its middle."""
        # Plain numbers: small arrays would cost most of the benchmark's time.
        way = [float(b - a) for a, b in zip(start, end, strict=True)]
        length = math.hypot(*way)
        x, y, z = (part / length for part in way) if length > 0.0 else (0.0, 0.0, 1.0)
        # Source: Duff et al., Building an Orthonormal Basis, Revisited.
        sign = math.copysign(1.0, z)
        a = -1.0 / (sign + z)
        b = x * y * a
        turn = np.array([[1.0 + sign * x * x * a, b, x], [sign * b, sign + y * y * a, y], [-sign * x, -y, z]])
        return self._coal.Transform3s(turn, 0.5 * (start + end))

    def _distance(self, one: Any, at: Any, other: Any, there: Any) -> float:
        result = self._coal.DistanceResult()
        return float(self._coal.distance(one, at, other, there, self._coal.DistanceRequest(), result))


def _count(counts: Counts, kind: str, short_m: Float, first: int) -> None:
    """Count where a distance is short of its limit."""
    counts.violations.setdefault(kind, 0)
    bad = ~(short_m <= TOLERANCE_M)
    if bad.any():
        counts.add(kind, int(bad.sum()), float(np.nanmax(np.where(bad, short_m, 0.0))), first + int(np.argmax(bad)))
