"""The cell's calibrated monitor: what it is bound to, and who looks at the policy of this cell."""

from __future__ import annotations

import hashlib
import json

from spinal.cell import Cell
from spinal.decide import ActionChunk, Manifest
from spinal.record import hash_file
from spinal.records import Observation
from spinal.watch import Bound, Calibration, Moment, Watcher, read_calibration


def bound_of(cell: Cell) -> Bound:
    """Return what a calibration of this cell's policy is bound to.

    Of cell.toml that is what the policy sees, how the arm answers and how long an attempt lasts; not addresses, nor
    what is done after an attempt.
    """
    config = cell.config
    said = {
        "joints": config.robot.joints,
        "home_rad": config.robot.home_rad,
        "inputs": config.robot.inputs,
        "cameras": {name: config.cameras[name].model_dump(mode="json") for name in config.policy.cameras},
        "rate_hz": config.policy.rate_hz,
        "lockstep_latency_ms": config.policy.lockstep_latency_ms,
        "attempt_timeout_s": config.task.attempt_timeout_s,
        "skus": sorted(config.skus),
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return Bound(
        model=hash_file(cell.policy_folder / "model.onnx"),
        cell=hashlib.sha256(text.encode()).hexdigest(),
        limits=cell.limits_hash.hex(),
    )


def calibration_of(cell: Cell) -> Calibration | None:
    """Return the calibration beside the cell's policy; None: it runs unwatched. PolicyError when it does not fit."""
    return read_calibration(cell.policy_folder, bound_of(cell))


def make_watcher(cell: Cell) -> Watcher | None:
    """Return who looks at the cell's policy; None when nobody calibrated it."""
    calibration = calibration_of(cell)
    return None if calibration is None else Watcher(calibration.monitor)


def moment_of(manifest: Manifest, observation: Observation, chunk: ActionChunk | None) -> Moment:
    """Return a decision of the policy as a watcher looks at it."""
    return Moment(observation=observation, chunk=chunk, sku=manifest.skus.index(observation.task.sku))
