"""`spinal limits show`: every limit of a cell as values for a table, what they lead to, and who answers for them."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from spinal.cell import PROFILE_FILES, Cell, shipped_body_regions
from spinal.run.fit import load_fitting_cell
from spinal.run.limits.robot import joint_figures

FIGURES = (
    "stopping_time_s",
    "stopping_angle_rad",
    "tool_way_m",
    "gravity_torque_nm",
    "torque_headroom_nm",
    "torque_rate_nm_s",
)
"""What is shown of the figures of a joint."""


def describe_limits(folder: Path) -> dict[str, Any]:
    """Return the profile of the cell in `folder`; CellError when its form is wrong. A new section shows of itself."""
    cell = load_fitting_cell(folder)
    limits = cell.limits
    sections = {name: value for name, value in limits if isinstance(value, BaseModel)}
    tables = {name: value for name, value in limits if isinstance(value, dict)}
    plain = {name: value for name, value in limits if name not in sections and name not in tables and value is not None}
    figures = joint_figures(cell)
    return {
        "cell": cell.config.name,
        "profile_hash": cell.limits_hash.hex(),
        "files": {name: cell.file_hashes[name] for name in PROFILE_FILES if name in cell.file_hashes},
        "signature": describe_signature(cell),
        "watchdogs": plain,
        "joints": {name: limits.joints[name].model_dump(mode="json") for name in cell.config.robot.joints},
        "at_full_speed_and_at_home": {
            name: {key: value for key, value in asdict(of_joint).items() if key in FIGURES}
            for name, of_joint in figures.items()
        },
        **{name: section.model_dump(mode="json") for name, section in sections.items()},
        "body_regions": describe_body_regions(),
        **{
            name: {key: _plain(value) for key, value in table.items()}
            for name, table in tables.items()
            if name != "joints"
        },
    }


def describe_body_regions() -> dict[str, Any]:
    """Return the body-region table: SHA-256, provenance of its blocks, smallest value of each; None = no limit."""
    table = shipped_body_regions()
    return {
        "sha256": table.sha256,
        "provenance": dict(table.provenance),
        "regions": {
            name: {key: value if math.isfinite(value) else None for key, value in asdict(region).items()}
            for name, region in table.regions.items()
        },
    }


def describe_signature(cell: Cell) -> dict[str, Any]:
    """Return who signed what when, and whom the cell trusts."""
    signing, signature = cell.signing, cell.signing.signature
    return {
        "state": str(signing.state),
        "what": signing.what,
        "signer": None if signature is None else signature.signer,
        "key": signing.fingerprint,
        "signed_at": None if signature is None else signature.signed_at.isoformat(),
        "reason": None if signature is None else signature.reason,
        "previous_hash": None if signature is None else signature.previous_hash,
        "trusted": [signer.name for signer in cell.config.safety.signers],
    }


def _plain(value: object) -> object:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
