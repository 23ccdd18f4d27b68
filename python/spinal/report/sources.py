"""What a report is made from. Everything but run.json may be missing; the report then says so."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from spinal.errors import JournalError


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One order as the task store has it at the end."""

    id: str
    sku: str
    quantity: int
    placed: int
    state: str
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the parts of a run are. `journal` is a journal file or a folder of its segments."""

    run_json: Path
    picks: Path | None = None
    recording: Path | None = None
    timing: Path | None = None
    journal: Path | None = None
    orders: Sequence[OrderLine] = ()


class Lenient(BaseModel):
    """Frozen; keys that the report does not use are left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Machine(Lenient):
    """The machine that the run was made on."""

    platform: str
    python: str
    cpu: str
    cores: int
    kernel: str


class Safety(Lenient):
    """How the safety profile was signed, and whether its files were the same at the end."""

    signature: str
    what: str
    signer: str | None = None
    key: str | None = None
    signed_at: datetime | None = None
    reason: str | None = None
    has_changed_on_disk: bool | None = None


class Run(Lenient):
    """run.json, as far as the report needs it."""

    run_id: str
    mode: str
    cell: str
    status: str
    started_at: datetime
    ended_at: datetime | None = None
    clock_offset_ns: int = 0
    clock_started_ns: int = 0
    spinal_version: str
    packages: dict[str, str]
    machine: Machine
    files: dict[str, str]
    profile_hash: str
    safety: Safety | None = None
    policy: dict[str, Any]
    seeds: dict[str, int]
    command: list[str]
    settings: dict[str, Any]
    summary: dict[str, Any] = {}
    problem: str | None = None


class Pick(Lenient):
    """One attempt, as picks.jsonl has it."""

    order: str
    attempt: int
    sku: str
    outcome: str
    ending: str
    truth: bool | None
    started_s: float | None
    duration_s: float | None
    cycle_s: float | None = None
    seed: int | None = None
    index: int | None = None
    distribution: str | None = None
    axes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    rungs: tuple[str, ...] = ()
    recoveries: tuple[str, ...] = ()

    @property
    def is_success(self) -> bool:
        """Return the truth where the simulator told it, else what the sensors said."""
        return self.outcome == "placed" if self.truth is None else self.truth


class Distribution(Lenient):
    """Quantiles of a duration, ns, and its histogram if it was kept: counts[i] fell below edges_ns[i + 1]."""

    p50_ns: float
    p99_ns: float
    p999_ns: float
    p9999_ns: float
    max_ns: float
    edges_ns: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()


class Timing(Lenient):
    """timing.json: how punctual System 1 was."""

    period_ns: int | None = None
    ticks: int
    missed: int
    wake: Distribution | None = None
    execution: Distribution | None = None


def read_run(path: Path) -> Run:
    """Return run.json; a JournalError if it cannot be read."""
    try:
        return Run.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise JournalError(f"{path} is not readable", value=error, next_step="name the folder of a run") from None


def read_picks(path: Path | None) -> tuple[Pick, ...]:
    """Return the attempts; a last line that was cut off by a crash is left out."""
    if path is None or not path.is_file():
        return ()
    lines = path.read_text(encoding="utf-8").splitlines()
    picks = []
    for number, line in enumerate(lines, start=1):
        try:
            picks.append(Pick.model_validate(json.loads(line)))
        except ValueError as error:
            if number == len(lines):
                break
            raise JournalError(f"{path}:{number} is no pick", value=error, next_step="look at the line") from None
    return tuple(picks)


def read_timing(path: Path | None) -> Timing | None:
    """Return the timing of System 1, or None when none was kept."""
    if path is None or not path.is_file():
        return None
    try:
        return Timing.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise JournalError(f"{path} is not readable", value=error, next_step="look at the file") from None
