"""Declared scene distributions: what a scene file may say, read strictly."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from spinal.errors import SceneError
from spinal.sim.declaration import Qualification, content_hash
from spinal.sim.mjcf import TEXTURES
from spinal.sim.physics import OWN, Physics
from spinal.sim.products import SKUS, bodies

T = TypeVar("T")
Range = tuple[float, float]

# What each range may hold at most; a scene outside of this is no cell any more.
_BOUNDS: Mapping[str, Range] = {
    "objects": (1, len(bodies())),
    "mass_scale": (0.1, 20.0),
    "proportions": (0.5, 1.3),
    "distractor_proportions": (0.5, 1.4),
    "friction": (0.01, 2.0),
    "porosity_add": (0.0, 1.0),
    "colour_shift": (0.0, 1.0),
    "light_level": (0.0, 4.0),
    "light_warmth": (-1.0, 1.0),
    "light_tilt_deg": (0.0, 80.0),
    "camera_shift_mm": (0.0, 200.0),
    "camera_tilt_deg": (0.0, 45.0),
    "image_noise": (0.0, 128.0),
    "vacuum_noise": (0.0, 1.0),
    "scale_noise_g": (0.0, 1000.0),
    "suction_force_n": (0.0, 200.0),
    "lip_leak": (0.0, 1.0),
    "latency_add_ms": (0.0, 400.0),
    "person_side_deg": (-180.0, 180.0),
    "person_away_m": (0.5, 20.0),
    "person_near_m": (0.1, 20.0),
    "person_start_s": (0.1, 60.0),
    "person_stay_s": (0.1, 60.0),
    "person_gone_s": (0.1, 60.0),
    "person_walk_m_s": (0.1, 1.6),
    "person_noise_mm": (0.0, 500.0),
    "person_delay_ms": (0.0, 1000.0),
}


class Ranges(BaseModel):
    """What every scene is drawn from; no range has a default. Units are in the names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    objects: tuple[int, int]
    ordered_free: bool
    mass_scale: Range
    proportions: Range
    distractor_proportions: Range
    friction: Range
    porosity_add: Range
    colour_shift: Range
    light_level: Range
    light_warmth: Range
    light_tilt_deg: Range
    tote_surface: tuple[str, ...]
    camera_shift_mm: Range
    camera_tilt_deg: Range
    image_noise: Range
    vacuum_noise: Range
    scale_noise_g: Range
    suction_force_n: Range
    lip_leak: Range
    latency_add_ms: Range
    person_visits: bool
    person_side_deg: Range
    person_away_m: Range
    person_near_m: Range
    person_start_s: Range
    person_stay_s: Range
    person_gone_s: Range
    person_walk_m_s: Range
    person_noise_mm: Range
    person_delay_ms: Range

    @model_validator(mode="after")
    def _values_are_possible(self) -> Ranges:
        for name, (lowest, highest) in _BOUNDS.items():
            low, high = getattr(self, name)
            if not lowest <= low <= high <= highest:
                raise ValueError(f"{name} is [{low}, {high}]; allowed is a range inside [{lowest}, {highest}]")
        if not self.person_near_m[1] < self.person_away_m[0]:
            raise ValueError(f"person_near_m {self.person_near_m} must be below person_away_m {self.person_away_m}")
        unknown = [name for name in self.tote_surface if name not in TEXTURES]
        if unknown or not self.tote_surface:
            raise ValueError(f"tote_surface is {list(self.tote_surface)}; allowed are {', '.join(TEXTURES)}")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One shift: how often it is there, and the ranges with it in place.

    Of the axes of one `group` a scene has at most one; an axis without a group comes independently of all others.
    """

    name: str
    probability: float
    replaced: tuple[tuple[str, Any], ...]
    group: str | None = None

    @property
    def declared(self) -> dict[str, Any]:
        """Return what the file says of it."""
        group = {} if self.group is None else {"group": self.group}
        return {"probability": self.probability, **group, **dict(self.replaced)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A declared scene distribution: the ranges of every scene and the axes that may shift them.

    `qualification` is None when the file does not say what evidence over it rests on. `physics`: what its scenes are
    computed with.
    """

    name: str
    version: int
    description: str
    ranges: Ranges
    axes: tuple[Axis, ...]
    qualification: Qualification | None = None
    physics: Physics = OWN

    @property
    def sha256(self) -> str:
        """Return the hash of all that is declared, with what was taken over from a base; words for people left out."""
        # The cell's own physics is left out: hashes from before there was another one stay true.
        physics = {} if self.physics == OWN else {"physics": self.physics.model_dump(mode="json")}
        return content_hash(
            physics
            | {
                "name": self.name,
                "version": self.version,
                "ranges": self.ranges.model_dump(mode="json"),
                "axes": {axis.name: axis.declared for axis in self.axes},
                "qualification": None if self.qualification is None else self.qualification.model_dump(mode="json"),
            }
        )

    def axis_named(self, name: str) -> Axis:
        """Return one axis; SceneError when there is none of that name."""
        for axis in self.axes:
            if axis.name == name:
                return axis
        names = ", ".join(axis.name for axis in self.axes) or "none"
        raise SceneError(
            f"the distribution '{self.name}' has no axis '{name}'",
            value=name,
            allowed=names,
            next_step="name one of the axes, or leave the axis out for the whole mixture",
        )

    def shifted(self, axes: tuple[Axis, ...]) -> Ranges:
        """Return the ranges with these axes in place."""
        replaced = {key: value for axis in axes for key, value in axis.replaced}
        return self.ranges.model_copy(update=replaced)


