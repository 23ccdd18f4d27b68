"""A place to practise in that needs no simulator: a hand goes to the ordered one of two coloured tiles."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spinal.decide import CellInputs, OnnxPolicy, PolicyInputs
from spinal.learn import Chunk, Label, Moment

IMAGE_PX = 32
VIEW_M = 0.2
"""Half of what the hand's camera sees: the picture shows the table around the hand."""
STEPS = 4
DECISIONS_MAX = 12
NEAR_M = 0.015
SPEED_M = 0.03
COLOURS = np.array([[220, 40, 40], [40, 200, 60], [0, 0, 0], [90, 90, 90]], np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToySite:
    """Two SKUs, one tile each, in places drawn from (seed, index)."""

    log: Path | None = None
    camera: str = "wrist"
    image_px: int = IMAGE_PX
    proprioception: tuple[str, ...] = ("tool_x_m", "tool_y_m", "tool_z_m", "gripper")
    skus: tuple[str, ...] = ("red", "green")
    decision_rate_hz: float = 5.0
    steps: int = STEPS
    period_ms: int = 100

    def pick(self, seed: int, index: int, pick: int = 0) -> ToyPick:
        if self.log is not None:
            with self.log.open("a", encoding="utf-8") as file:
                file.write(json.dumps([seed, index]) + "\n")
        return ToyPick(seed, index)

    def policy(self, bundle: Path) -> Callable[[Moment], Chunk]:
        cell = CellInputs(
            cameras={"wrist": (IMAGE_PX, IMAGE_PX)}, inputs=(), skus=self.skus, decision_rate_hz=self.decision_rate_hz
        )
        policy = OnnxPolicy(bundle, cell)

        def act(moment: Moment) -> Chunk:
            inputs = PolicyInputs(images=moment.images, proprioception=moment.proprioception, sku=moment.sku)
            chunk = policy.decide(inputs)
            return np.column_stack([chunk.waypoints_m, chunk.gripper]).astype(np.float32)

        return act

    def lineage(self) -> dict[str, object]:
        return {"cell": "toy"}


class ToyPick:
    """One way of the hand."""

    def __init__(self, seed: int, index: int) -> None:
        random = np.random.default_rng((seed, index))
        self.tiles_m = np.array([[-0.08, 0.0], [0.08, 0.0]])[random.permutation(2)] + random.uniform(
            -0.05, 0.05, (2, 2)
        )
        self.ordered = int(random.integers(2))
        self.hand_m = random.uniform(-0.05, 0.05, 2)
        self.gripper = 0.0
        self.decisions = 0

    def moment(self) -> PolicyInputs:
        image = np.take(COLOURS, self.tiles_seen(), axis=0)
        proprioception = np.array([*self.hand_m, 0.2, self.gripper], np.float32)
        return PolicyInputs(images={"wrist": image}, proprioception=proprioception, sku=self.ordered)

    def tiles_seen(self) -> np.ndarray:
        """Which tile each pixel shows; 3 = none."""
        seen = np.full((IMAGE_PX, IMAGE_PX), 3, np.uint8)
        for number, tile in enumerate(self.tiles_m):
            x, y = np.round(((tile - self.hand_m) / VIEW_M + 1) / 2 * IMAGE_PX).astype(int)
            seen[max(0, y - 3) : max(0, y + 3), max(0, x - 3) : max(0, x + 3)] = number
        return seen

    def label(self) -> Label:
        way = self.tiles_m[self.ordered] - self.hand_m
        distance = float(np.hypot(*way))
        chunk = np.zeros((STEPS, 4), np.float32)
        for step in range(STEPS):
            gone = min(distance, SPEED_M * (step + 1))
            chunk[step, :2] = way / max(distance, 1e-9) * gone
            chunk[step, 3] = distance - gone < NEAR_M
        target = (way / VIEW_M).astype(np.float32)
        return Label(chunk=chunk, target=target, products=self.tiles_seen()[2::4, 2::4])

    def act(self, chunk: Chunk) -> None:
        self.hand_m = self.hand_m + chunk[1, :2]
        self.gripper = float(chunk[1, 3])
        self.decisions += 1

    @property
    def is_over(self) -> bool:
        return self.succeeded or self.decisions >= DECISIONS_MAX

    @property
    def succeeded(self) -> bool:
        away = float(np.hypot(*(self.tiles_m[self.ordered] - self.hand_m)))
        return bool(self.gripper > 0.5 and away < NEAR_M)

    @property
    def simulated_s(self) -> float:
        return 0.2 * self.decisions


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlySite(ToySite):
    """A site whose process is killed, as by a machine that is out of memory, at one pick."""

    at: int

    def pick(self, seed: int, index: int, pick: int = 0) -> ToyPick:
        if index == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        return ToyPick(seed, index)
