"""Pictures of the cell: 96×96 ones for the policy, larger ones with shadows for people."""

from __future__ import annotations

import os
from typing import Any

import mujoco
import numpy as np

from spinal.errors import MachineError
from spinal.records import Image
from spinal.sim.scene import Scene

POLICY_SIZE = 96
PEOPLE_GROUP = 4
"""Geom group of what only people's pictures show (legs, pedestal, floor pattern)."""
_NOISE_BANK = 16


class Painter:
    """Draws one model at one size with software OpenGL; keeps its context until `close`. Use from one thread only."""

    def __init__(self, model: mujoco.MjModel, width: int, height: int, *, for_people: bool) -> None:
        """Make the OpenGL context; MachineError when this machine has no headless OpenGL."""
        self._context = _gl_context(width, height)
        self._model = model
        quality = model.vis.quality
        model.vis.global_.offwidth, model.vis.global_.offheight = width, height
        quality.numslices, quality.numstacks, quality.offsamples = (28, 16, 4) if for_people else (12, 4, 0)
        quality.shadowsize = 4096 if for_people else 0
        self._scene = mujoco.MjvScene(model, maxgeom=model.ngeom + 16)
        flags = mujoco.mjtRndFlag
        for flag in (flags.mjRND_SHADOW, flags.mjRND_SKYBOX, flags.mjRND_REFLECTION):
            self._scene.flags[flag] = for_people
        self._option = mujoco.MjvOption()
        self._option.geomgroup[:] = [1, 1, 1, 0, int(for_people), 0]
        self._camera = mujoco.MjvCamera()
        self._camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
        self._mjr = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._mjr)
        self._view = mujoco.MjrRect(0, 0, width, height)
        self._pixels = np.empty((height, width, 3), np.uint8)

    def draw(self, data: mujoco.MjData, camera: int) -> Image:
        """Return a fresh (height, width, 3) RGB picture from a camera of the model, by its id."""
        self._context.make_current()
        self._camera.fixedcamid = camera
        mujoco.mjv_updateScene(
            self._model, data, self._option, None, self._camera, mujoco.mjtCatBit.mjCAT_ALL, self._scene
        )
        mujoco.mjr_render(self._view, self._scene, self._mjr)
        mujoco.mjr_readPixels(self._pixels, None, self._view, self._mjr)
        return np.ascontiguousarray(self._pixels[::-1])

    def close(self) -> None:
        """Free the context; the painter cannot draw any more."""
        self._context.make_current()
        self._mjr.free()
        self._context.free()


class Cameras:
    """What the cell's cameras deliver in the scene that is loaded: pictures with that scene's sensor noise, reproducibly."""

    def __init__(self, model: mujoco.MjModel) -> None:
        """Make the policy's painter; the one for people is made when it is first needed."""
        self._model = model
        self._policy = Painter(model, POLICY_SIZE, POLICY_SIZE, for_people=False)
        self._people: Painter | None = None
        self._bank: np.ndarray[Any, np.dtype[np.int8]] | None = None
        self._taken = 0

    def restart(self, scene: Scene) -> None:
        """Take over a scene's image noise and start counting pictures from 0."""
        generator = np.random.Generator(np.random.Philox(scene.noise_seed))
        noise = generator.standard_normal((_NOISE_BANK, POLICY_SIZE, POLICY_SIZE, 3), np.float32)
        self._bank = np.clip(np.rint(noise * scene.image_noise), -127, 127).astype(np.int8)
        self._taken = 0

    def picture(self, data: mujoco.MjData, camera: str) -> Image:
        """Return what `wrist` or `top` sees: (96, 96, 3) RGB, uint8, with this scene's noise."""
        picture = self._policy.draw(data, self._model.camera(camera).id)
        if self._bank is not None:
            noise = self._bank[self._taken % _NOISE_BANK]
            picture = np.clip(picture.astype(np.int16) + noise, 0, 255).astype(np.uint8)
        self._taken += 1
        return picture

    def overview(self, data: mujoco.MjData, width: int = 640, height: int = 480) -> Image:
        """Return a (height, width, 3) picture for people, with shadows; slow (about 0.1 s)."""
        if self._people is None:
            self._people = Painter(self._model, width, height, for_people=True)
        return self._people.draw(data, self._model.camera("overview").id)

    def close(self) -> None:
        """Free all contexts."""
        self._policy.close()
        if self._people is not None:
            self._people.close()
            self._people = None


def _gl_context(width: int, height: int) -> Any:
    # Mesa reads this once, when its driver starts: without worker threads small pictures are faster and repeatable.
    os.environ.setdefault("LP_NUM_THREADS", "0")
    try:
        from mujoco.egl import GLContext

        context = GLContext(width, height)
        context.make_current()
    except Exception as error:  # the loaders raise ImportError, AttributeError, OSError or RuntimeError, by version
        raise MachineError(
            f"headless OpenGL (EGL) is not usable: {error}",
            allowed="libEGL with a Mesa or vendor driver",
            next_step="install it (Debian, Ubuntu: apt-get install libegl1 libgl1-mesa-dri), then run `spinal doctor`",
        ) from error
    return context
