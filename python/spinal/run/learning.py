"""Learning wired up: the lockstep system as a place to practise in, with the scripted expert as its teacher."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np

from spinal.cell import load_cell
from spinal.decide import ActionChunk, OnnxPolicy, PolicyInputs, decode, encode, tool_rotation_at
from spinal.learn.practice import Chunk, Label, Moment
from spinal.records import Observation, Task
from spinal.run import parts
from spinal.run.evaluate import declared
from spinal.run.station import Rollout, Station
from spinal.sim.expert import PERIOD_S, Expert
from spinal.sim.scene import sample
from spinal.sim.truth import observe_truth

CAMERA = "wrist"
PROPRIOCEPTION = ("tool_x_m", "tool_y_m", "tool_z_m", "vacuum", "gripper")
STEPS = 8
LINGER_DECISIONS = 2
"""Decisions after success, so that the policy also learns what to do then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockstepSite:
    """A cell to practise in: every pick is a fresh scene of one declared distribution. Pickles as two names."""

    cell: Path
    distribution: str = "lab"

    @property
    def camera(self) -> str:
        """Return the camera that the policy looks through."""
        return CAMERA

    @property
    def image_px(self) -> int:
        """Return the width and height of its pictures."""
        return load_cell(self.cell).config.cameras[CAMERA].width

    @property
    def proprioception(self) -> tuple[str, ...]:
        """Return what the robot tells of itself."""
        return PROPRIOCEPTION

    @property
    def skus(self) -> tuple[str, ...]:
        """Return what can be ordered."""
        return tuple(load_cell(self.cell).config.skus)

    @property
    def decision_rate_hz(self) -> float:
        """Return how often the policy decides."""
        return load_cell(self.cell).config.policy.rate_hz

    @property
    def steps(self) -> int:
        """Return the steps of a chunk."""
        return STEPS

    @property
    def period_ms(self) -> int:
        """Return the time between two steps."""
        return round(PERIOD_S * 1e3)

    def pick(self, seed: int, index: int) -> PracticePick:
        """Return the pick of that number: a fresh scene, the robot at home."""
        return PracticePick(self, seed, index)

    def policy(self, bundle: Path) -> Callable[[Moment], Chunk]:
        """Return a bundle's policy, run by the same code as in production."""
        policy = OnnxPolicy(bundle, parts.cell_inputs(load_cell(self.cell)))

        def decide(moment: Moment) -> Chunk:
            inputs = PolicyInputs(images=moment.images, proprioception=moment.proprioception, sku=moment.sku)
            chunk = policy.decide(inputs)
            return np.concatenate([chunk.waypoints_m, chunk.gripper[:, None]], axis=1).astype(np.float32)

        return decide

    def lineage(self) -> dict[str, object]:
        """Return what is to be known about this site."""
        cell = load_cell(self.cell)
        return {
            "cell": cell.config.name,
            "distribution": self.distribution,
            "files": dict(cell.file_hashes),
            "spinal": version("spinal"),
            "latency_ms": cell.config.policy.lockstep_latency_ms,
        }


@lru_cache(maxsize=1)
def _station(cell: Path) -> tuple[Station, Expert]:
    station = Station(load_cell(cell))
    return station, Expert(cell=station.simulation)


class PracticePick:
    """One pick in the whole lockstep system, decision by decision, with the policy's authority throughout."""

    def __init__(self, site: LockstepSite, seed: int, index: int) -> None:
        """Load the scene."""
        self._station, self._expert = _station(site.cell)
        self._site = site
        cell = self._station.cell
        scene = sample(declared(cell, site.distribution), seed, index)
        self._expert.restart()
        self._rollout: Rollout = self._station.begin(scene)
        self._rollout.grant(parts.POLICY_SOURCE)
        self._task = Task(order="practice", sku=scene.sku, attempt=1)
        self._rotation = tool_rotation_at(self._station.arm, np.array(cell.config.robot.home_rad))
        self._latency_ns = parts.milliseconds(cell.config.policy.lockstep_latency_ms)
        self._period_ns = round(1e9 / cell.config.policy.rate_hz)
        self._began_ns = self._rollout.now_ns
        self._timeout_ns = parts.milliseconds(cell.config.task.attempt_timeout_s * 1e3)
        self._observation: Observation | None = None
        self._since_success = 0

    def moment(self) -> Moment | None:
        """Return what the policy would see now."""
        self._observation = self._rollout.observe(self._task)
        if not self._observation.is_usable:
            return None
        site = self._site
        return encode(self._observation, cameras=(CAMERA,), proprioception=PROPRIOCEPTION, skus=site.skus)

    def label(self) -> Label:
        """Return the expert's answer at this moment. Privileged."""
        robot = self._seen().proprioception
        truth = observe_truth(self._station.simulation)
        speed = self._station.arm.jacobian(robot.joints_commanded_rad) @ self._rollout.status.velocity_command_rad_s
        chunk = self._expert.chunk(truth, robot.tool_commanded_m, speed[:3], robot.inputs["vacuum"])
        target = self._expert.target_m(truth, robot.tool_commanded_m)
        pixel = None if target is None else self._station.simulation.pixel(CAMERA, target)
        where = (np.nan, np.nan) if pixel is None else pixel
        return Label(chunk=chunk, target=np.array(where, dtype=np.float32))

    def act(self, chunk: Chunk) -> None:
        """Propose a chunk after the declared latency and let the system run until the next decision."""
        observation = self._seen()
        action = ActionChunk(
            waypoints_m=chunk[:, :3].astype(np.float64),
            gripper=(chunk[:, 3] > 0.5).astype(np.float64),
            period_ns=round(PERIOD_S * 1e9),
        )
        plan = decode(action, observation.proprioception, self._station.arm, self._rotation)
        self._rollout.advance(self._latency_ns)
        self._rollout.propose(plan, observation, parts.POLICY_SOURCE)
        self._rollout.advance(self._period_ns - self._latency_ns)
        self._since_success = self._since_success + 1 if self.succeeded else 0

    @property
    def is_over(self) -> bool:
        """Return whether the pick succeeded (and a moment passed since) or its time is up."""
        return self._since_success > LINGER_DECISIONS or self._rollout.now_ns - self._began_ns >= self._timeout_ns

    @property
    def succeeded(self) -> bool:
        """Return whether the ordered object, and nothing else, came to rest in the destination."""
        return observe_truth(self._station.simulation).succeeded

    @property
    def simulated_s(self) -> float:
        """Return how much time passed in the simulation."""
        return (self._rollout.now_ns - self._began_ns) * 1e-9

    def _seen(self) -> Observation:
        assert self._observation is not None, "look (moment) before you act"
        return self._observation
