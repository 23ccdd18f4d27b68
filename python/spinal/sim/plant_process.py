"""The simulated robot and its cameras at real-time pace, reached only through shared memory, as a robot stands apart.

The physics runs in a thread of the compiled core, 1 kHz, without Python. This loop draws the cameras and brings new
scenes.

| channel | direction | content |
|---|---|---|
| `command`, `measured` | in, out | the robot port (the core's thread) |
| `people` | out | what the scanner sees of people (the core's thread) |
| `frame-<camera>`, `frame-overview` | out | `records.Frame` |
| `scene-request` | in | `SceneRequest` as JSON |
| `scene-ready` | out | the scene that is there; how the one before ended: the truth, for evaluation only (JSON) |

A request that cannot be met changes nothing; `scene-ready` then says why under `refused`.

If this process dies, System 1 sees old readings and stops; the robot in here is gone with its world.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mujoco

from spinal import _core
from spinal.errors import SceneError
from spinal.records import Frame, Image
from spinal.sim.cameras import Cameras
from spinal.sim.cell import Cell
from spinal.sim.distribution import Distribution
from spinal.sim.scene import Scene, sample
from spinal.sim.truth import observe_truth

POLL_S = 0.002
OVERVIEW = "overview"


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneRequest:
    """Which scene to bring. `number` counts up and comes back in `scene-ready`; the rest as in `scene.sample`."""

    number: int
    distribution: str
    seed: int
    index: int
    axis: str | None
    sku: str | None

    @classmethod
    def from_bytes(cls, data: bytes) -> SceneRequest:
        """Return the request in a channel message; SceneError when it is none."""
        try:
            return cls(**json.loads(data))
        except (ValueError, TypeError) as error:
            raise SceneError(
                f"a scene request cannot be read: {error}", value=data[:200], next_step="send SceneRequest as JSON"
            ) from None


@dataclass(slots=True, kw_only=True)
class _Due:
    """When a camera is to be drawn next."""

    camera: str
    period_ns: int
    channel: _core.Latest
    next_ns: int = 0


class SimulatedRobot:
    """Serves a run's channels until `is_ending`. Two cells take turns: one runs, the other gets the next scene."""

    def __init__(
        self,
        link: Path,
        distributions: Mapping[str, Distribution],
        first: SceneRequest,
        rates_hz: Mapping[str, float],
        overview_px: tuple[int, int],
        safe_state: str,
    ) -> None:
        """Build the first scene and start the physics; `rates_hz`: by camera, with `overview` when people watch.

        `overview_px`: width and height of that picture; `safe_state`: what the robot does when it may not be commanded.
        MachineError when this machine cannot draw.
        """
        self._distributions = distributions
        self._cell, self._spare = Cell(safe_state=safe_state), Cell(safe_state=safe_state)
        self._shown = mujoco.MjData(self._cell.model)
        self._overview_px = overview_px
        self._number, self._heard = first.number, 0
        scene = self._scene(first)
        self._cell.load(scene)
        self._cameras = Cameras(self._cell.model)
        self._cameras.restart(scene)
        self._dues = [
            _Due(camera=name, period_ns=round(1e9 / rate), channel=_core.Latest.writer(link / f"frame-{name}"))
            for name, rate in rates_hz.items()
        ]
        self._requests = _core.Latest.reader(link / "scene-request")
        self._ready = _core.Latest.writer(link / "scene-ready")
        self._robot = _core.RealtimePlant(self._cell.plant, link)
        self._report(scene, before=None)
        self.is_ending = False

    def run(self) -> None:
        """Draw and bring scenes until `is_ending`, then stop the physics."""
        try:
            while not self.is_ending:
                self._bring_scene()
                if not self._draw_one():
                    time.sleep(POLL_S)
        finally:
            self._robot.stop()
            self._cameras.close()

    def _bring_scene(self) -> None:
        try:
            read = self._requests.read()
        except BlockingIOError:
            return
        if read is None:
            return
        if read[0] == self._heard:
            return
        self._heard = read[0]
        try:
            request = SceneRequest.from_bytes(read[1])
            scene = self._scene(request)
        except SceneError as error:
            self._ready.write(json.dumps({**self._last, "refused": str(error)}).encode())
            return
        if request.number <= self._number:
            return
        self._spare.load(scene)
        self._robot.swap(self._spare.plant)
        before = self._truth()
        self._cell, self._spare = self._spare, self._cell
        self._cameras.restart(scene, self._cell.model)
        self._number = request.number
        self._report(scene, before)

    def _scene(self, request: SceneRequest) -> Scene:
        distribution = self._distributions.get(request.distribution)
        if distribution is None:
            raise SceneError(
                "the cell has no such scene distribution",
                value=request.distribution,
                allowed=", ".join(sorted(self._distributions)),
                next_step="name one of [simulation.distributions] in cell.toml",
            )
        return sample(distribution, request.seed, request.index, request.axis, request.sku)

    def _truth(self) -> dict[str, Any]:
        """How the scene ended whose plant has just been swapped out."""
        truth = observe_truth(self._cell)
        placed = [thing.product.name for thing in truth.placed]
        return {"number": self._number, "sku": truth.sku, "succeeded": truth.succeeded, "placed": placed}

    def _report(self, scene: Scene, before: dict[str, Any] | None) -> None:
        axes = list(scene.axes)
        self._last = {"number": self._number, "sku": scene.sku, "axes": axes, "before": before, "refused": None}
        self._ready.write(json.dumps(self._last).encode())

    def _draw_one(self) -> bool:
        """Draw the camera that has waited longest, if one is due; late pictures are skipped, not caught up with."""
        now_ns = time.monotonic_ns()
        due = min(self._dues, key=lambda due: due.next_ns, default=None)
        if due is None or now_ns < due.next_ns:
            return False
        due.next_ns = max(due.next_ns + due.period_ns, now_ns)
        at_ns, positions, person_m = self._robot.snapshot()
        if len(positions) == 0:
            return False
        self._shown.qpos[:] = positions
        self._shown.mocap_pos[:] = person_m.reshape(-1, 3)
        mujoco.mj_kinematics(self._cell.model, self._shown)
        mujoco.mj_camlight(self._cell.model, self._shown)
        due.channel.write(Frame(camera=due.camera, at_ns=at_ns, image=self._picture(due.camera)).to_bytes())
        return True

    def _picture(self, camera: str) -> Image:
        if camera == OVERVIEW:
            return self._cameras.overview(self._shown, *self._overview_px, shadows=False)
        return self._cameras.picture(self._shown, camera)
