"""Practice on disk: shards of some picks each, whole or not there."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FIELDS = ("image", "proprioception", "sku", "chunk", "target", "products", "pick")
WEIGHT = "weight"
"""Only practice of corrections weighs its moments; without it every moment weighs 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """Moments with their labels, one row each.

    `image` (n, px, px, 3) uint8, `proprioception` (n, P) float32, `sku` (n,) uint8, `chunk` (n, steps, 4) float32,
    `target` (n, 2) float32 with NaN = not in the picture, `products` (n, cells, cells) uint8, `pick` (n,) int32: which
    pick the moment is from; `weight` (n,) float32: how often it is trained on, 1 = as any other.
    """

    image: npt.NDArray[np.uint8]
    proprioception: npt.NDArray[np.float32]
    sku: npt.NDArray[np.uint8]
    chunk: npt.NDArray[np.float32]
    target: npt.NDArray[np.float32]
    products: npt.NDArray[np.uint8]
    pick: npt.NDArray[np.int32]
    weight: npt.NDArray[np.float32]

    @property
    def moments(self) -> int:
        """Number of rows."""
        return len(self.sku)

    @staticmethod
    def joined(parts: Sequence[Practice]) -> Practice:
        """Return the rows of all parts in order."""
        names = (*FIELDS, WEIGHT)
        return Practice(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def write_shard(path: Path, practice: Practice, summary: dict[str, Any]) -> None:
    """Write a shard so that a crash leaves either all of it or nothing."""
    partial = path.with_suffix(".partial")
    rows = {name: getattr(practice, name) for name in _said(practice)}
    with partial.open("wb") as file:
        np.savez(file, summary=np.array(json.dumps(summary)), **rows)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read_shard(path: Path) -> Practice:
    """Return the rows of a shard."""
    with np.load(path) as data:
        weight = data[WEIGHT] if WEIGHT in data else np.ones(len(data["sku"]), np.float32)
        return Practice(**{name: data[name] for name in FIELDS}, weight=weight)


def read_summary(path: Path) -> dict[str, Any]:
    """Return what was noted about a shard when it was made."""
    with np.load(path) as data:
        summary: dict[str, Any] = json.loads(str(data["summary"]))
    return summary


def practice_hash(parts: Sequence[Practice]) -> str:
    """Return the SHA-256 over every value of every part, in order: independent of the file format."""
    digest = hashlib.sha256()
    for part in parts:
        for name in _said(part):
            array = np.ascontiguousarray(getattr(part, name))
            digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
            digest.update(array.data)
    return digest.hexdigest()


def _said(practice: Practice) -> tuple[str, ...]:
    """Return the fields that say something: weights that are all 1 are left out, as in practice that knew none."""
    return FIELDS if bool((practice.weight == 1.0).all()) else (*FIELDS, WEIGHT)
