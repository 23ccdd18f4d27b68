"""`policy.json`: what a bundle's network wants to see, what its numbers mean, and where it comes from."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from spinal.errors import PolicyError

Count = Annotated[int, Field(ge=1, le=64)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_\-]*$")]

COMMANDED_TOOL = ("tool_x_m", "tool_y_m", "tool_z_m")
"""The commanded position of the tool in the base frame, as names of proprioception values."""
COMMANDED_VELOCITY = ("tool_vx_m_s", "tool_vy_m_s", "tool_vz_m_s")
"""Its commanded velocity, likewise."""
GRIPPER = "gripper"
"""The commanded gripper, 0..1. Every other proprioception name is one of the robot's plain inputs."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CameraInput(_Strict):
    """One picture that the network sees: RGB, uint8, as the ONNX input `image_<camera>` (1, height, width, 3)."""

    width: Annotated[int, Field(ge=16, le=1920)]
    height: Annotated[int, Field(ge=16, le=1080)]


class ChunkOutput(_Strict):
    """The action chunk: `waypoints_m` (1, steps, 3) and `gripper` (1, steps), probability that it is on.

    Waypoint k is a displacement from the tool position that was commanded at the observation, base frame, to be reached
    (k + 1) periods after it; the tool keeps its orientation.
    """

    semantics: Literal["tool_displacement"]
    steps: Count
    period_ms: Annotated[int, Field(ge=10, le=1000)]
    gripper_threshold: Annotated[float, Field(gt=0, lt=1)]


class Manifest(_Strict):
    """All of `policy.json`. `lineage` is free: what is known about how the network was made."""

    format: Literal[1]
    name: Name
    cameras: dict[Name, CameraInput] = Field(min_length=1)
    proprioception: tuple[Name, ...] = Field(min_length=1)
    skus: tuple[Name, ...] = Field(min_length=1)
    chunk: ChunkOutput
    decision_rate_hz: Annotated[float, Field(ge=1, le=200)]
    model_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    lineage: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellInputs:
    """What a cell offers to a policy: cameras as (width, height), the robot's plain inputs, the SKUs it sells.

    `decision_rate_hz` is how often it will be asked.
    """

    cameras: dict[str, tuple[int, int]]
    inputs: tuple[str, ...]
    skus: tuple[str, ...]
    decision_rate_hz: float


def read_manifest(folder: Path) -> Manifest:
    """Return the checked manifest of a bundle; PolicyError when it is missing, unreadable or not its model's."""
    path = folder / "policy.json"
    if not path.is_file():
        raise PolicyError(
            "no policy bundle here: a bundle is a folder with policy.json and model.onnx",
            value=folder,
            next_step="make one with `spinal learn`, or correct policy.bundle in cell.toml",
        )
    try:
        manifest = Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path} is not a policy manifest of format 1: {_first_finding(error)}") from None
    model = folder / "model.onnx"
    if not model.is_file():
        raise PolicyError("the bundle has no model.onnx", value=folder, next_step="make it again with `spinal learn`")
    found = hashlib.sha256(model.read_bytes()).hexdigest()
    if found != manifest.model_sha256:
        raise PolicyError(
            f"{model} is not the model that policy.json was written for",
            value=f"sha256 {found}",
            allowed=f"sha256 {manifest.model_sha256}",
            next_step="copy the whole bundle again",
        )
    return manifest


def check_fits(manifest: Manifest, cell: CellInputs) -> None:
    """Raise a PolicyError for the first thing that the policy wants and the cell does not have."""
    for camera, size in manifest.cameras.items():
        offered = cell.cameras.get(camera)
        if offered is None:
            raise PolicyError(
                f"policy '{manifest.name}' looks through a camera that the cell does not have",
                value=camera,
                allowed=", ".join(sorted(cell.cameras)),
                next_step="name it in policy.cameras of cell.toml, or take a policy for this cell",
            )
        if offered != (size.width, size.height):
            raise PolicyError(
                f"policy '{manifest.name}' and the cell disagree on the size of camera '{camera}'",
                value=f"the cell has {offered[0]}x{offered[1]}",
                allowed=f"{size.width}x{size.height}",
                next_step=f"set width and height of [cameras.{camera}] in cell.toml",
            )
    known = {*COMMANDED_TOOL, *COMMANDED_VELOCITY, GRIPPER, *cell.inputs}
    for name in manifest.proprioception:
        if name not in known:
            raise PolicyError(
                f"policy '{manifest.name}' wants a proprioception value that the robot does not report",
                value=name,
                allowed=", ".join(sorted(known)),
                next_step="add it to robot.inputs of cell.toml, or take a policy for this cell",
            )
    for sku in cell.skus:
        if sku not in manifest.skus:
            raise PolicyError(
                f"policy '{manifest.name}' never learned an SKU that the cell sells",
                value=sku,
                allowed=", ".join(manifest.skus),
                next_step="take it out of [skus] in cell.toml, or learn it with `spinal learn`",
            )
    if not math.isclose(manifest.decision_rate_hz, cell.decision_rate_hz):
        raise PolicyError(
            f"policy '{manifest.name}' was taught to decide at another rate than the cell asks it to",
            value=f"{cell.decision_rate_hz:g} Hz",
            allowed=f"{manifest.decision_rate_hz:g} Hz",
            next_step="correct policy.rate_hz in cell.toml, or take a policy for this cell",
        )


def _first_finding(error: ValidationError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return str(error)
    finding = error.errors()[0]
    where = ".".join(str(part) for part in finding["loc"]) or "the whole file"
    return f"{where}: {finding['msg']}"
