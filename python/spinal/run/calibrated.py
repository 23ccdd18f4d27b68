"""The cell's calibrated monitor: what it is bound to, and who looks at the policy of this cell."""

from __future__ import annotations

import hashlib
import json

from spinal.cell import Cell
from spinal.decide import ActionChunk, Manifest
from spinal.record import hash_file
from spinal.records import Observation
from spinal.watch import Bound, Calibration, Moment, Watcher, read_calibration

SEES_AND_MOVES = ("robot", "cameras", "policy", "task", "skus")
"""Parts of cell.toml on which it depends what a policy sees and how the arm answers; addresses and the like are not."""


def bound_of(cell: Cell) -> Bound:
    """Return what a calibration of this cell's policy is bound to."""
    config = cell.config.model_dump(mode="json", include=set(SEES_AND_MOVES))
    config["policy"].pop("bundle")  # the network itself is bound, not its folder's name
    text = json.dumps(config, sort_keys=True, separators=(",", ":"))
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
