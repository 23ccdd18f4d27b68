"""A learned policy as an ONNX bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from spinal.decide.decode import ActionChunk, Insight
from spinal.decide.encode import PolicyInputs, encode
from spinal.decide.manifest import CellInputs, Manifest, check_fits, read_manifest
from spinal.errors import PolicyError
from spinal.records import Observation

INSIGHT = ("embedding", "products", "target")
"""Outputs that a network may have besides: see `Insight`. All of them or none is used."""


class OnnxPolicy:
    """A policy network on one thread: the same inputs give the same chunk, bit for bit, on the same machine."""

    def __init__(self, folder: Path, cell: CellInputs) -> None:
        """Open the bundle in `folder`; PolicyError when it is broken or does not fit the cell."""
        self.manifest: Manifest = read_manifest(folder)
        check_fits(self.manifest, cell)
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises its own unrelated classes
            raise PolicyError("model.onnx cannot be loaded", value=error, next_step="make the bundle again") from None
        self._check_signature()
        self.shows_insight = {node.name for node in self._session.get_outputs()}.issuperset(INSIGHT)
        self._outputs = ["waypoints_m", "gripper", *(INSIGHT if self.shows_insight else ())]
        self._one_hot = np.eye(len(self.manifest.skus), dtype=np.float32)

    def encode(self, observation: Observation) -> PolicyInputs:
        """Return what the network sees of an observation; PolicyError when a picture is of another size or type."""
        manifest = self.manifest
        inputs = encode(
            observation,
            cameras=tuple(manifest.cameras),
            proprioception=manifest.proprioception,
            skus=manifest.skus,
        )
        for camera, size in manifest.cameras.items():
            if inputs.images[camera].shape != (size.height, size.width, 3):
                raise PolicyError(
                    f"the picture of camera '{camera}' is not of the size that the policy was taught with",
                    value=inputs.images[camera].shape,
                    allowed=(size.height, size.width, 3),
                )
        return inputs

    def decide(self, inputs: PolicyInputs) -> ActionChunk:
        """Return the chunk for these inputs, as the network says it: judging is the gate's work."""
        feeds: dict[str, Any] = {f"image_{name}": image[None] for name, image in inputs.images.items()}
        feeds["proprioception"] = inputs.proprioception[None]
        feeds["sku"] = self._one_hot[inputs.sku][None]
        outputs: list[Any] = list(self._session.run(self._outputs, feeds))
        waypoints, gripper, *seen = outputs
        chunk = self.manifest.chunk
        return ActionChunk(
            waypoints_m=np.asarray(waypoints[0], dtype=np.float64),  # (steps, 3)
            gripper=(gripper[0] > chunk.gripper_threshold).astype(np.float64),  # (steps,)
            period_ns=chunk.period_ms * 1_000_000,
            insight=Insight(**dict(zip(INSIGHT, (values[0] for values in seen), strict=True))) if seen else None,
        )

    def _check_signature(self) -> None:
        manifest = self.manifest
        wanted = {f"image_{name}": [1, size.height, size.width, 3] for name, size in manifest.cameras.items()}
        wanted["proprioception"] = [1, len(manifest.proprioception)]
        wanted["sku"] = [1, len(manifest.skus)]
        found = {node.name: node.shape for node in self._session.get_inputs()}
        if found != wanted:
            raise PolicyError(
                "model.onnx has other inputs than policy.json says",
                value=found,
                allowed=wanted,
                next_step="make the bundle again with `spinal learn`",
            )
        outputs = {node.name: node.shape for node in self._session.get_outputs()}
        steps = manifest.chunk.steps
        if outputs.get("waypoints_m") != [1, steps, 3] or outputs.get("gripper") != [1, steps]:
            raise PolicyError(
                "model.onnx has other outputs than policy.json says",
                value=outputs,
                allowed={"waypoints_m": [1, steps, 3], "gripper": [1, steps]},
                next_step="make the bundle again with `spinal learn`",
            )
