"""A trained network → a bundle that runs without torch: model.onnx and policy.json."""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from spinal.learn.network import STRIDE, Answer, PolicyNetwork
from spinal.learn.practice import Site

OPSET = 17
MODEL_BYTES_MAX = 5_000_000


class _Deployed(nn.Module):
    """The network with the camera's bytes and SI units at its border."""

    def __init__(self, network: PolicyNetwork, displacement_scale_m: float) -> None:
        super().__init__()
        self.network = network
        self.displacement_scale_m = displacement_scale_m

    def forward(self, image: Tensor, proprioception: Tensor, sku: Tensor) -> tuple[Tensor, ...]:
        picture = image.permute(0, 3, 1, 2).float() / 255.0
        answer: Answer = self.network(picture, proprioception, sku)
        heat = answer.log_heat[:, 0].exp()
        cells = self.network.shape.image_px // STRIDE
        return (
            answer.moves * self.displacement_scale_m,
            torch.sigmoid(answer.gripper),
            heat @ self.network.grid,
            heat,
            answer.products.softmax(dim=1).reshape(-1, self.network.shape.classes, cells, cells),
            answer.embedding,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleFacts:
    """What stands in a bundle besides its weights."""

    name: str
    displacement_scale_m: float
    lineage: dict[str, Any]


def export_bundle(network: PolicyNetwork, site: Site, facts: BundleFacts, folder: Path) -> Path:
    """Write the bundle of this network and return its folder. The manifest comes last: without it, no bundle."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest, model = folder / "policy.json", folder / "model.onnx"
    manifest.unlink(missing_ok=True)
    _export_onnx(network, facts.displacement_scale_m, site, model)
    content = model.read_bytes()
    if len(content) > MODEL_BYTES_MAX:
        raise AssertionError(f"the exported network has {len(content)} bytes, more than {MODEL_BYTES_MAX}")
    described = {
        "format": 1,
        "name": facts.name,
        "cameras": {site.camera: {"width": site.image_px, "height": site.image_px}},
        "proprioception": list(site.proprioception),
        "skus": list(site.skus),
        "chunk": {
            "semantics": "tool_displacement",
            "steps": site.steps,
            "period_ms": site.period_ms,
            "gripper_threshold": 0.5,
        },
        "decision_rate_hz": site.decision_rate_hz,
        "model_sha256": hashlib.sha256(content).hexdigest(),
        "lineage": facts.lineage,
    }
    partial = manifest.with_suffix(".partial")
    partial.write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
    partial.replace(manifest)
    return folder


def _export_onnx(network: PolicyNetwork, displacement_scale_m: float, site: Site, path: Path) -> None:
    deployed = _Deployed(network, displacement_scale_m).eval()
    example = (
        torch.zeros((1, site.image_px, site.image_px, 3), dtype=torch.uint8),
        torch.zeros((1, len(site.proprioception))),
        torch.zeros((1, len(site.skus))),
    )
    with warnings.catch_warnings():
        # The tracing exporter is called old by torch; the new one gives graphs that run several times slower here.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            deployed,
            example,
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=[f"image_{site.camera}", "proprioception", "sku"],
            output_names=["waypoints_m", "gripper", "target", "target_heat", "products", "embedding"],
        )
