"""How long all scores of a decision take together."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from spinal.cell import Cell
from spinal.decide import ActionChunk, OnnxPolicy, PolicyInputs
from spinal.records import Frame, Health, Observation, Proprioception, Task
from spinal.run.calibrated import calibration_of, moment_of
from spinal.run.vigil import UNWATCHED
from spinal.watch import Watcher

DECISION_NS = 200_000_000
FIRST_ONES = 20
"""Decisions that only warm up."""


def bench_watch(
    cell: Cell, policy: OnnxPolicy, inputs: PolicyInputs, chunk: ActionChunk, seconds: float
) -> dict[str, Any]:
    """Return how long the cell's monitor takes to look at a decision, all scores together; only a name without one."""
    calibration = calibration_of(cell)
    if calibration is None:
        return {"monitor": UNWATCHED}
    watcher = Watcher(calibration.monitor)
    times: list[int] = []
    end = time.perf_counter() + seconds
    number = 0
    while time.perf_counter() < end:
        number += 1
        moment = moment_of(policy.manifest, _observation(cell, inputs, number), chunk)
        began = time.perf_counter_ns()
        watcher.look(moment)
        times.append(time.perf_counter_ns() - began)
    p50, p99, top = np.percentile(times[FIRST_ONES:] or times, [50, 99, 100])
    return {
        "monitor": calibration.sha256,
        "scores": len(calibration.monitor.scores.names),
        "watch_p50_ns": int(p50),
        "watch_p99_ns": int(p99),
        "watch_max_ns": int(top),
    }


def _observation(cell: Cell, inputs: PolicyInputs, number: int) -> Observation:
    """Return decision `number` of one long attempt, with another picture each time."""
    at_ns = number * DECISION_NS
    home = np.array(cell.config.robot.home_rad)
    tool_m = np.array([0.4, 0.0, 0.3 + 0.01 * (number % 20)])
    robot = Proprioception(
        at_ns=at_ns,
        joints_commanded_rad=home,
        joints_measured_rad=home + 1e-3,
        tool_commanded_m=tool_m,
        tool_measured_m=tool_m,
        tool_velocity_commanded_m_s=np.zeros(3),
        gripper=0.0,
        inputs=dict.fromkeys(cell.config.robot.inputs, 0.0),
        played_ns=at_ns,
        mode="track",
    )
    frames = {
        name: Frame(camera=name, at_ns=at_ns, image=np.roll(image, number, axis=1))
        for name, image in inputs.images.items()
    }
    return Observation(
        at_ns=at_ns,
        frames=frames,
        health=dict.fromkeys([*frames, "robot"], Health.OK),
        ages_ns=dict.fromkeys([*frames, "robot"], 0),
        proprioception=robot,
        task=Task(order="bench", sku=next(iter(cell.config.skus)), attempt=1),
    )
