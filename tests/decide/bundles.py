"""Small policy bundles and readings to test with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from spinal import _core
from spinal.decide import CellInputs
from spinal.records import Float, Frame, Health, Observation, Proprioception, Task
from spinal.sim.robot import arm_description

ARM = _core.Arm.from_dh(**arm_description())
HOME_RAD = np.array([2.480574, -1.479569, 1.546249, -1.637477, -1.570796, -0.661019])
CELL = CellInputs(
    cameras={"wrist": (16, 16)}, inputs=("vacuum", "scale_kg"), skus=("soap", "tea"), decision_rate_hz=5.0
)
PROPRIOCEPTION = ("tool_x_m", "tool_y_m", "tool_z_m", "tool_vx_m_s", "gripper", "vacuum")
STEPS = 8


def write_bundle(folder: Path, change: Callable[[dict[str, Any]], None] = lambda manifest: None) -> Path:
    """A bundle whose waypoint k is k times the first three values, and whose gripper is the mean of the picture."""
    folder.mkdir(exist_ok=True)
    model = _model().SerializeToString()
    (folder / "model.onnx").write_bytes(model)
    manifest: dict[str, Any] = {
        "format": 1,
        "name": "small",
        "cameras": {"wrist": {"width": 16, "height": 16}},
        "proprioception": list(PROPRIOCEPTION),
        "skus": ["tea", "soap"],
        "chunk": {"semantics": "tool_displacement", "steps": STEPS, "period_ms": 100, "gripper_threshold": 0.5},
        "decision_rate_hz": 5.0,
        "model_sha256": hashlib.sha256(model).hexdigest(),
        "lineage": {"made_by": "a test"},
    }
    change(manifest)
    (folder / "policy.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def _model() -> onnx.ModelProto:
    counts = np.arange(STEPS, dtype=np.float32).reshape(1, STEPS, 1)
    constants = [
        numpy_helper.from_array(counts, "counts"),
        numpy_helper.from_array(np.array([0], np.int64), "zero"),
        numpy_helper.from_array(np.array([3], np.int64), "three"),
        numpy_helper.from_array(np.array([1], np.int64), "one"),
        numpy_helper.from_array(np.array([1, STEPS], np.int64), "row"),
        numpy_helper.from_array(np.float32(255.0), "bytes"),
        numpy_helper.from_array(np.float32(0.0), "none"),
    ]
    nodes = [
        helper.make_node("Slice", ["proprioception", "zero", "three", "one"], ["xyz"]),
        helper.make_node("Unsqueeze", ["xyz", "one"], ["xyz_row"]),
        helper.make_node("Mul", ["xyz_row", "counts"], ["waypoints_m"]),
        helper.make_node("Cast", ["image_wrist"], ["picture"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["picture"], ["mean"], keepdims=0),
        helper.make_node("Div", ["mean", "bytes"], ["share"]),
        helper.make_node("ReduceMean", ["sku"], ["any"], keepdims=0),
        helper.make_node("Mul", ["any", "none"], ["nothing"]),
        helper.make_node("Add", ["share", "nothing"], ["level"]),
        helper.make_node("Expand", ["level", "row"], ["gripper"]),
    ]
    inputs = [
        helper.make_tensor_value_info("image_wrist", TensorProto.UINT8, [1, 16, 16, 3]),
        helper.make_tensor_value_info("proprioception", TensorProto.FLOAT, [1, len(PROPRIOCEPTION)]),
        helper.make_tensor_value_info("sku", TensorProto.FLOAT, [1, 2]),
    ]
    outputs = [
        helper.make_tensor_value_info("waypoints_m", TensorProto.FLOAT, [1, STEPS, 3]),
        helper.make_tensor_value_info("gripper", TensorProto.FLOAT, [1, STEPS]),
    ]
    graph = helper.make_graph(nodes, "small", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def robot_at(joints_rad: Float, *, gripper: float = 0.0, at_ns: int = 2_000_000_000) -> Proprioception:
    """A robot at rest at these joints."""
    tool_m = ARM.tool_pose(joints_rad)[0]
    return Proprioception(
        at_ns=at_ns,
        joints_commanded_rad=joints_rad,
        joints_measured_rad=joints_rad,
        tool_commanded_m=tool_m,
        tool_measured_m=tool_m,
        tool_velocity_commanded_m_s=np.array([0.5, 0.25, 0.125]),
        gripper=gripper,
        inputs={"vacuum": 0.75, "scale_kg": 1.5},
        played_ns=700_000_000,
        mode="track",
    )


def observation_of(robot: Proprioception, *, brightness: int = 0, sku: str = "soap") -> Observation:
    """What is seen with this robot: a grey picture taken 30 ms before the robot's reading."""
    image = np.full((16, 16, 3), brightness, np.uint8)
    frame = Frame(camera="wrist", at_ns=robot.at_ns - 30_000_000, image=image)
    return Observation(
        at_ns=robot.at_ns,
        frames={"wrist": frame},
        health={"wrist": Health.OK, "robot": Health.OK},
        ages_ns={"wrist": 30_000_000, "robot": 0},
        proprioception=robot,
        task=Task(order="order-1", sku=sku, attempt=1),
    )
