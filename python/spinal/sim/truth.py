"""What is really so in the simulated cell. Privileged: for the expert, labels and evaluation; never for a policy."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from spinal.records import Float
from spinal.sim import layout
from spinal.sim.cell import Cell
from spinal.sim.products import Product

REST_SPEED_M_S = 0.02
"""An object slower than this rests. Chosen by hand: objects that settle fall below it within 0.3 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One object of the scene. `product` has the size that it has here, `position_m` (3,) is its middle.

    `rotation` (3, 3) maps its axes to the world.
    """

    body: str
    product: Product
    geom: int
    position_m: Float
    rotation: Float
    speed_m_s: float

    @property
    def is_at_rest(self) -> bool:
        """Return whether it moves no more."""
        return self.speed_m_s < REST_SPEED_M_S

    def is_inside(self, tote_m: tuple[float, float]) -> bool:
        """Return whether its middle is between the walls of the tote around `tote_m` and below its rim."""
        x, y, z = self.position_m
        across = abs(x - tote_m[0]) <= layout.TOTE_HALF_M[0] and abs(y - tote_m[1]) <= layout.TOTE_HALF_M[1]
        return bool(across and -0.02 <= z <= layout.TOTE_HEIGHT_M)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The state of the scene now. `held`: body that the cup holds; `sealed`: whether it holds anything, even a tote."""

    sku: str
    things: tuple[Thing, ...]
    held: str | None
    sealed: bool

    @property
    def ordered(self) -> tuple[Thing, ...]:
        """Return the objects that would fill the order."""
        return tuple(thing for thing in self.things if thing.product.name == self.sku)

    @property
    def placed(self) -> tuple[Thing, ...]:
        """Return the objects in the destination tote that are not held."""
        return tuple(
            thing for thing in self.things if thing.body != self.held and thing.is_inside(layout.DESTINATION_M)
        )

    @property
    def succeeded(self) -> bool:
        """Return whether exactly one object of the ordered SKU, and nothing else, rests in the destination tote."""
        placed = self.placed
        return len(placed) == 1 and placed[0].product.name == self.sku and placed[0].is_at_rest


def observe_truth(cell: Cell) -> Truth:
    """Return the truth of the scene that is loaded; the destination tote is empty when a scene starts."""
    scene = cell.scene
    if scene is None:
        raise RuntimeError("no scene is loaded: call Cell.load first")
    present = {placement.body: placement for placement in scene.placements}
    held = cell.plant.held_body
    data, velocity = cell.data, np.zeros(6)
    things, held_name = [], None
    for entry in cell.bodies:
        if entry.name not in present:
            continue
        if entry.body == held:
            held_name = entry.name
        mujoco.mj_objectVelocity(cell.model, data, mujoco.mjtObj.mjOBJ_BODY, entry.body, velocity, 0)
        things.append(
            Thing(
                body=entry.name,
                product=entry.placed_as(present[entry.name]),
                geom=entry.geom,
                position_m=data.xpos[entry.body].copy(),
                rotation=data.xmat[entry.body].reshape(3, 3).copy(),
                speed_m_s=float(np.linalg.norm(velocity[3:])),
            )
        )
    return Truth(sku=scene.sku, things=tuple(things), held=held_name, sealed=held is not None)
