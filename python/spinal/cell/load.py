"""Reading a cell folder."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from spinal.cell.config import CellConfig
from spinal.cell.geometry import GeometryFile
from spinal.cell.limits import Limits
from spinal.cell.profile_hash import PROFILE_FILES, hash_files, profile_hash, read_profile_files
from spinal.cell.signature import Signing, examine
from spinal.errors import CellError

Model = TypeVar("Model", bound=BaseModel)
GEOMETRY_FILE = PROFILE_FILES[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell folder that was read and found to fit together. `limits_hash` names its safety profile."""

    folder: Path
    config: CellConfig
    limits: Limits
    geometry: GeometryFile | None
    limits_hash: bytes
    file_hashes: dict[str, str]
    signing: Signing

    @property
    def policy_folder(self) -> Path:
        """Return the folder of the policy bundle."""
        return self.folder / self.config.policy.bundle

    def distribution_file(self, name: str) -> Path:
        """Return the file of a declared scene distribution; an unknown name is a CellError."""
        declared = self.config.simulation.distributions
        if name not in declared:
            raise CellError(
                f"{self.folder / 'cell.toml'}: this cell declares no such scene distribution",
                value=name,
                allowed=", ".join(sorted(declared)),
                next_step="name one of these, or declare it under [simulation.distributions]",
            )
        return self.folder / declared[name]


def read_config(folder: Path) -> CellConfig:
    """Return what `cell.toml` says, without what it names; CellError when it is missing or wrong."""
    if not (folder / "cell.toml").is_file():
        raise CellError(
            "no cell here: a cell is a folder with a cell.toml", value=folder, next_step="try cells/bin-picking"
        )
    return _parse(folder / "cell.toml", CellConfig)


def read_limits(folder: Path) -> Limits:
    """Return what `limits.toml` says; CellError when it is missing or wrong."""
    return _parse(folder / "limits.toml", Limits)


def load_cell(folder: Path) -> Cell:
    """Return the cell in `folder`; a CellError names the file, key and value that is wrong and what is allowed."""
    config = read_config(folder)
    files = read_profile_files(folder)
    limits = _parse(folder / "limits.toml", Limits, files.get("limits.toml"))
    geometry = _geometry(folder, limits, files.get(GEOMETRY_FILE))
    _check_joints(folder, config, limits)
    names = ["cell.toml", *config.simulation.distributions.values()]
    for name in names:
        if not (folder / name).is_file():
            raise CellError(
                f"{folder / 'cell.toml'} names a file that does not exist",
                value=name,
                next_step="create it, or correct the name",
            )
    of_profile = hash_files(files)
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names} | of_profile
    return Cell(
        folder=folder,
        config=config,
        limits=limits,
        geometry=geometry,
        limits_hash=profile_hash(of_profile),
        file_hashes=hashes,
        signing=examine(folder, of_profile, config.safety.signers),
    )


def _geometry(folder: Path, limits: Limits, data: bytes | None) -> GeometryFile | None:
    """Shapes and their least distance belong together: neither is a default of the other."""
    if data is None and limits.clearance is not None:
        raise CellError(
            f"{folder / GEOMETRY_FILE} is missing",
            allowed="limits.toml has a section [clearance], so the cell needs the shapes that are kept apart",
            next_step=f"run `spinal geometry generate {folder}`, or remove [clearance]: then nothing is kept apart",
        )
    if data is None:
        return None
    if limits.clearance is None:
        raise CellError(
            f"{folder / 'limits.toml'}: 'clearance' is missing",
            allowed=f"a cell with a {GEOMETRY_FILE} says how far its shapes are kept apart; a limit has no default",
            next_step="add [clearance] with clearance_min_m, boxes and planes",
        )
    return _parse(folder / GEOMETRY_FILE, GeometryFile, data)


def _check_joints(folder: Path, config: CellConfig, limits: Limits) -> None:
    known = config.robot.joints
    for joint in limits.joints:
        if joint not in known:
            raise CellError(
                f"{folder / 'limits.toml'}: [joints.{joint}] limits a joint that the robot does not have",
                value=joint,
                allowed=", ".join(known),
                next_step=_guess(joint, known),
            )
    for joint, home in zip(known, config.robot.home_rad, strict=True):
        if joint not in limits.joints:
            raise CellError(
                f"{folder / 'limits.toml'}: joint {joint} has no limits",
                allowed="every joint of cell.toml's robot.joints has a table [joints.<name>]; a limit has no default",
                next_step=f"add [joints.{joint}] with all six limits",
            )
        limit = limits.joints[joint]
        if not limit.position_min_rad <= home <= limit.position_max_rad:
            raise CellError(
                f"{folder / 'cell.toml'}: home of joint {joint} is outside its limits",
                value=home,
                allowed=f"{limit.position_min_rad} .. {limit.position_max_rad} rad",
                next_step="move robot.home_rad",
            )


def _parse(path: Path, model: type[Model], data: bytes | None = None) -> Model:
    """Return what a file says; `data` is its content where that was read already."""
    try:
        raw = tomllib.loads((path.read_bytes() if data is None else data).decode("utf-8"))
    except FileNotFoundError:
        raise CellError(f"{path} is missing", next_step="every cell needs one; copy cells/bin-picking's") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CellError(f"{path} is not readable TOML", value=error, next_step="correct the file") from None
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise _cell_error(path, model, error) from None


def _cell_error(path: Path, model: type[BaseModel], error: ValidationError) -> CellError:
    """Turn one finding of pydantic's into a message that a person can act on; the rest are counted.

    An unknown key goes first: it is often a key that is missing, misspelt.
    """
    findings = error.errors()
    first = next((finding for finding in findings if finding["type"] == "extra_forbidden"), findings[0])
    key = ".".join(str(part) for part in first["loc"])
    others = f" ({len(findings) - 1} more findings)" if len(findings) > 1 else ""
    if first["type"] == "extra_forbidden":
        allowed = _keys_at(model, first["loc"][:-1])
        return CellError(
            f"{path}: unknown key '{key}'{others}",
            value=first["input"],
            allowed=", ".join(allowed) or None,
            next_step=_guess(str(first["loc"][-1]), allowed),
        )
    if first["type"] == "missing":
        return CellError(
            f"{path}: '{key}' is missing{others}",
            allowed="it has no default" if path.name in PROFILE_FILES else None,
            next_step=f"add {key}",
        )
    value = None if isinstance(first["input"], dict) else first["input"]
    return CellError(f"{path}: {key}: {first['msg']}{others}", value=value, next_step=f"correct {key}")


def _keys_at(model: Any, path: tuple[int | str, ...]) -> list[str]:
    for part in path:
        field = getattr(model, "model_fields", {}).get(str(part))
        annotation = field.annotation if field is not None else model
        arguments = getattr(annotation, "__args__", ())
        # A dict[Name, Model] is left by its value's type, and the key below it is a free name.
        model = arguments[-1] if arguments else annotation
    return sorted(getattr(model, "model_fields", {}))


def _guess(word: str, allowed: tuple[str, ...] | list[str]) -> str:
    near = get_close_matches(word, allowed, n=1)
    return f"did you mean '{near[0]}'?" if near else "remove it, or correct its name"
