"""A policy bundle for the shipped cell that stands still and shows what it saw: its embedding is its proprioception."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from spinal.cell import load_cell

PROPRIOCEPTION = ("tool_x_m", "tool_y_m", "tool_z_m", "vacuum")
STEPS = 8


def add_showing_policy(cell: Path, *, shows: bool = True) -> None:
    """Give the cell the bundle; without `shows` the network has no outputs but its chunk."""
    skus = list(load_cell(cell).config.skus)
    folder = cell / "policy"
    folder.mkdir(exist_ok=True)
    model = _model(len(skus), shows=shows).SerializeToString()
    (folder / "model.onnx").write_bytes(model)
    manifest = {
        "format": 1,
        "name": "standing-still",
        "cameras": {"wrist": {"width": 96, "height": 96}},
        "proprioception": list(PROPRIOCEPTION),
        "skus": skus,
        "chunk": {"semantics": "tool_displacement", "steps": STEPS, "period_ms": 100, "gripper_threshold": 0.5},
        "decision_rate_hz": 5.0,
        "model_sha256": hashlib.sha256(model).hexdigest(),
        "lineage": {"made_by": "a test"},
    }
    (folder / "policy.json").write_text(json.dumps(manifest), encoding="utf-8")


def _model(skus: int, *, shows: bool) -> onnx.ModelProto:
    values = {
        "waypoints_m": np.zeros((1, STEPS, 3), np.float32),
        "gripper": np.zeros((1, STEPS), np.float32),
        "products": np.full((1, skus + 2, 24, 24), 1.0 / (skus + 2), np.float32),
        "target": np.zeros((1, 2), np.float32),
    }
    wanted = list(values) if shows else ["waypoints_m", "gripper"]
    nodes = [helper.make_node("Identity", [f"{name}_value"], [name]) for name in wanted]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, values[name].shape) for name in wanted]
    if shows:
        nodes.append(helper.make_node("Identity", ["proprioception"], ["embedding"]))
        outputs.append(helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, len(PROPRIOCEPTION)]))
    graph = helper.make_graph(
        nodes,
        "standing-still",
        [
            helper.make_tensor_value_info("image_wrist", TensorProto.UINT8, [1, 96, 96, 3]),
            helper.make_tensor_value_info("proprioception", TensorProto.FLOAT, [1, len(PROPRIOCEPTION)]),
            helper.make_tensor_value_info("sku", TensorProto.FLOAT, [1, skus]),
        ],
        outputs,
        [numpy_helper.from_array(values[name], f"{name}_value") for name in wanted],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
