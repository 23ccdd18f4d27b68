"""Whether a cell's files, its scenes, its policy and the simulated robot fit together: asked before anything starts."""

from __future__ import annotations

from pathlib import Path

from spinal.cell import Cell, load_cell
from spinal.decide import Manifest, check_fits, read_manifest
from spinal.errors import CellError
from spinal.run import parts
from spinal.run.ladder import check_ladder
from spinal.run.watching import make_monitor
from spinal.sim.cameras import CAMERA_NAMES, POLICY_SIZE
from spinal.sim.distribution import Distribution, load_distribution
from spinal.sim.products import SKUS
from spinal.sim.robot import INPUT_NAMES, JOINT_NAMES


def load_fitting_cell(folder: Path) -> Cell:
    """Return the cell in `folder`, whose limits, task and simulated robot fit; a CellError names what does not."""
    cell = load_cell(folder)
    check_simulation(cell)
    parts.make_profile(cell)
    make_monitor(cell)
    parts.supervise_settings(cell)
    return cell


def declared(cell: Cell, name: str, axis: str | None = None) -> Distribution:
    """Return a scene distribution that the cell declares, `axis` in it; CellError or SceneError when it does not."""
    distribution = load_distribution(cell.distribution_file(name))
    if axis is not None:
        distribution.axis_named(axis)
    return distribution


def check_policy(cell: Cell) -> Manifest:
    """Return the manifest of the cell's policy bundle; PolicyError when it is missing, broken or does not fit.

    What the rungs of the cell's ladder need is looked at too.
    """
    manifest = read_manifest(cell.policy_folder)
    check_fits(manifest, parts.cell_inputs(cell))
    check_ladder(cell, cell.config.ladder)
    return manifest


def check_simulation(cell: Cell) -> None:
    """Raise a CellError for the first thing that the cell says and the simulated robot cannot do."""
    file, robot = cell.folder / "cell.toml", cell.config.robot
    for key, said, has in (("joints", robot.joints, JOINT_NAMES), ("inputs", robot.inputs, INPUT_NAMES)):
        if said != has:
            raise CellError(
                f"{file}: robot.{key} are not those of the simulated robot, in its order",
                value=", ".join(said) or "none",
                allowed=", ".join(has),
                next_step=f"correct robot.{key}, and what else names them",
            )
    for name, camera in cell.config.cameras.items():
        if name not in CAMERA_NAMES:
            raise CellError(
                f"{file}: the simulated cell has no such camera",
                value=name,
                allowed=", ".join(CAMERA_NAMES),
                next_step=f"take [cameras.{name}] out, or correct its name",
            )
        if (camera.width, camera.height) != (POLICY_SIZE, POLICY_SIZE):
            raise CellError(
                f"{file}: the simulated camera '{name}' draws no such picture",
                value=f"{camera.width}x{camera.height}",
                allowed=f"{POLICY_SIZE}x{POLICY_SIZE}",
                next_step=f"set width and height of [cameras.{name}] to {POLICY_SIZE}",
            )
    for sku in cell.config.skus:
        if sku not in SKUS:
            raise CellError(
                f"{file}: the simulation has no such SKU",
                value=sku,
                allowed=", ".join(SKUS),
                next_step=f"take [skus.{sku}] out, or correct its name",
            )
