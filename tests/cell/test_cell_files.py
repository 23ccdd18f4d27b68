"""A cell file that is wrong is refused with what, value, allowed and next step, and never half-read."""

from __future__ import annotations

from pathlib import Path

import pytest
from spoiling import SHIPPED, spoil

from spinal.cell import load_cell
from spinal.errors import CellError


def test_the_shipped_cell_fits_together() -> None:
    cell = load_cell(SHIPPED)
    assert list(cell.limits.joints) == list(cell.config.robot.joints)
    assert len(cell.limits_hash) == 32


@pytest.mark.hazard("H-23")
def test_an_unknown_key_is_named_with_the_allowed_ones(cell: Path) -> None:
    spoil(cell / "cell.toml", "attempts_max", "atempts_max")
    with pytest.raises(CellError) as caught:
        load_cell(cell)
    assert "atempts_max" in str(caught.value)
    assert "attempts_max" in str(caught.value.next_step)
    assert "attempt_timeout_s" in str(caught.value.allowed)


@pytest.mark.hazard("H-23")
def test_a_missing_limit_is_an_error_because_limits_have_no_default(cell: Path) -> None:
    spoil(cell / "limits.toml", "jerk_max_rad_s3 = 400.0\n", "")
    with pytest.raises(CellError, match=r"joints\.shoulder_pan\.jerk_max_rad_s3"):
        load_cell(cell)


@pytest.mark.hazard("H-23")
def test_a_limited_joint_that_does_not_exist_is_named(cell: Path) -> None:
    spoil(cell / "limits.toml", "[joints.elbow]", "[joints.elbo]")
    with pytest.raises(CellError) as caught:
        load_cell(cell)
    assert caught.value.value == "elbo"
    assert "elbow" in str(caught.value.next_step)


@pytest.mark.hazard("H-23")
def test_a_robot_joint_without_limits_is_an_error(cell: Path) -> None:
    text = (cell / "limits.toml").read_text(encoding="utf-8")
    (cell / "limits.toml").write_text(text[: text.index("[joints.wrist_3]")], encoding="utf-8")
    with pytest.raises(CellError, match="wrist_3 has no limits"):
        load_cell(cell)


@pytest.mark.hazard("H-23")
@pytest.mark.parametrize("bad", ["nan", "inf", "-1.0", "0.0", '"fast"'])
def test_a_limit_that_is_no_positive_number_is_refused(cell: Path, bad: str) -> None:
    spoil(cell / "limits.toml", "velocity_max_rad_s = 3.14", f"velocity_max_rad_s = {bad}")
    with pytest.raises(CellError, match="velocity_max_rad_s"):
        load_cell(cell)


def test_a_home_outside_the_limits_is_refused(cell: Path) -> None:
    text = (cell / "cell.toml").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("home_rad"))
    spoil(cell / "cell.toml", line, "home_rad = [7.0, 0.0, 0.0, 0.0, 0.0, 0.0]")
    with pytest.raises(CellError, match="home of joint shoulder_pan is outside"):
        load_cell(cell)


def test_a_policy_camera_that_the_cell_lacks_is_refused(cell: Path) -> None:
    spoil(cell / "cell.toml", 'cameras = ["wrist"', 'cameras = ["rist"')
    with pytest.raises(CellError, match="rist"):
        load_cell(cell)


def test_a_folder_without_a_cell_says_what_a_cell_is(tmp_path: Path) -> None:
    with pytest.raises(CellError, match=r"a cell is a folder with a cell\.toml"):
        load_cell(tmp_path)


def test_text_that_is_not_toml_is_named(cell: Path) -> None:
    (cell / "cell.toml").write_text("name = = 3", encoding="utf-8")
    with pytest.raises(CellError, match="not readable TOML"):
        load_cell(cell)


def test_a_declared_distribution_without_a_file_is_named(cell: Path) -> None:
    (cell / "lab.toml").unlink(missing_ok=True)
    with pytest.raises(CellError) as caught:
        load_cell(cell)
    assert caught.value.value == "lab.toml"


def test_a_camera_is_mounted_by_unit_vectors_at_a_right_angle(cell: Path) -> None:
    spoil(cell / "cell.toml", "forward = [0.0, 0.173648, 0.984808]", "forward = [0.1, 0.173648, 0.984808]")
    with pytest.raises(CellError, match="unit vectors at a right angle"):
        load_cell(cell)
