"""What lies in the destination tote, by what a network says that a picture from above it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinal.decide.regions import find_regions
from spinal.decide.view import CameraView, ToolPose
from spinal.records import Float, Proprioception, Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class SightSettings:
    """The destination as a camera on the tool can judge it. Lengths in m, base frame; values chosen by hand.

    `zone` is the tote's inside: x_min, x_max, y_min, y_max. `skus` is the order of the network's products, `sizes_m`
    length, width, height of each as it lies.
    """

    view: CameraView
    skus: tuple[str, ...]
    sizes_m: Mapping[str, tuple[float, float, float]]
    zone: tuple[float, float, float, float]
    floor_z_m: float
    rim_z_m: float
    look_above_rim_m: float = 0.04  # the tool at least: lower, the cup hides too much
    look_away_m: float = 0.10  # the tool at most, from the zone's middle
    hand_empty_level: float = 0.15  # of the vacuum
    sure: float = 0.5  # least probability of a square that counts
    unit_least: float = 0.35  # least area of one unit, as a share of length times width
    unit_most: float = 2.2  # from here on it is more than one: seen from the side a unit covers up to 1.9
    pile_most: float = 4.5  # from here on the network sees it everywhere, which is a doubt
    trace_least: float = 0.12  # an area from here on, but too small for a unit, is in doubt
    other_m2: float = 0.0016  # least area of another object
    other_most_m2: float = 0.02  # from here on the network sees them everywhere
    faint: float = 0.2  # a square below it shows nothing of a SKU
    inside_m: float = 0.01  # how far inside of the walls the middle of what lies there is at least


def may_look(settings: SightSettings, robot: Proprioception, vacuum: float) -> bool:
    """Return whether the tool is where the destination can be judged from, with nothing on the cup."""
    x, y, z = (float(value) for value in robot.tool_measured_m)
    x_min, x_max, y_min, y_max = settings.zone
    away = np.hypot(x - (x_min + x_max) / 2.0, y - (y_min + y_max) / 2.0)
    is_high = z >= settings.rim_z_m + settings.look_above_rim_m
    return bool(is_high and away <= settings.look_away_m and robot.gripper < 0.5 and vacuum < settings.hand_empty_level)


def look(settings: SightSettings, products: npt.NDArray[np.float32], tool: ToolPose, at_ns: int) -> Seen:
    """Return what lies in the destination by `products` (SKUs + 2, rows, columns), from a picture taken at `at_ns`."""
    counts, doubts = {}, []
    for number, sku in enumerate(settings.skus):
        if sku not in settings.sizes_m:
            continue
        length, width, height = settings.sizes_m[sku]
        shares = [area / (length * width) for area in _areas(settings, products[number], tool, height)]
        units = [0 if share < settings.unit_least else 1 if share < settings.unit_most else 2 for share in shares]
        if any(share >= settings.pile_most for share in shares):
            doubts.append(f"{sku} all over")
        elif sum(units):
            counts[sku] = sum(units)
        if any(settings.trace_least <= share < settings.unit_least for share in shares):
            doubts.append(f"a part of {sku}")
    areas = [area for area in _areas(settings, products[len(settings.skus)], tool, 0.04) if area >= settings.other_m2]
    others = sum(area < settings.other_most_m2 for area in areas)
    if others < len(areas):
        doubts.append("other things all over")
    if not _shows_the_zone(settings, tool):
        doubts.append("a part of the destination is out of the picture")
    # A sum, because a square that could be one of several things shows something all the same.
    goods = products[: len(settings.skus) + 1].sum(axis=0)
    is_empty = not doubts and not _areas(settings, goods, tool, 0.03, least=settings.faint)
    return Seen(at_ns=at_ns, counts=counts, others=others, is_empty=is_empty, doubts=tuple(doubts))


def _areas(
    settings: SightSettings,
    probability: npt.NDArray[np.float32],
    tool: ToolPose,
    height_m: float,
    *,
    least: float | None = None,
) -> list[float]:
    """Return the areas (m²) of the connected regions whose middle, at half the height, is inside the destination."""
    x_min, x_max, y_min, y_max = settings.zone
    regions = find_regions(
        probability,
        settings.view,
        tool,
        z_m=settings.floor_z_m + height_m / 2.0,
        least=settings.sure if least is None else least,
    )
    inside = settings.inside_m
    return [
        region.cell_m**2 * len(region.weights)
        for region in regions
        if _is_in(region.middle_m, (x_min + inside, x_max - inside, y_min + inside, y_max - inside))
    ]


def _is_in(place_m: Float, zone: tuple[float, float, float, float]) -> bool:
    return bool(zone[0] <= place_m[0] <= zone[1] and zone[2] <= place_m[1] <= zone[3])


def _shows_the_zone(settings: SightSettings, tool: ToolPose) -> bool:
    """Whether the picture shows the corners of where the middle of something can be (things are 6 cm across)."""
    x_min, x_max, y_min, y_max = settings.zone
    margin = 0.03
    corners = [(x, y) for x in (x_min + margin, x_max - margin) for y in (y_min + margin, y_max - margin)]
    return all(settings.view.project(np.array([x, y, settings.floor_z_m]), tool) is not None for x, y in corners)
