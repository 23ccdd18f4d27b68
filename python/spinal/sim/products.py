"""What can lie in the totes: the six SKUs that can be ordered, and things that cannot.

Some SKUs differ by colour, two only by shape (tuna, tea: the same green), two only by the tape on the same carton
(cable, relay).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

Shape = Literal["box", "cylinder", "sphere", "capsule"]
Band = tuple[Literal["x", "y"], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One kind of object.

    `half_m`: half sizes of a box; (radius, half height) of a cylinder or capsule; (radius,) of a sphere. `bands` are
    strips of dark tape around it: (direction of the strip, its width in m). `porosity` is what leaks through the
    surface itself, as a share of a fully open lip. `copies` of it exist in the compiled model.
    """

    name: str
    shape: Shape
    half_m: tuple[float, ...]
    mass_kg: float
    rgb: tuple[float, float, float]
    porosity: float
    copies: int
    can_be_ordered: bool
    bands: tuple[Band, ...] = ()

    @property
    def radius_m(self) -> float:
        """Return the radius of the circle that the object covers as it is put down (a capsule lies)."""
        if self.shape == "box":
            return math.hypot(self.half_m[0], self.half_m[1])
        return self.half_m[0] + (self.half_m[1] if self.shape == "capsule" else 0.0)

    @property
    def half_height_m(self) -> float:
        """Return half the height of the object as it is put down."""
        return self.half_m[2] if self.shape == "box" else self.half_m[0] if self.shape != "cylinder" else self.half_m[1]

    def resized(self, proportions: tuple[float, float, float]) -> Product:
        """Return it with each of its half sizes times one of the three; its mass and its tape's width stay."""
        return replace(self, half_m=tuple(half * by for half, by in zip(self.half_m, proportions, strict=False)))


GREEN = (0.16, 0.55, 0.27)
CARTON = (0.72, 0.53, 0.33)
TAPE = (0.10, 0.09, 0.09)

PRODUCTS: tuple[Product, ...] = (
    Product(
        name="soap",
        shape="box",
        half_m=(0.040, 0.028, 0.018),
        mass_kg=0.15,
        rgb=(0.78, 0.12, 0.13),
        porosity=0.0,
        copies=2,
        can_be_ordered=True,
    ),
    Product(
        name="beans",
        shape="cylinder",
        half_m=(0.033, 0.032),
        mass_kg=0.22,
        rgb=(0.13, 0.26, 0.72),
        porosity=0.0,
        copies=2,
        can_be_ordered=True,
    ),
    Product(
        name="tuna",
        shape="cylinder",
        half_m=(0.040, 0.016),
        mass_kg=0.18,
        rgb=GREEN,
        porosity=0.0,
        copies=2,
        can_be_ordered=True,
    ),
    Product(
        name="tea",
        shape="box",
        half_m=(0.036, 0.029, 0.022),
        mass_kg=0.10,
        rgb=GREEN,
        porosity=0.01,
        copies=2,
        can_be_ordered=True,
    ),
    Product(
        name="cable",
        shape="box",
        half_m=(0.042, 0.032, 0.021),
        mass_kg=0.12,
        rgb=CARTON,
        porosity=0.02,
        copies=2,
        can_be_ordered=True,
        bands=(("y", 0.016),),
    ),
    Product(
        name="relay",
        shape="box",
        half_m=(0.042, 0.032, 0.021),
        mass_kg=0.16,
        rgb=CARTON,
        porosity=0.02,
        copies=2,
        can_be_ordered=True,
        bands=(("y", 0.016), ("x", 0.016)),
    ),
    Product(
        name="ball",
        shape="sphere",
        half_m=(0.030,),
        mass_kg=0.08,
        rgb=(0.93, 0.45, 0.08),
        porosity=0.05,
        copies=2,
        can_be_ordered=False,
    ),
    Product(
        name="block",
        shape="box",
        half_m=(0.030, 0.024, 0.022),
        mass_kg=0.14,
        rgb=(0.42, 0.42, 0.45),
        porosity=0.0,
        copies=2,
        can_be_ordered=False,
    ),
    Product(
        name="tube",
        shape="capsule",
        half_m=(0.020, 0.032),
        mass_kg=0.07,
        rgb=(0.90, 0.80, 0.16),
        porosity=0.0,
        copies=2,
        can_be_ordered=False,
    ),
)

SKUS: tuple[str, ...] = tuple(product.name for product in PRODUCTS if product.can_be_ordered)


def product_named(name: str) -> Product:
    """Return the product of that name; KeyError when there is none."""
    return {product.name: product for product in PRODUCTS}[name]


def bodies() -> tuple[tuple[str, Product], ...]:
    """Return every object body of the compiled model: (body name `soap-0`, product), in model order."""
    return tuple((f"{product.name}-{copy}", product) for product in PRODUCTS for copy in range(product.copies))
