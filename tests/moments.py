"""Moments and attempts as a small policy would give them, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from spinal.records import Float, Frame, Health, Observation, Proprioception, Task
from spinal.watch import Attempt, Moment, Monitor, Parts, Promise, fit_monitor, names_of

CAMERAS = ("wrist",)
WIDTH = 6
STEPS = 8
PERIOD_NS = 100_000_000
DECISION_NS = 200_000_000
SKUS = {"soap": "soap", "tea": "tea"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """What a small network shows."""

    embedding: npt.NDArray[np.float32]
    products: npt.NDArray[np.float32]
    target: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """What it answers."""

    waypoints_m: Float
    gripper: Float
    period_ns: int
    insight: Insight | None


def moment(
    number: int = 0,
    *,
    seed: int = 0,
    tool_m: tuple[float, float, float] | None = None,
    task: Task | None = None,
    embedding: npt.NDArray[np.float32] | None = None,
    waypoints_m: Float | None = None,
    image: npt.NDArray[np.uint8] | None = None,
) -> Moment:
    """Return decision `number` of an attempt that moves along x, 4 cm a decision, as it plans to."""
    generator = np.random.default_rng([seed, number])
    at_ns = number * DECISION_NS
    here_m = np.array((0.04 * number, 0.0, 0.3) if tool_m is None else tool_m)
    joints = np.full(6, 0.1)
    robot = Proprioception(
        at_ns=at_ns,
        joints_commanded_rad=joints,
        joints_measured_rad=joints + 1e-3 * generator.standard_normal(6),
        tool_commanded_m=here_m,
        tool_measured_m=here_m,
        tool_velocity_commanded_m_s=np.zeros(3),
        gripper=0.0,
        inputs={},
        played_ns=at_ns,
        mode="track",
    )
    picture = generator.integers(60, 200, (16, 16, 3), dtype=np.uint8) if image is None else image
    planned_m = np.stack([0.02 * np.arange(1, STEPS + 1), np.zeros(STEPS), np.zeros(STEPS)], axis=1)
    insight = Insight(
        embedding=generator.standard_normal(WIDTH).astype(np.float32) if embedding is None else embedding,
        products=np.full((4, 4, 4), 0.25, np.float32),
        target=np.zeros(2, np.float32),
    )
    return Moment(
        observation=Observation(
            at_ns=at_ns,
            frames={"wrist": Frame(camera="wrist", at_ns=at_ns, image=picture)},
            health={"wrist": Health.OK, "robot": Health.OK},
            ages_ns={"wrist": 0, "robot": 0},
            proprioception=robot,
            task=Task(order="order", sku="soap", attempt=1) if task is None else task,
        ),
        chunk=Chunk(
            waypoints_m=planned_m if waypoints_m is None else waypoints_m,
            gripper=np.zeros(STEPS),
            period_ns=PERIOD_NS,
            insight=insight,
        ),
        sku=0,
    )


def without_camera(one: Moment) -> Moment:
    """Return the moment with its camera gone: the policy was not asked."""
    observation = replace(one.observation, frames={}, health={"wrist": Health.MISSING, "robot": Health.OK})
    return replace(one, observation=observation, chunk=None)


def attempts(count: int, seed: int, *, shift: float = 0.0, decisions: int = 12) -> list[Attempt]:
    """Return attempts of different scenes; `shift` moves the embedding and every signal away from what is usual."""
    generator = np.random.default_rng(seed)
    signals = len(names_of(CAMERAS))
    return [
        Attempt(
            scene=number,
            sku=list(SKUS)[number % len(SKUS)],
            axes=(),
            went_well=shift == 0.0,
            outcome="placed" if shift == 0.0 else "missed",
            at_s=0.2 * np.arange(decisions),
            values=np.abs(generator.standard_normal((decisions, signals))) + shift,
            embeddings=(generator.standard_normal((decisions, WIDTH)) + shift).astype(np.float32),
        )
        for number in range(count)
    ]


def monitor(promise: Promise | None = None, *, pooled: bool = True, count: int = 120, seed: int = 1) -> Monitor:
    """Return a monitor fitted on such attempts."""
    parts = Parts(
        fit=attempts(60, seed),
        rank=attempts(60, seed + 1),
        threshold=attempts(count, seed + 2),
        held_out=attempts(60, seed + 3),
    )
    slices = dict.fromkeys(SKUS, "all") if pooled else SKUS
    return fit_monitor(CAMERAS, parts, Promise() if promise is None else promise, slices)
