"""A scene file may declare other physics; the cell's own is what it was, before and after."""

from __future__ import annotations

import hashlib
from pathlib import Path

import mujoco
import numpy as np
import pytest

from spinal.errors import SceneError
from spinal.sim.cell import Cell
from spinal.sim.distribution import Distribution, load_distribution
from spinal.sim.mjcf import cell_mjcf
from spinal.sim.physics import OWN, Physics
from spinal.sim.scene import sample

CELL = Path(__file__).parents[2] / "cells" / "bin-picking"


@pytest.fixture(scope="module")
def second() -> Distribution:
    return load_distribution(CELL / "second-physics.toml")


def settled(cell: Cell, distribution: Distribution) -> str:
    """Load two scenes and step on; return the hash of where everything then is, to the last bit."""
    digest = hashlib.sha256()
    for index in range(2):
        cell.load(sample(distribution, 9, index))
        digest.update(cell.data.qpos.tobytes())
        mujoco.mj_step(cell.model, cell.data, 50)
        digest.update(cell.data.qpos.tobytes())
    return digest.hexdigest()


def model_bytes(model: mujoco.MjModel) -> bytes:
    names = ("geom_solref", "actuator_gainprm", "actuator_biasprm", "dof_frictionloss")
    option = model.opt
    said = np.array([option.timestep, option.solver, option.integrator, option.cone, option.impratio])
    return b"".join([said.tobytes(), *(getattr(model, name).tobytes() for name in names)])


def test_the_cells_own_physics_is_what_it_was_before_and_after_another(lab: Distribution, second: Distribution) -> None:
    assert lab.physics == OWN != second.physics
    compiled = mujoco.MjModel.from_xml_string(cell_mjcf())
    cell = Cell()
    assert model_bytes(cell.model) == model_bytes(compiled)
    before, plant = settled(cell, lab), cell.plant
    assert model_bytes(cell.model) == model_bytes(compiled)
    assert cell.plant is plant
    other = settled(cell, second)
    assert other != before
    assert cell.model.opt.timestep == 0.001
    assert settled(cell, lab) == before
    assert model_bytes(cell.model) == model_bytes(compiled)
    assert settled(Cell(), second) == other, "whatever was computed with before"


def test_the_second_physics_changes_how_is_computed_and_not_what_is_there(
    lab: Distribution, second: Distribution
) -> None:
    assert second.ranges == lab.ranges
    assert sample(second, 4, 2).placements == sample(lab, 4, 2).placements


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('solver = "magic"', "solver"),
        ("gravity = 3.7", "gravity"),
        ("timestep_ms = 8", "timestep_ms"),
        ("servo_lag_ms = -1.0", "servo_lag_ms"),
        ("impratio = nan", "impratio"),
    ],
)
def test_physics_that_cannot_be_is_named(tmp_path: Path, line: str, named: str) -> None:
    (tmp_path / "lab.toml").write_text((CELL / "lab.toml").read_text(encoding="utf-8"), encoding="utf-8")
    head = 'name = "x"\nversion = 1\ndescription = "x"\nbase = "lab.toml"\n'
    (tmp_path / "x.toml").write_text(f"{head}[physics]\n{line}\n", encoding="utf-8")
    with pytest.raises(SceneError) as caught:
        load_distribution(tmp_path / "x.toml")
    assert named in str(caught.value)
    assert caught.value.next_step


def test_own_physics_written_out_is_the_same_distribution(tmp_path: Path, lab: Distribution) -> None:
    text = (CELL / "lab.toml").read_text(encoding="utf-8")
    said = "\n".join(f"{key} = {value!r}" for key, value in OWN.model_dump().items())
    (tmp_path / "lab.toml").write_text(f"{text}\n[physics]\n{said}\n", encoding="utf-8")
    assert load_distribution(tmp_path / "lab.toml").sha256 == lab.sha256
    assert Physics() == OWN
