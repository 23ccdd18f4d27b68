"""The sealed pool: its seeds are opened once, by the final command, and who opened them stands beside the cell."""

from __future__ import annotations

import getpass
import hashlib
import json
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from spinal.errors import EvidenceError, MachineError

SEALED_POOL = "final"
SEALS = "final-seals.jsonl"
"""In the cell's folder: one line a question that saw final seeds, oldest first."""


class Seal(BaseModel):
    """One opening: when (UTC), by whom, which seeds of which distribution, and the question that was asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: datetime
    who: str
    distribution_sha256: str
    seed: int
    identity_sha256: str
    folder: str

    def in_words(self) -> str:
        """Return it for people."""
        return f"{self.at:%Y-%m-%d %H:%M} UTC by {self.who} (question {self.identity_sha256[:16]})"


def identity_sha256(identity: Mapping[str, Any]) -> str:
    """Return the hash of a question's identity."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def check_pool(pool: str, is_final: bool) -> None:
    """Raise EvidenceError when the sealed pool is asked for without meaning it, or another one with it."""
    if pool == SEALED_POOL and not is_final:
        raise EvidenceError(
            f"the seed pool '{SEALED_POOL}' is sealed: its scenes are looked at once, with what is to be certified",
            value=pool,
            next_step="develop on another pool; `spinal qualify --final` opens it and writes down that it was opened",
        )
    if is_final and pool != SEALED_POOL:
        raise EvidenceError(
            "only the sealed pool is opened by --final",
            value=pool,
            allowed=SEALED_POOL,
            next_step="leave --pool or --final out",
        )


def open_seal(cell: Path, identity: Mapping[str, Any], folder: Path) -> tuple[Seal, ...]:
    """Write down that this question opens its seeds, before a scene is run; return who else saw them before.

    The same question again goes on: it writes nothing and sees nobody but those who came before it did.
    """
    mine = Seal(
        at=datetime.now(tz=UTC),
        who=f"{getpass.getuser()}@{socket.gethostname()}",
        distribution_sha256=identity["sha256"]["distribution"],
        seed=identity["seed"],
        identity_sha256=identity_sha256(identity),
        folder=folder.name,
    )
    others: list[Seal] = []
    for seal in read_seals(cell):
        if (seal.distribution_sha256, seal.seed) == (mine.distribution_sha256, mine.seed):
            if seal.identity_sha256 == mine.identity_sha256:
                return tuple(others)
            others.append(seal)
    try:
        with (cell / SEALS).open("a", encoding="utf-8") as file:
            file.write(mine.model_dump_json() + "\n")
    except OSError as error:
        raise MachineError(
            "it cannot be written down that the final seeds are opened",
            value=f"{cell / SEALS}: {error.strerror}",
            next_step="make the cell's folder writable: without the record a second look passes for the first",
        ) from None
    return tuple(others)


def read_seals(cell: Path) -> list[Seal]:
    """Return who opened final seeds of this cell, oldest first; EvidenceError for a record that is damaged."""
    path = cell / SEALS
    if not path.exists():
        return []
    seals = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            seals.append(Seal.model_validate_json(line))
        except ValidationError as error:
            raise EvidenceError(
                f"{path}: line {number} is no record of an opening",
                value=error.errors()[0]["msg"],
                next_step="restore the file from a copy: it says which seeds were seen",
            ) from None
    return seals