def load_distribution(path: Path) -> Distribution:
    """Return the distribution that a scene file declares; SceneError names the file, the key and what is allowed."""
    return _load(path, ())


def _load(path: Path, above: tuple[Path, ...]) -> Distribution:
    """Return the same for a file that is the base of those `above`."""
    document = _read(path)
    if path.resolve() in above:
        raise _error(path, "the scene file is its own base", path.name, "a base that rests on others", "see lab.toml")
    base_file = document.pop("base", None)
    _only_keys(
        path, document, {"name", "version", "description", "sha256", "ranges", "axes", "qualification", "physics"}
    )
    if (base_file is None) == ("ranges" not in document):
        raise _error(
            path,
            "a scene file has either its own [ranges] or a base",
            sorted(document),
            "one of the two",
            "see lab.toml",
        )
    base = None if base_file is None else _load(path.parent / str(base_file), (*above, path.resolve()))
    ranges = _ranges(path, document["ranges"]) if base is None else base.ranges
    axes = tuple(_axis(path, name, table, ranges) for name, table in document.get("axes", {}).items())
    _check_groups(path, axes)
    distribution = Distribution(
        name=_field(path, document, "name", str),
        version=_field(path, document, "version", int),
        description=_field(path, document, "description", str),
        ranges=ranges,
        axes=axes,
        qualification=_qualification(path, document.get("qualification"), base, axes),
        physics=_physics(path, document.get("physics"), base),
    )
    _check_hash(path, document.get("sha256"), distribution)
    return distribution


def _physics(path: Path, table: Any, base: Distribution | None) -> Physics:
    """Return what the file says of it, or else what its base has."""
    if table is None:
        return OWN if base is None else base.physics
    try:
        return Physics.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(["physics", *map(str, first["loc"])])
        if first["type"] == "extra_forbidden":
            raise _unknown(path, key, set(Physics.model_fields)) from None
        raise _error(path, f"'{key}': {first['msg']}", first["input"], None, "mend it in the scene file") from None


def _qualification(path: Path, table: Any, base: Distribution | None, axes: tuple[Axis, ...]) -> Qualification | None:
    """Return what the file says, or takes over key by key from its base, which has other slices."""
    if table is None:
        return None
    if not isinstance(table, dict):
        raise _error(path, "'qualification' is not a table", table, "[qualification]", "mend it in the scene file")
    inherited = {} if base is None or base.qualification is None else base.qualification.model_dump(exclude={"slices"})
    try:
        found = Qualification.model_validate({**inherited, **table})
        found.check({axis.name: axis.probability for axis in axes}, SKUS)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(["qualification", *map(str, first["loc"])])
        what = f"'{key}': {first['msg'].removeprefix('Value error, ')}"
        raise _error(path, what, None, None, "mend it in the scene file") from None
    except ValueError as error:
        raise _error(path, str(error), None, None, "mend [qualification] in the scene file") from None
    return found


