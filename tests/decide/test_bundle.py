"""A policy bundle runs as its manifest says, or is refused with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundles import CELL, HOME_RAD, STEPS, observation_of, robot_at, write_bundle

from spinal.decide import CellInputs, OnnxPolicy
from spinal.errors import PolicyError


def test_the_network_sees_what_the_manifest_names_in_its_order(tmp_path: Path) -> None:
    policy = OnnxPolicy(write_bundle(tmp_path), CELL)
    robot = robot_at(HOME_RAD, gripper=1.0)
    inputs = policy.encode(observation_of(robot, sku="soap"))
    np.testing.assert_allclose(inputs.proprioception, [*robot.tool_commanded_m, 0.5, 1.0, 0.75], rtol=1e-6)
    assert inputs.sku == 1, "the manifest's order of SKUs counts, not the cell's"
    chunk = policy.decide(inputs)
    np.testing.assert_allclose(chunk.waypoints_m[STEPS - 1], (STEPS - 1) * robot.tool_commanded_m, rtol=1e-6)
    assert chunk.period_ns == 100_000_000


@pytest.mark.hazard("H-25")
@pytest.mark.parametrize(("brightness", "gripper"), [(127, 0.0), (128, 1.0)])
def test_the_gripper_is_decided_at_the_threshold_never_averaged(
    tmp_path: Path, brightness: int, gripper: float
) -> None:
    policy = OnnxPolicy(write_bundle(tmp_path), CELL)
    chunk = policy.decide(policy.encode(observation_of(robot_at(HOME_RAD), brightness=brightness)))
    np.testing.assert_array_equal(chunk.gripper, np.full(STEPS, gripper))


def test_the_same_observation_gives_the_same_chunk_bit_for_bit(tmp_path: Path) -> None:
    observation = observation_of(robot_at(HOME_RAD), brightness=90)
    policies = [OnnxPolicy(write_bundle(tmp_path), CELL) for _ in range(2)]
    chunks = [policy.decide(policy.encode(observation)) for policy in policies for _ in range(3)]
    assert len({chunk.waypoints_m.tobytes() + chunk.gripper.tobytes() for chunk in chunks}) == 1


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (replace(CELL, cameras={"top": (16, 16)}), "wrist"),
        (replace(CELL, cameras={"wrist": (17, 16)}), "17x16"),
        (replace(CELL, inputs=("scale_kg",)), "vacuum"),
        (replace(CELL, skus=("soap", "rocket")), "rocket"),
        (replace(CELL, decision_rate_hz=10.0), "10 Hz"),
    ],
)
@pytest.mark.hazard("H-13")
def test_a_bundle_that_does_not_fit_the_cell_is_refused_by_name(tmp_path: Path, cell: CellInputs, value: str) -> None:
    with pytest.raises(PolicyError) as refused:
        OnnxPolicy(write_bundle(tmp_path), cell)
    assert value in str(refused.value.value)
    assert refused.value.allowed
    assert refused.value.next_step


def set_steps(manifest: dict[str, Any]) -> None:
    manifest["chunk"]["steps"] = STEPS + 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda manifest: manifest.update(format=2), "format 1: format"),
        (lambda manifest: manifest.update(surprise=1), "surprise"),
        (lambda manifest: manifest.pop("cameras"), "cameras"),
        (lambda manifest: manifest.update(model_sha256="0" * 64), "not the model"),
        (lambda manifest: manifest.update(skus=["soap", "tea", "more"]), "other inputs"),
        (set_steps, "other outputs"),
    ],
)
@pytest.mark.hazard("H-13")
def test_a_bundle_that_disagrees_with_itself_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    with pytest.raises(PolicyError, match=message):
        OnnxPolicy(write_bundle(tmp_path, change), CELL)


def test_a_folder_without_a_bundle_is_refused_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no policy bundle here") as refused:
        OnnxPolicy(tmp_path, CELL)
    assert "spinal learn" in str(refused.value.next_step)


@pytest.mark.hazard("H-13")
def test_a_missing_or_broken_model_is_refused(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    (folder / "model.onnx").unlink()
    with pytest.raises(PolicyError, match=r"no model\.onnx"):
        OnnxPolicy(folder, CELL)

    def break_model(manifest: dict[str, Any]) -> None:
        (folder / "model.onnx").write_bytes(b"not a model")
        manifest["model_sha256"] = hashlib.sha256(b"not a model").hexdigest()

    with pytest.raises(PolicyError, match="cannot be loaded"):
        OnnxPolicy(write_bundle(tmp_path, break_model), CELL)


def test_a_manifest_that_is_no_text_is_refused(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    (folder / "policy.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyError, match="not a policy manifest"):
        OnnxPolicy(folder, CELL)
