"""Which product each part of a picture shows. Privileged: a target of training, never an input of a policy."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

from spinal.sim.cameras import POLICY_SIZE, Painter
from spinal.sim.cell import Cell

CELL_PX = 4
"""A label stands for a square of that many pixels: what is at its middle."""


class ProductPainter(Painter):
    """Draws what the policy's cameras would see, with each product in its own number instead of its colours."""

    def __init__(self, cell: Cell, products: tuple[str, ...]) -> None:
        """Number the products in this order; other objects get the next number, everything else the one after it."""
        super().__init__(cell.model, POLICY_SIZE, POLICY_SIZE, for_people=False, shadows=False)
        self._cell = cell
        self._background = len(products) + 1
        self._number = np.full(cell.model.nbody, self._background, np.uint8)
        for entry in cell.bodies:
            name = entry.product.name
            self._number[entry.body] = products.index(name) if name in products else len(products)
        flags = mujoco.mjtRndFlag
        self._scene.flags[flags.mjRND_SEGMENT] = True
        self._scene.flags[flags.mjRND_IDCOLOR] = True

    def products(self, camera: str) -> npt.NDArray[np.uint8]:
        """Return the numbers (24, 24) of what a camera sees now, one for each square of pixels."""
        drawn = self.draw(self._cell.model, self._cell.data, self._cell.cameras[camera])
        drawn = drawn[CELL_PX // 2 :: CELL_PX, CELL_PX // 2 :: CELL_PX].astype(np.int32)
        shape = drawn[..., 0] + (drawn[..., 1] << 8) + (drawn[..., 2] << 16)  # 0 is no shape; see mjRND_IDCOLOR
        numbers: npt.NDArray[np.uint8] = self._of_shapes()[shape]
        return numbers

    def _of_shapes(self) -> npt.NDArray[np.uint8]:
        of_shapes = np.full(self._scene.ngeom + 2, self._background, np.uint8)
        body = self._cell.model.geom_bodyid
        for drawn in self._scene.geoms[: self._scene.ngeom]:
            if drawn.objtype == mujoco.mjtObj.mjOBJ_GEOM and drawn.segid >= 0:
                of_shapes[drawn.segid + 1] = self._number[body[drawn.objid]]
        return of_shapes
