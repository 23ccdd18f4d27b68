"""The person in the scene: where they walk, what they look like, and how the cell's scanner sees them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spinal.sim import layout

if TYPE_CHECKING:
    from spinal.sim.distribution import Range, Ranges

SCAN_NS = 50_000_000
"""The scanner looks 20 times a second."""
PARKED_M = (-8.0, -6.0, -12.0)
"""Where the figure floats when nobody is there: below the floor, out of every picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWalk:
    """How the person walks: `way` is (s since the scene began, x, y in m), straight and even, again and again.

    `noise_m`: standard deviation of each coordinate that the scanner tells; `delay_s`: from a look until it is told.
    """

    way: tuple[tuple[float, float, float], ...]
    noise_m: float
    delay_s: float


def draw_walk(ranges: Ranges, generator: np.random.Generator) -> PersonWalk:
    """Return a person who stands far away or, with `person_visits`, comes, waits near the arm and leaves, and again."""

    def drawn(limits: Range) -> float:
        return float(generator.uniform(*limits))

    side_rad = math.radians(drawn(ranges.person_side_deg))
    away_m, near_m = drawn(ranges.person_away_m), drawn(ranges.person_near_m)
    start_s, stay_s = drawn(ranges.person_start_s), drawn(ranges.person_stay_s)
    walk_s = (away_m - near_m) / drawn(ranges.person_walk_m_s)
    gone_s = drawn(ranges.person_gone_s)
    noise_m, delay_s = drawn(ranges.person_noise_mm) * 1e-3, drawn(ranges.person_delay_ms) * 1e-3

    def at(time_s: float, distance_m: float) -> tuple[float, float, float]:
        return time_s, distance_m * math.cos(side_rad), distance_m * math.sin(side_rad)

    way = [at(0.0, away_m)]
    if ranges.person_visits:
        way.append(at(start_s, away_m))
        way.append(at(start_s + walk_s, near_m))
        way.append(at(start_s + walk_s + stay_s, near_m))
        way.append(at(start_s + walk_s + stay_s + walk_s, away_m))
        way.append(at(start_s + walk_s + stay_s + walk_s + gone_s, away_m))
    return PersonWalk(way=tuple(way), noise_m=noise_m, delay_s=delay_s)


def person_mjcf() -> str:
    """The figure as MJCF: a body that only its own position moves, that touches nothing; its origin is at its feet."""
    place = " ".join(str(value) for value in PARKED_M)
    vest, skin, cloth, shoe = "0.95 0.45 0.08 1", "0.85 0.66 0.52 1", "0.16 0.20 0.30 1", "0.1 0.1 0.1 1"
    stripe = "0.93 0.93 0.80 1"
    return f"""<body name="person" mocap="true" pos="{place}">
<geom class="drawn" type="capsule" fromto="0 -0.10 0.09 0 -0.10 0.85" size="0.085" rgba="{cloth}"/>
<geom class="drawn" type="capsule" fromto="0 0.10 0.09 0 0.10 0.85" size="0.085" rgba="{cloth}"/>
<geom class="drawn" type="box" pos="0.04 -0.10 0.04" size="0.13 0.055 0.04" rgba="{shoe}"/>
<geom class="drawn" type="box" pos="0.04 0.10 0.04" size="0.13 0.055 0.04" rgba="{shoe}"/>
<geom class="drawn" type="ellipsoid" pos="0 0 1.14" size="0.14 0.23 0.34" rgba="{vest}"/>
<geom class="drawn" type="ellipsoid" pos="0 0 1.08" size="0.143 0.233 0.045" rgba="{stripe}"/>
<geom class="drawn" type="capsule" fromto="0 -0.25 1.36 0 -0.29 0.85" size="0.05" rgba="{vest}"/>
<geom class="drawn" type="capsule" fromto="0 0.25 1.36 0 0.29 0.85" size="0.05" rgba="{vest}"/>
<geom class="drawn" type="sphere" pos="0 -0.29 0.77" size="0.05" rgba="{skin}"/>
<geom class="drawn" type="sphere" pos="0 0.29 0.77" size="0.05" rgba="{skin}"/>
<geom class="drawn" type="ellipsoid" pos="0 0 1.63" size="0.10 0.085 0.13" rgba="{skin}"/>
<geom class="drawn" type="ellipsoid" pos="-0.01 0 1.70" size="0.115 0.10 0.075" rgba="0.95 0.80 0.10 1"/>
</body>"""


def first_place_m(walk: PersonWalk) -> tuple[float, float, float]:
    """Return where the figure stands when the scene begins, m."""
    _, x, y = walk.way[0]
    return x, y, layout.FLOOR_Z_M
