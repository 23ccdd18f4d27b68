"""Pictures of the cell: 96×96 ones for the policy, larger ones with shadows for people."""

from __future__ import annotations

import os
from typing import Any

import mujoco
import numpy as np

from spinal.errors import MachineError
from spinal.records import Image
from spinal.sim.scene import Scene

CAMERA_NAMES = ("wrist", "top")
POLICY_SIZE = 96
"""Width and height of what these cameras deliver, in pixels."""
PEOPLE_GROUP = 4
"""Geom group of what only people's pictures show (legs, pedestal, floor pattern)."""
_FILL_LIGHT = 3.0
"""In people's pictures the light from the viewer is that much stronger, so that no side of anything is black."""
_STUDIO_LAMP = ((-0.50, 0.28, -0.82), (1.35, -0.56, 1.64))
"""And the lamp shines over the viewer's shoulder, so that the arm's shadow falls beside the totes."""
_NOISE_LENGTH = 1 << 20
"""Pixel noise is cut from one strip of normal numbers at a place drawn for each picture: cheaper than drawing all."""
_NOISE_SEED = 20_250_101


class Painter:
    """Draws one model at one size with software OpenGL; keeps its context until `close`. Use from one thread only."""

    def __init__(self, model: mujoco.MjModel, width: int, height: int, *, for_people: bool, shadows: bool) -> None:
        """Make the OpenGL context; MachineError when this machine has no headless OpenGL.

        `for_people`: with everything that is only decoration, and finer shapes; `shadows`: ten times slower.
        """
        self._context = _gl_context(width, height)
        quality = model.vis.quality
        model.vis.global_.offwidth, model.vis.global_.offheight = width, height
        quality.numslices, quality.numstacks = (28, 16) if for_people else (12, 4)
        quality.offsamples, quality.shadowsize = (4, 4096) if shadows else (0, 0)
        self._for_people = for_people
        self._scene = mujoco.MjvScene(model, maxgeom=model.ngeom + 16)
        flags = mujoco.mjtRndFlag
        self._scene.flags[flags.mjRND_SHADOW] = shadows
        self._scene.flags[flags.mjRND_REFLECTION] = shadows
        self._scene.flags[flags.mjRND_SKYBOX] = for_people
        self._option = mujoco.MjvOption()
        self._option.geomgroup[:] = [1, 1, 1, 0, int(for_people), 0]
        self._camera = mujoco.MjvCamera()
        self._camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
        self._mjr = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._mjr)
        self._view = mujoco.MjrRect(0, 0, width, height)
        self._pixels = np.empty((height, width, 3), np.uint8)

    def draw(self, model: mujoco.MjModel, data: mujoco.MjData, camera: int) -> Image:
        """Return a fresh (height, width, 3) RGB picture from a camera, by its id; `model` may be any built alike."""
        self._context.make_current()
        self._camera.fixedcamid = camera
        mujoco.mjv_updateScene(model, data, self._option, None, self._camera, mujoco.mjtCatBit.mjCAT_ALL, self._scene)
        if self._for_people:
            for lamp in self._scene.lights[: self._scene.nlight]:
                if lamp.headlight:
                    lamp.diffuse[:] = lamp.diffuse * _FILL_LIGHT
                elif lamp.castshadow:
                    lamp.dir[:], lamp.pos[:] = _STUDIO_LAMP
        self._decorate()
        mujoco.mjr_render(self._view, self._scene, self._mjr)
        mujoco.mjr_readPixels(self._pixels, None, self._view, self._mjr)
        return np.ascontiguousarray(self._pixels[::-1])

    def _decorate(self) -> None:
        """Add to the scene what is not in the model; a painter of what cameras see adds nothing."""

    def close(self) -> None:
        """Free the context; the painter cannot draw any more."""
        self._context.make_current()
        self._mjr.free()
        self._context.free()


class Cameras:
    """What the cell's cameras deliver in the loaded scene: pictures with that scene's sensor noise, reproducibly."""

    def __init__(self, model: mujoco.MjModel) -> None:
        """Make the policy's painter; the one for people is made when it is first needed."""
        self._model = model
        self._policy = Painter(model, POLICY_SIZE, POLICY_SIZE, for_people=False, shadows=False)
        self._people: Painter | None = None
        generator = np.random.Generator(np.random.Philox(_NOISE_SEED))
        self._noise = generator.standard_normal(_NOISE_LENGTH + POLICY_SIZE * POLICY_SIZE * 3, np.float32)
        self._restart(0.0, 0)

    def restart(self, scene: Scene, model: mujoco.MjModel | None = None) -> None:
        """Take over a scene's image noise and start anew; `model`: from now on this one, built like the first."""
        self._model = self._model if model is None else model
        self._restart(scene.image_noise, scene.noise_seed)

    def _restart(self, noise_std: float, seed: int) -> None:
        self._noise_std = np.float32(noise_std)
        self._starts = np.random.Generator(np.random.Philox(seed))

    def picture(self, data: mujoco.MjData, camera: str) -> Image:
        """Return what `wrist` or `top` sees: (96, 96, 3) RGB, uint8, with this scene's noise."""
        picture = self._policy.draw(self._model, data, self._model.camera(camera).id)
        start = int(self._starts.integers(_NOISE_LENGTH))
        noisy = self._noise[start : start + picture.size].reshape(picture.shape) * self._noise_std
        noisy += picture
        return np.clip(np.rint(noisy, out=noisy), 0.0, 255.0, out=noisy).astype(np.uint8)

    def overview(self, data: mujoco.MjData, width: int = 640, height: int = 480, *, shadows: bool = True) -> Image:
        """Return a (height, width, 3) picture for people; about 0.2 s with shadows. The first call fixes its size."""
        if self._people is None:
            self._people = Painter(self._model, width, height, for_people=True, shadows=shadows)
        return self._people.draw(self._model, data, self._model.camera("overview").id)

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
        is_unloaded = isinstance(error, AttributeError)  # PyOpenGL's way to say so
        raise MachineError(
            "headless OpenGL (EGL) is not usable",
            value="libEGL cannot be loaded" if is_unloaded else error,
            allowed="libEGL with a Mesa or vendor driver",
            next_step="install it (Debian, Ubuntu: apt-get install libegl1 libgl1-mesa-dri), then run `spinal doctor`",
        ) from error
    return context


def try_rendering() -> str:
    """Return the name of this machine's OpenGL renderer; MachineError when there is none."""
    context = _gl_context(16, 16)
    try:
        from OpenGL import GL

        name = GL.glGetString(GL.GL_RENDERER)
        return name.decode() if isinstance(name, bytes) else "unknown renderer"
    finally:
        context.free()
