"""Places to practise in: picks of the lockstep system, seen the way learning wants to see them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spinal import _core
from spinal.cell import Cell, CellConfig, load_cell
from spinal.decide import ActionChunk, OnnxPolicy, PolicyInputs, decode, encode, tool_rotation_at
from spinal.decide.manifest import COMMANDED_TOOL, COMMANDED_VELOCITY, GRIPPER
from spinal.learn import Chunk, Label, Moment
from spinal.records import Observation, Task
from spinal.run import parts
from spinal.run.evaluate import scene_for
from spinal.run.fit import declared, load_fitting_cell
from spinal.run.station import Rollout, Station
from spinal.sim.distribution import Distribution
from spinal.sim.expert import PERIOD_S, STEPS, Expert
from spinal.sim.labels import ProductPainter
from spinal.sim.truth import observe_truth

CAMERA = "wrist"
PROPRIOCEPTION = (*COMMANDED_TOOL, *COMMANDED_VELOCITY, GRIPPER, "vacuum")
AFTER_SUCCESS_S = 0.8
"""How long a pick goes on after it succeeded: the policy must also know how to leave."""
ENDED_MODES = ("ss1", "sto")
"""Latched stops: the robot will not move again in this pick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeSite:
    """A cell's folder and one of its scene distributions. Survives pickling; a process opens it once.

    Only `pick` compiles the model and opens OpenGL: the process that trains must not, because the LLVM of a software
    OpenGL and the one that torch brings along crash each other.
    """

    cell: Path
    distribution: str = "lab"
    code_version: str = "unknown"

    @property
    def camera(self) -> str:
        """Return the camera that the policy looks through."""
        return CAMERA

    @property
    def image_px(self) -> int:
        """Return the width and height of its pictures."""
        return self._config.cameras[CAMERA].width

    @property
    def proprioception(self) -> tuple[str, ...]:
        """Return the names of the proprioception values."""
        return PROPRIOCEPTION

    @property
    def skus(self) -> tuple[str, ...]:
        """Return what can be ordered."""
        return tuple(self._config.skus)

    @property
    def decision_rate_hz(self) -> float:
        """Return how often the policy decides."""
        return self._config.policy.rate_hz

    @property
    def steps(self) -> int:
        """Return the waypoints in a chunk."""
        return STEPS

    @property
    def period_ms(self) -> int:
        """Return the time between two waypoints."""
        return round(PERIOD_S * 1e3)

    @property
    def _config(self) -> CellConfig:
        return load_cell(self.cell).config

    def pick(self, seed: int, index: int, pick: int = 0) -> LockstepPractice:
        """Return a pick of scene `index` of the stream `seed`."""
        return LockstepPractice(_opened(self), seed, index, pick)

    def policy(self, bundle: Path) -> Callable[[Moment], Chunk]:
        """Return the bundle's policy as production runs it."""
        policy = OnnxPolicy(bundle, parts.cell_inputs(load_cell(self.cell)))

        def act(moment: Moment) -> Chunk:
            inputs = PolicyInputs(images=moment.images, proprioception=moment.proprioception, sku=moment.sku)
            chunk = policy.decide(inputs)
            return np.column_stack([chunk.waypoints_m, chunk.gripper]).astype(np.float32)

        return act

    def lineage(self) -> dict[str, object]:
        """Return which cell, which scenes and which code."""
        cell = load_cell(self.cell)
        return {
            "cell": cell.config.name,
            "distribution": self.distribution,
            "files": cell.file_hashes,
            "code_version": self.code_version,
            "core_sha256": core_hash(),
            "expert": "spinal.sim.expert",
            "system": "lockstep: System 1 and MuJoCo, native stepping",
        }


def core_hash() -> str:
    """Return the SHA-256 of the compiled core that runs: a core older than the code beside it is not seen otherwise."""
    return hashlib.sha256(Path(_core.__file__).read_bytes()).hexdigest()


class OpenedSite:
    """What is made once a process: the station, the expert, the painter of labels."""

    def __init__(self, site: PracticeSite) -> None:
        """Compile the simulated cell."""
        self.cell: Cell = load_fitting_cell(site.cell)
        self.station = Station(self.cell)
        self.distribution: Distribution = declared(self.cell, site.distribution)
        self.expert = Expert(cell=self.station.simulation)
        self.painter = ProductPainter(self.station.simulation, tuple(self.cell.config.skus))
        self.rotation = tool_rotation_at(self.station.arm, np.array(self.cell.config.robot.home_rad))


