"""One scene: everything that differs from pick to pick, drawn purely from (distribution, seed, index, pick, axis)."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from spinal.sim import layout
from spinal.sim.distribution import Axis, Distribution, Range, Ranges
from spinal.sim.person import PersonWalk, draw_walk
from spinal.sim.physics import OWN, Physics
from spinal.sim.products import SKUS, Product, bodies

Vector = tuple[float, float, float]
Rgb = tuple[float, float, float]

SITE_RANGES = (
    *("light_level", "light_warmth", "light_tilt_deg", "image_noise", "vacuum_noise", "scale_noise_g"),
    *("suction_force_n", "lip_leak", "latency_add_ms"),
)
"""Ranges from which a scene takes one number for itself and all its picks."""
LAYER_M = 0.085
"""Height that one more layer of objects starts above the one below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """One object of the scene: where it is dropped and how it differs from its product.

    `proportions`: each of the product's half sizes times one of these.
    """

    body: str
    position_m: Vector
    quaternion: tuple[float, float, float, float]
    proportions: Vector
    mass_scale: float
    friction: float
    porosity: float
    rgb: Rgb


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraOffset:
    """How a camera is off its calibrated place: shift in m and rotation vector in rad, both in its mounting frame."""

    shift_m: Vector
    rotation_rad: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A scene to load into a cell. `axes` names the shifts in it; `sku` is the one that is ordered.

    Picks of one index share site and sensors (axes, light, surface, cameras, noise levels, suction, latency, person);
    each has its own objects, places and noise. `lip_leak`: share of the cup's lip that leaks wherever it sits;
    `latency_add_s`: what the policy's computer takes longer than the cell says.
    """

    distribution: str
    version: int
    seed: int
    index: int
    pick: int
    axes: tuple[str, ...]
    sku: str
    placements: tuple[Placement, ...]
    light_rgb: Rgb
    light_direction: Vector
    tote_surface: str
    wrist_camera: CameraOffset
    top_camera: CameraOffset
    image_noise: float
    vacuum_noise: float
    scale_noise_kg: float
    suction_force_n: float
    lip_leak: float
    latency_add_s: float
    noise_seed: int
    person: PersonWalk
    physics: Physics = OWN


def sample(
    distribution: Distribution,
    seed: int,
    index: int,
    axis: str | None = None,
    sku: str | None = None,
    pick: int = 0,
    shares: Mapping[str, float] = MappingProxyType({}),
) -> Scene:
    """Return scene `index` of the stream `seed`: the same arguments give the same scene, whatever was drawn before.

    With `axis` only that shift is there, always; without, each axis is there with its probability, one of a group at
    most. `sku` fixes the ordered SKU. Every aspect has its own generator: the same index with and without an axis
    differs in that axis only. `pick` counts the fresh fillings of the tote in one scene: objects, places and noise
    differ, all else is shared. `shares` (each from 0 to 1) take the place of uniform draws: `axis NAME`, which is there
    when its share is below its probability, and the names of SITE_RANGES, the share of the way from low to high.
    """
    chance = _axes_by_chance(distribution, seed, index, shares) if axis is None else ()
    present = chance if axis is None else (distribution.axis_named(axis),)
    ranges = distribution.shifted(present)

    def draw(generator: np.random.Generator, name: str) -> float:
        low, high = getattr(ranges, name)
        value = _uniform(generator, (low, high))
        return low + (high - low) * shares[name] if name in shares else value

    drawn = _generator(seed, index, "order", pick).integers(len(SKUS))
    ordered = SKUS[drawn] if sku is None else sku
    light = _generator(seed, index, "light")
    level = draw(light, "light_level")
    warmth = draw(light, "light_warmth")
    return Scene(
        distribution=distribution.name,
        version=distribution.version,
        seed=seed,
        index=index,
        pick=pick,
        axes=tuple(axis.name for axis in present),
        sku=ordered,
        placements=_placements(ranges, ordered, seed, index, pick),
        light_rgb=(level * (1 + 0.3 * warmth), level * (1 - 0.25 * abs(warmth)), level * (1 - warmth)),
        light_direction=_tilted_down(light, math.radians(draw(light, "light_tilt_deg"))),
        tote_surface=ranges.tote_surface[_generator(seed, index, "surface").integers(len(ranges.tote_surface))],
        wrist_camera=_offset(_generator(seed, index, "wrist"), ranges),
        top_camera=_offset(_generator(seed, index, "top"), ranges),
        image_noise=draw(_generator(seed, index, "image-noise"), "image_noise"),
        vacuum_noise=draw(_generator(seed, index, "vacuum-noise"), "vacuum_noise"),
        scale_noise_kg=draw(_generator(seed, index, "scale-noise"), "scale_noise_g") * 1e-3,
        suction_force_n=draw(_generator(seed, index, "suction"), "suction_force_n"),
        lip_leak=draw(_generator(seed, index, "lip"), "lip_leak"),
        latency_add_s=draw(_generator(seed, index, "latency"), "latency_add_ms") * 1e-3,
        noise_seed=int(_generator(seed, index, "noise", pick).integers(2**63)),
        person=draw_walk(ranges, _generator(seed, index, "person")),
        physics=distribution.physics,
    )


def free_shares(distribution: Distribution) -> tuple[str, ...]:
    """Return the names of the shares that make a difference to scenes: what `sample` takes as `shares`."""
    by_chance = [axis for axis in distribution.axes if axis.probability > 0.0]
    moved = [
        name
        for name in SITE_RANGES
        if any(len(set(getattr(distribution.shifted((axis,)), name))) > 1 for axis in by_chance)
        or len(set(getattr(distribution.ranges, name))) > 1
    ]
    return (*(f"axis {axis.name}" for axis in by_chance), *moved)


def _generator(seed: int, index: int, aspect: str, pick: int = 0) -> np.random.Generator:
    key = (index, zlib.crc32(aspect.encode()))
    sequence = np.random.SeedSequence(seed, spawn_key=(*key, pick) if pick else key)
    return np.random.Generator(np.random.Philox(sequence))


def _uniform(generator: np.random.Generator, limits: Range) -> float:
    return float(generator.uniform(*limits))


def _axes_by_chance(distribution: Distribution, seed: int, index: int, shares: Mapping[str, float]) -> tuple[Axis, ...]:
    """Draw the shifts of a scene: each with its probability, and none beside an earlier one of its group."""
    present: list[Axis] = []
    left: dict[str, float] = {}  # the probability that no axis of the group so far is there
    for axis in distribution.axes:
        is_excluded = axis.group is not None and any(axis.group == other.group for other in present)
        rest = 1.0 if axis.group is None else left.get(axis.group, 1.0)
        name = f"axis {axis.name}"
        share = shares[name] if name in shares else _generator(seed, index, name).uniform()
        if share < axis.probability / rest and not is_excluded:
            present.append(axis)
        if axis.group is not None:
            left[axis.group] = rest - axis.probability
    return tuple(present)


def _unit(generator: np.random.Generator) -> Vector:
    x, y, z = generator.normal(size=3)
    length = math.sqrt(x * x + y * y + z * z)
    return float(x / length), float(y / length), float(z / length)


def _tilted_down(generator: np.random.Generator, tilt_rad: float) -> Vector:
    turn = generator.uniform(0.0, 2.0 * math.pi)
    side = math.sin(tilt_rad)
    return float(side * math.cos(turn)), float(side * math.sin(turn)), -math.cos(tilt_rad)


def _offset(generator: np.random.Generator, ranges: Ranges) -> CameraOffset:
    shift = _uniform(generator, ranges.camera_shift_mm) * 1e-3
    turn = math.radians(_uniform(generator, ranges.camera_tilt_deg))
    along, about = _unit(generator), _unit(generator)
    return CameraOffset(
        shift_m=(along[0] * shift, along[1] * shift, along[2] * shift),
        rotation_rad=(about[0] * turn, about[1] * turn, about[2] * turn),
    )


def _placements(ranges: Ranges, sku: str, seed: int, index: int, pick: int) -> tuple[Placement, ...]:
    """Choose the objects and where each is dropped; the ordered one first when it must stay free, otherwise last."""
    chooser = _generator(seed, index, "objects", pick)
    count = int(chooser.integers(ranges.objects[0], ranges.objects[1] + 1))
    ordered = next(entry for entry in bodies() if entry[1].name == sku)
    others = [entry for entry in bodies() if entry[0] != ordered[0]]
    chosen = [others[i] for i in chooser.permutation(len(others))[: count - 1]]
    poser = _generator(seed, index, "poses", pick)
    shaper = _generator(seed, index, "proportions", pick)
    spots: list[_Spot] = []
    placements = []
    for name, listed in [ordered, *chosen] if ranges.ordered_free else [*chosen, ordered]:
        proportions = _proportions(shaper, ranges, listed)
        product = listed.resized(proportions)
        spot = _free_spot(poser, product, spots, nothing_over=spots[:1] if ranges.ordered_free else [])
        spots.append(spot)
        placements.append(_placement(poser, ranges, name, product, proportions, spot))
    return tuple(placements)


def _proportions(generator: np.random.Generator, ranges: Ranges, product: Product) -> Vector:
    limits = ranges.proportions if product.can_be_ordered else ranges.distractor_proportions
    x, y, z = generator.uniform(*limits, size=3)
    return float(x), float(y), float(z)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where an object is dropped: middle in the tote's frame (m), radius that it covers, layer."""

    x: float
    y: float
    radius: float
    layer: int

    def overlaps(self, other: _Spot) -> bool:
        return math.hypot(self.x - other.x, self.y - other.y) < self.radius + other.radius + 0.003


