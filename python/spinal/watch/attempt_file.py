"""Attempts on the disk, one file each: all of it or nothing is there after a crash."""

from __future__ import annotations

import json
import os
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from spinal.errors import EvidenceError
from spinal.watch.attempts import Attempt

FACTS = ("scene", "sku", "went_well", "outcome")


def write_attempt(path: Path, attempt: Attempt) -> None:
    """Write an attempt durably."""
    facts = {**{name: getattr(attempt, name) for name in FACTS}, "axes": list(attempt.axes)}
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(
            file,
            facts=np.array(json.dumps(facts)),
            at_s=attempt.at_s,
            values=attempt.values,
            embeddings=attempt.embeddings,
        )
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read_attempt(path: Path) -> Attempt:
    """Return an attempt; EvidenceError when its file is damaged."""
    try:
        with path.open("rb") as file, np.load(file) as data:
            facts = json.loads(str(data["facts"]))
            return Attempt(
                axes=tuple(facts["axes"]),
                at_s=data["at_s"],
                values=data["values"],
                embeddings=data["embeddings"],
                **{name: facts[name] for name in FACTS},
            )
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise EvidenceError(
            f"{path} is damaged", value=error, next_step="take the file away; the same command makes it again"
        ) from None
