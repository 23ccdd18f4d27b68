"""What a cell says is held against the simulated robot, the scenes and the policy before anything starts."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from spoiling import SHIPPED, spoil, spoil_joint

from spinal.cell import load_cell
from spinal.errors import CellError, PolicyError, SceneError
from spinal.run.evaluate import scene_for
from spinal.run.fit import check_policy, declared, load_fitting_cell

INPUTS = 'inputs = ["vacuum", "scale_kg"]'


def refusal(cell: Path) -> CellError:
    """Return why the cell is refused."""
    with pytest.raises(CellError) as caught:
        load_fitting_cell(cell)
    assert caught.value.next_step
    return caught.value


def bundle(cell: Path, **changes: Any) -> None:
    """Give the cell a policy bundle that fits it but for the changes; its network is never opened here."""
    config, model = load_cell(cell).config, b"a network"
    folder = cell / config.policy.bundle
    folder.mkdir()
    (folder / "model.onnx").write_bytes(model)
    manifest = {
        "format": 1,
        "name": "a-policy",
        "cameras": {"wrist": {"width": 96, "height": 96}},
        "proprioception": ["tool_x_m", "vacuum"],
        "skus": list(config.skus),
        "chunk": {"semantics": "tool_displacement", "steps": 8, "period_ms": 100, "gripper_threshold": 0.5},
        "decision_rate_hz": config.policy.rate_hz,
        "model_sha256": hashlib.sha256(model).hexdigest(),
        "lineage": {},
    }
    (folder / "policy.json").write_text(json.dumps(manifest | changes), encoding="utf-8")


def test_the_shipped_cell_fits_its_simulation() -> None:
    cell = load_fitting_cell(SHIPPED)
    for name in cell.config.simulation.distributions:
        declared(cell, name)


@pytest.mark.parametrize("size", ["width = 128", "height = 64"])
def test_a_picture_that_the_simulated_camera_does_not_draw_is_refused(cell: Path, size: str) -> None:
    spoil(cell / "cell.toml", f"{size.split()[0]} = 96", size)
    error = refusal(cell)
    assert "'wrist'" in error.what
    assert size.split()[2] in str(error.value)
    assert error.allowed == "96x96"


def test_a_camera_that_the_simulation_lacks_is_named(cell: Path) -> None:
    spoil(cell / "cell.toml", "[cameras.top]", "[cameras.side]")
    error = refusal(cell)
    assert (error.value, error.allowed) == ("side", "wrist, top")


def test_an_sku_that_the_simulation_lacks_is_named(cell: Path) -> None:
    spoil(cell / "cell.toml", "[skus.tea]", "[skus.coffee]")
    error = refusal(cell)
    assert error.value == "coffee"
    assert "tea" in str(error.allowed)


def test_joints_that_the_simulated_arm_does_not_have_are_refused(cell: Path) -> None:
    for file, old, new in (
        ("cell.toml", '"wrist_3"', '"flange"'),
        ("limits.toml", "[joints.wrist_3]", "[joints.flange]"),
    ):
        spoil(cell / file, old, new)
    error = refusal(cell)
    assert "robot.joints" in error.what
    assert "flange" in str(error.value)
    assert "wrist_3" in str(error.allowed)


@pytest.mark.parametrize(
    "inputs", ["[]", '["vacuum"]', '["scale_kg"]', '["scale_kg", "vacuum"]', '["vacuum", "scale_kg", "door"]']
)
def test_inputs_that_the_simulated_robot_does_not_report_so_are_refused(cell: Path, inputs: str) -> None:
    spoil(cell / "cell.toml", INPUTS, f"inputs = {inputs}")
    error = refusal(cell)
    assert "robot.inputs" in error.what
    assert error.allowed == "vacuum, scale_kg"


@pytest.mark.parametrize(
    ("limit", "value"),
    [("jerk_max_rad_s3", "1e9"), ("velocity_max_rad_s", "1e-9"), ("position_max_rad", "5e4"), ("torque_max_nm", "2e6")],
)
@pytest.mark.hazard("H-23")
def test_a_limit_that_only_system_1_refuses_is_named_by_its_joint(cell: Path, limit: str, value: str) -> None:
    spoil_joint(cell / "limits.toml", "wrist_1", limit, value)
    error = refusal(cell)
    assert "limits.toml" in error.what
    assert f"joints.wrist_1.{limit}" in error.what
    assert float(str(error.value)) == float(value)
    assert "finite number" in str(error.allowed)


def test_a_time_that_only_system_1_refuses_is_told_in_the_unit_of_the_file(cell: Path) -> None:
    text = (cell / "limits.toml").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("measured_age_max_ms"))
    spoil(cell / "limits.toml", line, "measured_age_max_ms = 5e6")
    error = refusal(cell)
    assert "measured_age_max_ms" in error.what
    assert error.value == 5e6
    assert error.allowed == "1 to 60000 ms"


def test_a_weight_that_the_scale_cannot_tell_from_nothing_is_refused(cell: Path) -> None:
    spoil(cell / "cell.toml", "mass_tolerance_kg = 0.03", "mass_tolerance_kg = 0.3")
    assert "soap" in refusal(cell).what


def test_a_policy_that_fits_is_taken(cell: Path) -> None:
    bundle(cell)
    assert check_policy(load_fitting_cell(cell)).name == "a-policy"


@pytest.mark.parametrize(
    ("changes", "value"),
    [
        ({"cameras": {"side": {"width": 96, "height": 96}}}, "side"),
        ({"cameras": {"wrist": {"width": 64, "height": 96}}}, "the cell has 96x96"),
        ({"proprioception": ["tool_x_m", "force_n"]}, "force_n"),
        ({"skus": ["soap"]}, "beans"),
        ({"decision_rate_hz": 10.0}, "5 Hz"),
    ],
)
@pytest.mark.hazard("H-13")
def test_a_policy_whose_inputs_do_not_fit_the_cell_is_refused(cell: Path, changes: dict[str, Any], value: str) -> None:
    bundle(cell, **changes)
    with pytest.raises(PolicyError) as caught:
        check_policy(load_fitting_cell(cell))
    assert caught.value.value == value
    assert caught.value.allowed
    assert caught.value.next_step


def test_an_axis_that_a_distribution_does_not_declare_is_named(cell: Path) -> None:
    with pytest.raises(SceneError) as caught:
        declared(load_cell(cell), "deployment", "fog")
    assert caught.value.value == "fog"
    assert "clutter" in str(caught.value.allowed)


def test_scenes_order_only_what_the_cell_sells(cell: Path) -> None:
    text = (cell / "cell.toml").read_text(encoding="utf-8")
    first, last = text.index("[skus.tuna]"), text.index("[host]")
    (cell / "cell.toml").write_text(text[:first] + text[last:], encoding="utf-8")
    few, many = load_fitting_cell(cell), load_fitting_cell(SHIPPED)
    lab = declared(many, "lab")
    ordered = {scene_for(few, lab, 1, index).sku for index in range(30)}
    assert ordered == set(few.config.skus)
    assert {scene_for(many, lab, 1, index).sku for index in range(30)} == set(many.config.skus)