def _check_hash(path: Path, said: object, distribution: Distribution) -> None:
    if said is not None and said != distribution.sha256:
        raise _error(
            path,
            "the distribution is not the one that was declared: its sha256 does not match",
            said,
            distribution.sha256,
            "undo the change; or, if it is meant, raise `version` and write the sha256 that this message then allows",
        )


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SceneError(
            "the scene file does not exist", value=path, next_step="check [simulation.distributions] in cell.toml"
        ) from None
    except OSError as error:
        raise SceneError(
            "the scene file cannot be read", value=f"{path}: {error.strerror}", next_step="name a file that can be read"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _error(path, f"the scene file is not TOML: {error}", None, None, "mend the line that is named") from None


def _ranges(path: Path, table: object) -> Ranges:
    try:
        return Ranges.model_validate(table)
    except ValidationError as error:
        errors = error.errors()
        first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise _unknown(path, key, set(Ranges.model_fields)) from None
        if first["type"] == "missing":
            raise _error(
                path, f"the range '{key}' is missing", None, None, "write it: no range has a default"
            ) from None
        what = f"the range '{key}' is wrong: {first['msg']}" if key else first["msg"].removeprefix("Value error, ")
        raise _error(path, what, first["input"] if key else None, None, "mend it in the scene file") from None


def _axis(path: Path, name: str, table: Any, ranges: Ranges) -> Axis:
    if not isinstance(table, dict):
        raise _error(path, f"the axis '{name}' is not a table", table, "[axes.<name>]", "mend it in the scene file")
    probability = table.pop("probability", None)
    if isinstance(probability, bool) or not isinstance(probability, int | float) or not 0.0 <= probability <= 1.0:
        raise _error(
            path, f"the axis '{name}' needs a probability", probability, "0 to 1", "write how often it is there"
        )
    group = table.pop("group", None)
    if group is not None and not isinstance(group, str):
        raise _error(path, f"the group of the axis '{name}' is no name", group, "text", "mend it in the scene file")
    _only_keys(path, table, set(Ranges.model_fields), f"axes.{name}.")
    if not table:
        raise _error(path, f"the axis '{name}' shifts nothing", None, ", ".join(Ranges.model_fields), "add a range")
    shifted = _ranges(path, {**ranges.model_dump(), **table})
    return Axis(
        name=name,
        probability=float(probability),
        replaced=tuple((key, getattr(shifted, key)) for key in table),
        group=group,
    )


def _check_groups(path: Path, axes: tuple[Axis, ...]) -> None:
    """Raise SceneError for a group whose axes could not exclude each other and keep their probabilities."""
    for group in {axis.group for axis in axes if axis.group is not None}:
        total = math.fsum(axis.probability for axis in axes if axis.group == group)
        if total >= 1.0:
            what = f"the axes of the group '{group}' are there too often for at most one of them in a scene"
            raise _error(path, what, total, "probabilities whose sum is below 1", "lower them, or ungroup an axis")


def _only_keys(path: Path, table: Mapping[str, object], allowed: set[str], prefix: str = "") -> None:
    for key in table:
        if key not in allowed:
            raise _unknown(path, prefix + key, allowed)


def _field(path: Path, document: Mapping[str, object], key: str, kind: type[T]) -> T:
    value = document.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _error(path, f"'{key}' must be of type {kind.__name__}", value, None, "mend it in the scene file")
    return value


def _unknown(path: Path, key: str, allowed: set[str]) -> SceneError:
    return _error(path, f"unknown key '{key}'", key, ", ".join(sorted(allowed)), "remove it or mend its name")


def _error(path: Path, what: str, value: object, allowed: object, next_step: str) -> SceneError:
    return SceneError(f"{path.name}: {what}", value=value, allowed=allowed, next_step=next_step)