def _free_spot(
    generator: np.random.Generator, product: Product, spots: list[_Spot], nothing_over: list[_Spot]
) -> _Spot:
    """Find a place in the lowest layer with room, and over none of `nothing_over` in any layer."""
    half_x, half_y = (half - product.radius_m - 0.004 for half in layout.TOTE_HALF_M)
    for layer in range(8):
        for _ in range(40):
            x, y = generator.uniform(-half_x, half_x), generator.uniform(-half_y, half_y)
            spot = _Spot(x, y, product.radius_m, layer)
            beside = [other for other in spots if other.layer == layer]
            if not any(spot.overlaps(other) for other in [*beside, *nothing_over]):
                return spot
    return _Spot(0.0, 0.0, product.radius_m, 8)


def _placement(
    generator: np.random.Generator, ranges: Ranges, name: str, product: Product, proportions: Vector, spot: _Spot
) -> Placement:
    yaw = generator.uniform(-math.pi, math.pi)
    half, lying = yaw / 2.0, math.sqrt(0.5)
    upright = (math.cos(half), 0.0, 0.0, math.sin(half))
    on_its_side = (lying * math.cos(half), -lying * math.sin(half), lying * math.cos(half), lying * math.sin(half))
    shift = generator.uniform(-1.0, 1.0, size=3) * _uniform(generator, ranges.colour_shift)
    return Placement(
        body=name,
        position_m=(
            layout.SOURCE_M[0] + spot.x,
            layout.SOURCE_M[1] + spot.y,
            product.half_height_m + 0.002 + LAYER_M * spot.layer,
        ),
        quaternion=on_its_side if product.shape == "capsule" else upright,
        proportions=proportions,
        mass_scale=_uniform(generator, ranges.mass_scale),
        friction=_uniform(generator, ranges.friction),
        porosity=product.porosity + _uniform(generator, ranges.porosity_add),
        rgb=tuple(float(min(1.0, max(0.0, c + s))) for c, s in zip(product.rgb, shift, strict=True)),  # type: ignore[arg-type]
    )
