"""What can be measured of a decision and the ones before it in the attempt, without knowing what is usual."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from spinal.records import Float, Health, Image, Observation
from spinal.watch.moment import ChunkLike, InsightLike, Moment
from spinal.watch.pictures import brightness, sharpness

MOTION: Final = ("overlap", "reversal", "stall", "tracking", "aim", "staleness", "missing")
"""Signals of every policy; each camera adds those of `PICTURE`. Higher is worse."""
PICTURE: Final = ("sharpness", "brightness", "frozen")
"""Signals of one camera. Sharpness and brightness are wrong on both sides of what is usual."""
STALL_M = 0.03
"""Radius that the tool must leave to get on. Chosen by hand: less than an item's width."""
MOVED_M = 0.002
"""Shorter displacements have no direction. Chosen by hand: above the tracking error at rest."""
WINDOW = 10
"""Decisions over which reversals are counted: 2 s at 5 Hz. Chosen by hand."""
DECISIONS_MAX = 512
"""Tool positions remembered for the stall."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """The signals of one decision: `values` (S,) in the order of `Signals.names`; NaN is what cannot be known yet.

    `embedding` (E,) float32 of the policy; None when there was no answer.
    """

    values: Float
    embedding: npt.NDArray[np.float32] | None


class Signals:
    """Measures one attempt, decision after decision.

    - `overlap`: mean distance (m) between the new chunk and the rest of the last one, over the action time that both
      cover. Source: C. Agia et al., "Unpacking Failure Modes of Generative Policies" (STAC), CoRL 2024, sec. 4, with
      one sample, since the policy is deterministic.
    - `reversal`: share of the last 10 decisions in which the chunk asked for a motion against the one before, or
      switched the gripper. After SafeContract's direction reversal; the window is chosen by hand.
    - `stall`: action time (s) since the tool was last further than 3 cm from where it is.
    - `tracking`: largest difference between commanded and measured joints (rad).
    - `aim`: 1 - probability that where the policy aims lies the ordered SKU, as it sees it itself, while the gripper is
      off; 0 after.
    - `staleness`: age (s) of the oldest part of the observation. `missing`: decisions in a row without a part, or with
      one that is too old.
    - for each camera `sharpness`, `brightness` (see `pictures`), and `frozen`: new pictures in a row that are the last
      one bit by bit.
    """

    def __init__(self, cameras: tuple[str, ...]) -> None:
        """Take the cameras that the policy looks through."""
        self._cameras = cameras
        self.names = names_of(cameras)
        self.restart()

    def restart(self) -> None:
        """Forget the attempt."""
        self._last: tuple[ChunkLike, Float, int] | None = None
        self._direction: Float | None = None
        self._gripper, self._missing = 0.0, 0
        self._turns: deque[bool] = deque(maxlen=WINDOW)
        self._path: deque[tuple[int, Float]] = deque(maxlen=DECISIONS_MAX)
        self._pictures: dict[str, tuple[int, Image]] = {}
        self._frozen: dict[str, int] = {}

    def look(self, moment: Moment) -> Signs:
        """Return the signals of this decision."""
        observation, chunk = moment.observation, moment.chunk
        robot = observation.proprioception
        self._path.append((robot.played_ns, robot.tool_commanded_m))
        insight = None if chunk is None else chunk.insight
        is_whole = all(health is Health.OK for health in observation.health.values())
        self._missing = 0 if is_whole else self._missing + 1
        values = [
            math.nan if chunk is None else self._overlap(chunk, observation),
            math.nan if chunk is None else self._reversal(chunk),
            self._stall(),
            float(np.max(np.abs(robot.joints_commanded_rad - robot.joints_measured_rad))),
            math.nan if insight is None else _aim(insight, moment.sku, robot.gripper),
            max(observation.ages_ns.values(), default=0) * 1e-9,
            float(self._missing),
        ]
        for camera in self._cameras:
            values += self._picture(camera, observation)
        if chunk is not None:
            self._last = (chunk, robot.tool_commanded_m, robot.played_ns)
        return Signs(values=np.array(values), embedding=None if insight is None else insight.embedding)

    def _overlap(self, chunk: ChunkLike, observation: Observation) -> float:
        if self._last is None:
            return math.nan
        before, tool_m, played_ns = self._last
        robot = observation.proprioception
        # Instants of the new chunk's steps in steps of the old one, whose own k-th step is at k + 1.
        at = (robot.played_ns - played_ns + chunk.period_ns * np.arange(1, len(chunk.gripper) + 1)) / before.period_ns
        both = at <= len(before.gripper)
        if not both.any():
            return math.nan
        old_m = before.waypoints_m + tool_m
        steps = np.arange(1, len(before.gripper) + 1)
        expected_m = np.stack([np.interp(at[both], steps, old_m[:, axis]) for axis in range(3)], axis=1)
        apart_m = float(np.linalg.norm(chunk.waypoints_m[both] + robot.tool_commanded_m - expected_m, axis=1).mean())
        return apart_m if math.isfinite(apart_m) else math.inf

    def _reversal(self, chunk: ChunkLike) -> float:
        ahead = chunk.waypoints_m[min(1, len(chunk.waypoints_m) - 1)]
        has_turned = chunk.gripper[0] != self._gripper
        if float(np.linalg.norm(ahead)) > MOVED_M:
            has_turned |= self._direction is not None and bool(self._direction @ ahead < 0.0)
            self._direction = ahead
        self._gripper = float(chunk.gripper[0])
        self._turns.append(bool(has_turned))
        return sum(self._turns) / WINDOW

    def _stall(self) -> float:
        now_ns, here_m = self._path[-1]
        since_ns = self._path[0][0]
        for played_ns, tool_m in reversed(self._path):
            if float(np.linalg.norm(tool_m - here_m)) > STALL_M:
                since_ns = played_ns
                break
        return (now_ns - since_ns) * 1e-9

    def _picture(self, camera: str, observation: Observation) -> tuple[float, float, float]:
        frame = observation.frames.get(camera)
        if frame is None:
            return math.nan, math.nan, math.nan
        before = self._pictures.get(camera)
        if before is None or before[0] != frame.at_ns:
            is_same = before is not None and np.array_equal(before[1], frame.image)
            self._frozen[camera] = self._frozen.get(camera, 0) + 1 if is_same else 0
            self._pictures[camera] = (frame.at_ns, frame.image)
        return sharpness(frame.image), brightness(frame.image), float(self._frozen[camera])


def names_of(cameras: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the signals of a policy that looks through these cameras."""
    return (*MOTION, *(f"{name} {camera}" for camera in cameras for name in PICTURE))


def _aim(insight: InsightLike, sku: int, gripper: float) -> float:
    if gripper >= 0.5:
        return 0.0
    _, rows, columns = insight.products.shape
    x, y = (float(value) for value in insight.target)
    if not (math.isfinite(x) and math.isfinite(y)):
        return math.inf
    column = min(max(int((x + 1.0) / 2.0 * columns), 0), columns - 1)
    row = min(max(int((y + 1.0) / 2.0 * rows), 0), rows - 1)
    return 1.0 - float(insight.products[sku, row, column])
