"""What a cell or a run is, in a few lines for people or as JSON."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from spinal import floor
from spinal.cell import Cell
from spinal.errors import SpinalError
from spinal.record import RunFolder, is_whole, read_run, repair_recording
from spinal.run.fit import check_policy, declared, load_fitting_cell
from spinal.run.story import tell_story


def describe(path: Path) -> dict[str, Any]:
    """Return what is at `path`: a cell folder or a run folder; SpinalError when it is neither."""
    if (path / "cell.toml").is_file():
        return describe_cell(path)
    if (path / "run.json").is_file():
        return describe_run(path)
    raise SpinalError(
        "nothing here that can be shown",
        value=path,
        allowed="a cell folder (with cell.toml) or a run folder (with run.json)",
        next_step="try cells/bin-picking or runs/latest",
    )


def describe_cell(path: Path) -> dict[str, Any]:
    """Return a cell's parts; every file that it names is read and checked on the way."""
    cell = load_fitting_cell(path)
    config = cell.config
    return {
        "cell": config.name,
        "description": config.description,
        "limits_sha256": cell.limits_hash.hex(),
        "tick_hz": cell.limits.tick_hz,
        "joints": {name: cell.limits.joints[name].model_dump() for name in config.robot.joints},
        "cameras": {
            name: f"{camera.width}x{camera.height} at {camera.rate_hz:g} Hz" for name, camera in config.cameras.items()
        },
        "policy": _describe_policy(cell),
        "skus": {name: sku.mass_kg for name, sku in config.skus.items()},
        "distributions": {
            name: [axis.name for axis in declared(cell, name).axes] for name in config.simulation.distributions
        },
    }


def _describe_policy(cell: Cell) -> dict[str, Any]:
    """Return the bundle's parts; a cell without one can still be shown, learned for, and run with the expert."""
    if not cell.policy_folder.exists():
        return {"missing": str(cell.policy_folder), "next": "make one with `spinal learn`, or copy a bundle there"}
    manifest = check_policy(cell)
    return {
        "name": manifest.name,
        "rate_hz": cell.config.policy.rate_hz,
        "sees": [*manifest.cameras, *manifest.proprioception],
        "model_sha256": manifest.model_sha256,
    }


def write_again(path: Path) -> Path:
    """Write a run's report from what the run left behind, a killed one too, and return its path."""
    folder = RunFolder.open(path)
    if folder.recording.is_file() and not is_whole(folder.recording):
        repair_recording(folder.recording)
    record = read_run(folder.run_json)
    store = folder.path.parent / f"{record.cell}.orders.sqlite"
    orders: list[floor.Order] = []
    if record.mode == "realtime" and store.is_file():
        reader = floor.OrderReader.open_to_read(store)
        orders = [reader.order(identifier) for identifier in worked_on(folder)]
        reader.close()
    return tell_story(folder, orders).path


def worked_on(folder: RunFolder) -> list[str]:
    """Return the ids of the orders that a run had attempts at, in order."""
    lines = folder.picks.read_text(encoding="utf-8").splitlines() if folder.picks.is_file() else []
    found: dict[str, None] = {}
    for line in lines:
        with contextlib.suppress(json.JSONDecodeError):  # the last line of a killed run may be cut off
            found[json.loads(line)["order"]] = None
    return list(found)


def describe_run(path: Path) -> dict[str, Any]:
    """Return a run's record and where its files are."""
    folder = RunFolder.open(path)
    record = read_run(folder.run_json)
    files = (folder.journal, folder.recording, folder.picks, folder.timing, folder.report)
    return {**record.model_dump(mode="json"), "folder": [str(file) for file in files if file.exists()]}
