"""`monitor.json` and `monitor.npz`: a calibration on the disk, bound to the model, cell and limits it was made with."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from spinal.errors import PolicyError
from spinal.watch.conformal import Mode, Promise, Threshold
from spinal.watch.monitor import Monitor, Scores
from spinal.watch.ranks import Ranks
from spinal.watch.support import Distance, Support

JSON, ARRAYS = "monitor.json", "monitor.npz"
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Rate = Annotated[float, Field(gt=0.0, lt=1.0)]
AGAIN = "calibrate again with `spinal calibrate`; until then take monitor.json away to run unwatched"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bound(_Strict):
    """What a calibration holds for, as SHA-256: the network, how the cell sees and moves, the safety profile."""

    model: Hash
    cell: Hash
    limits: Hash


class SliceFact(_Strict):
    """A threshold as people read it: above `surprise` there is an alarm; the `rank`-th smallest of `attempts`."""

    surprise: float
    rank: int
    attempts: int


class MonitorFile(_Strict):
    """All of `monitor.json`. `made_from` is free: distribution, seeds, counts, realised figures."""

    format: Literal[1]
    bound: Bound
    arrays_sha256: Hash
    cameras: tuple[str, ...]
    mode: Mode
    alpha: Rate
    confidence: Rate
    slices: dict[str, str]
    thresholds: dict[str, SliceFact]
    made_from: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A calibration that was read and found whole. `sha256` names it: of its monitor.json."""

    monitor: Monitor
    file: MonitorFile
    sha256: str


def write_calibration(folder: Path, monitor: Monitor, bound: Bound, made_from: Mapping[str, Any]) -> Calibration:
    """Write both files into a bundle, the arrays first, so that a crash leaves the old calibration or none valid."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **_arrays(monitor))  # type: ignore[arg-type]  # names are ours, none is an option
    arrays = buffer.getvalue()
    file = MonitorFile(
        format=1,
        bound=bound,
        arrays_sha256=hashlib.sha256(arrays).hexdigest(),
        cameras=monitor.scores.cameras,
        mode=monitor.promise.mode,
        alpha=monitor.promise.alpha,
        confidence=monitor.promise.confidence,
        slices=dict(monitor.slices),
        thresholds={
            name: SliceFact(surprise=one.value, rank=one.rank, attempts=len(one.worst))
            for name, one in monitor.thresholds.items()
        },
        made_from=dict(made_from),
    )
    text = file.model_dump_json(indent=2).encode() + b"\n"
    _write(folder / ARRAYS, arrays)
    _write(folder / JSON, text)
    return Calibration(monitor=monitor, file=file, sha256=hashlib.sha256(text).hexdigest())


def read_calibration(folder: Path, bound: Bound) -> Calibration | None:
    """Return the calibration in a bundle; None when there is none. PolicyError: damaged, or made for something else."""
    path = folder / JSON
    if not path.is_file():
        return None
    text = path.read_bytes()
    try:
        file = MonitorFile.model_validate_json(text)
    except ValidationError as error:
        finding = error.errors()[0]
        where = ".".join(str(part) for part in finding["loc"]) or "the whole file"
        raise PolicyError(
            f"{path} is not a calibration of format 1", value=f"{where}: {finding['msg']}", next_step=AGAIN
        ) from None
    for name, what in (("model", "network"), ("cell", "cell"), ("limits", "safety profile")):
        made_for, found = getattr(file.bound, name), getattr(bound, name)
        if made_for != found:
            raise PolicyError(
                f"{path}: the monitor was calibrated with another {what}; its promise does not hold for this one",
                value=f"sha256 {found}",
                allowed=f"sha256 {made_for}",
                next_step=AGAIN,
            )
    return Calibration(monitor=_monitor(folder / ARRAYS, file), file=file, sha256=hashlib.sha256(text).hexdigest())


def _monitor(path: Path, file: MonitorFile) -> Monitor:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise PolicyError(f"{path} is missing", next_step=AGAIN) from None
    found = hashlib.sha256(data).hexdigest()
    if found != file.arrays_sha256:
        raise PolicyError(
            f"{path} does not belong to {JSON}",
            value=f"sha256 {found}",
            allowed=f"sha256 {file.arrays_sha256}",
            next_step=AGAIN,
        )
    try:
        with np.load(io.BytesIO(data)) as arrays:
            return _from_arrays({name: arrays[name] for name in arrays.files}, file)
    except (KeyError, ValueError, BadZipFile) as error:
        raise PolicyError(f"{path} cannot be read", value=error, next_step=AGAIN) from None


def _arrays(monitor: Monitor) -> dict[str, npt.NDArray[Any]]:
    scores = monitor.scores
    assert scores.ranks is not None, "a fitted monitor is ranked"
    arrays: dict[str, npt.NDArray[Any]] = {
        "distance.mean": scores.distance.mean,
        "distance.whitening": scores.distance.whitening,
        "support.mean": scores.support.mean,
        "support.directions": scores.support.directions,
        "support.points": scores.support.points,
        "support.solved": scores.support.solved,
        "support.length": np.array(scores.support.length),
        "usual": scores.usual,
        "ranks.table": scores.ranks.table,
        "ranks.from_value": scores.ranks.from_value,
        "ranks.scale": scores.ranks.scale,
    }
    arrays |= {f"worst.{name}": one.worst for name, one in monitor.thresholds.items()}
    return arrays | {f"drift.{name}": values for name, values in monitor.drift.items()}


def _from_arrays(arrays: Mapping[str, npt.NDArray[Any]], file: MonitorFile) -> Monitor:
    scores = Scores(
        cameras=file.cameras,
        distance=Distance(mean=arrays["distance.mean"], whitening=arrays["distance.whitening"]),
        support=Support(
            mean=arrays["support.mean"],
            directions=arrays["support.directions"],
            points=arrays["support.points"],
            solved=arrays["support.solved"],
            length=float(arrays["support.length"]),
        ),
        usual=arrays["usual"],
        ranks=Ranks(table=arrays["ranks.table"], from_value=arrays["ranks.from_value"], scale=arrays["ranks.scale"]),
    )
    return Monitor(
        scores=scores,
        promise=Promise(mode=file.mode, alpha=file.alpha, confidence=file.confidence),
        slices=file.slices,
        thresholds={
            name: Threshold(value=fact.surprise, rank=fact.rank, worst=arrays[f"worst.{name}"])
            for name, fact in file.thresholds.items()
        },
        drift={name: arrays[f"drift.{name}"] for name in file.thresholds},
    )


def _write(path: Path, data: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