_open: dict[PracticeSite, OpenedSite] = {}
"""A process's opened sites: a compiled model and an OpenGL context are too dear to make for each pick."""


def _opened(site: PracticeSite) -> OpenedSite:
    if site not in _open:
        _open[site] = OpenedSite(site)
    return _open[site]


class LockstepPractice:
    """One pick: whoever acts has authority from the start until the pick is over."""

    def __init__(self, opened: OpenedSite, seed: int, index: int, pick: int = 0) -> None:
        """Load the scene; the arm is at home."""
        self._opened = opened
        self._scene = scene_for(opened.cell, opened.distribution, seed, index, pick=pick)
        opened.expert.restart()
        self._rollout: Rollout = opened.station.begin(self._scene, detail="digest")
        self._task = Task(order=f"practice-{index}", sku=self._scene.sku, attempt=1)
        self._rollout.grant(parts.POLICY_SOURCE)
        config = opened.cell.config
        self._skus = tuple(config.skus)
        self._latency_ns = parts.lockstep_latency_ns(opened.cell, self._scene)
        self._period_ns = round(1e9 / config.policy.rate_hz)
        self._began_ns = self._rollout.now_ns
        self._deadline_ns = self._began_ns + parts.milliseconds(config.task.attempt_timeout_s * 1e3)
        self._succeeded_ns: int | None = None
        self._seen: Observation = self._rollout.observe(self._task)

    def moment(self) -> PolicyInputs | None:
        """Return what the policy would see now; None when the observation is not usable."""
        if not self._seen.is_usable:
            return None
        return encode(self._seen, cameras=(CAMERA,), proprioception=PROPRIOCEPTION, skus=self._skus)

    def label(self) -> Label:
        """Return the expert's answer at this moment. Privileged."""
        opened, robot = self._opened, self._seen.proprioception
        truth = observe_truth(opened.station.simulation)
        chunk = opened.expert.chunk(
            truth, robot.tool_commanded_m, robot.tool_velocity_commanded_m_s, robot.inputs["vacuum"]
        )
        target_m = opened.expert.target_m(truth, robot.tool_commanded_m)
        pixel = None if target_m is None else opened.station.simulation.pixel(CAMERA, target_m)
        return Label(
            chunk=chunk,
            target=np.array((np.nan, np.nan) if pixel is None else pixel, dtype=np.float32),
            products=opened.painter.products(CAMERA),
        )

    def act(self, chunk: Chunk) -> None:
        """Propose a chunk after the scene's latency and run until the next decision."""
        action = ActionChunk(
            waypoints_m=chunk[:, :3].astype(np.float64),
            gripper=chunk[:, 3].astype(np.float64),
            period_ns=round(PERIOD_S * 1e9),
        )
        plan = decode(action, self._seen.proprioception, self._opened.station.arm, self._opened.rotation)
        self._rollout.advance(self._latency_ns)
        self._rollout.propose(plan, self._seen, parts.POLICY_SOURCE)
        self._rollout.advance(max(0, self._period_ns - self._latency_ns))
        if self._succeeded_ns is None and observe_truth(self._opened.station.simulation).succeeded:
            self._succeeded_ns = self._rollout.now_ns
        self._seen = self._rollout.observe(self._task)

    @property
    def is_over(self) -> bool:
        """Return whether it succeeded a moment ago, its time is up, or the robot stopped for good."""
        now_ns = self._rollout.now_ns
        is_done = self._succeeded_ns is not None and now_ns >= self._succeeded_ns + round(AFTER_SUCCESS_S * 1e9)
        return is_done or now_ns >= self._deadline_ns or self._rollout.status.mode in ENDED_MODES

    @property
    def succeeded(self) -> bool:
        """Return the simulator's truth now."""
        return observe_truth(self._opened.station.simulation).succeeded

    @property
    def simulated_s(self) -> float:
        """Return how long the pick took so far."""
        return (self._rollout.now_ns - self._began_ns) * 1e-9

    def facts(self) -> dict[str, Any]:
        """Return what is worth knowing about how the pick went."""
        status = self._rollout.status
        return {"sku": self._scene.sku, "mode": status.mode, "trigger": status.trigger, "refused": status.refused}
