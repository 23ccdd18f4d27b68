"""The shapes that the gate keeps apart, drawn half transparent over the model, so that a person can check them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from spinal.records import Float, Image
from spinal.sim.cameras import Painter
from spinal.sim.robot import JOINT_NAMES

Colour = tuple[float, float, float, float]
"""Red, green, blue and opacity, 0..1."""
_EDGE_PX = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnCapsule:
    """A capsule in the base frame: ends (3,) and radius, m."""

    a_m: Float
    b_m: Float
    radius_m: float
    colour: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnBox:
    """A box in the base frame: middle (3,), rotation (3, 3), half sides (3,); `is_frame`: its edges only."""

    middle_m: Float
    rotation: Float
    half_m: Float
    colour: Colour
    is_frame: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A look at a point (3,) from this far; azimuth and elevation as MuJoCo's free camera has them, in degrees."""

    at_m: tuple[float, float, float]
    from_m: float
    azimuth_deg: float
    elevation_deg: float


class ShapePainter(Painter):
    """Draws the cell at given joint positions with shapes over it."""

    def __init__(
        self,
        model: mujoco.MjModel,
        width: int,
        height: int,
        capsules: Sequence[DrawnCapsule],
        boxes: Sequence[DrawnBox],
    ) -> None:
        """Take what is drawn over the model; MachineError when this machine has no headless OpenGL."""
        super().__init__(model, width, height, for_people=True, shadows=False)
        self._capsules, self._boxes = capsules, boxes
        self._scene = mujoco.MjvScene(model, maxgeom=model.ngeom + len(capsules) + 12 * len(boxes) + 16)
        self._camera.type = mujoco.mjtCamera.mjCAMERA_FREE
        self._model = model

    def view(self, q_rad: Float, view: View) -> Image:
        """Return a (height, width, 3) RGB picture of the cell with the arm at joints `q_rad` (dof,)."""
        data = mujoco.MjData(self._model)
        data.qpos[: len(JOINT_NAMES)] = q_rad
        mujoco.mj_forward(self._model, data)
        self._camera.lookat[:] = view.at_m
        self._camera.distance = view.from_m
        self._camera.azimuth, self._camera.elevation = view.azimuth_deg, view.elevation_deg
        return self.draw(self._model, data, -1)

    def _decorate(self) -> None:
        for capsule in self._capsules:
            self._connect(mujoco.mjtGeom.mjGEOM_CAPSULE, capsule.radius_m, capsule.a_m, capsule.b_m, capsule.colour)
        for box in self._boxes:
            if box.is_frame:
                self._frame(box)
            else:
                self._add(mujoco.mjtGeom.mjGEOM_BOX, box.half_m, box.middle_m, box.rotation, box.colour)

    def _frame(self, box: DrawnBox) -> None:
        corners = {
            (x, y, z): box.middle_m + box.rotation @ (box.half_m * [x, y, z])
            for x in (-1, 1)
            for y in (-1, 1)
            for z in (-1, 1)
        }
        for first, start in corners.items():
            for second, end in corners.items():
                if first < second and sum(a != b for a, b in zip(first, second, strict=True)) == 1:
                    self._connect(mujoco.mjtGeom.mjGEOM_LINE, _EDGE_PX, start, end, box.colour)

    def _connect(self, kind: mujoco.mjtGeom, width: float, start: Float, end: Float, colour: Colour) -> None:
        if kind == mujoco.mjtGeom.mjGEOM_CAPSULE and float(np.linalg.norm(end - start)) < 1e-9:
            self._add(mujoco.mjtGeom.mjGEOM_SPHERE, np.full(3, width), start, np.eye(3), colour)
            return
        drawn = self._add(kind, np.zeros(3), np.zeros(3), np.eye(3), colour)
        mujoco.mjv_connector(drawn, kind, width, start, end)

    def _add(self, kind: mujoco.mjtGeom, size: Float, at_m: Float, rotation: Float, colour: Colour) -> mujoco.MjvGeom:
        drawn = self._scene.geoms[self._scene.ngeom]
        rgba = np.array(colour, np.float32)
        mujoco.mjv_initGeom(drawn, kind, size, at_m, np.ascontiguousarray(rotation).reshape(9), rgba)
        drawn.category = mujoco.mjtCatBit.mjCAT_DECOR
        self._scene.ngeom += 1
        return drawn
