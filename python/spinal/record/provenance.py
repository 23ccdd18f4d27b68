"""run.json: what ran, with every version and hash; written when the run begins and again when it ends."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from spinal.errors import JournalError

# What a decision or a record depends on; the rest of the environment is named by the interpreter and the platform.
PACKAGES: Final = (
    "fastapi",
    "cryptography",
    "foxglove-sdk",
    "mcap",
    "mujoco-core",
    "numpy",
    "onnxruntime",
    "pydantic",
    "scipy",
)


class Machine(BaseModel):
    """The machine that the run was made on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    platform: str
    python: str
    cpu: str
    cores: int
    kernel: str


class SafetyRecord(BaseModel):
    """How the safety profile of the run was signed, and whether its files were still the same when the run ended.

    A changed file changes nothing in the run, which holds the profile that it began with; the next run would refuse it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    signature: str
    what: str
    signer: str | None
    key: str | None
    signed_at: datetime | None
    reason: str | None
    was_allowed_unsigned: bool
    profile_hash_at_end: str | None = None
    has_changed_on_disk: bool | None = None


class RunRecord(BaseModel):
    """All of run.json. `status` stays "running" when the run did not live to write its end.

    `files` maps names to SHA-256; `seeds` names to numbers; `settings` is what the command was asked to do; `summary`
    what came out. Times are UTC. The run began at `clock_started_ns` of its own clock; `clock_offset_ns` added to an
    instant of that clock gives wall-clock ns.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    run_id: str
    mode: Literal["realtime", "lockstep"]
    cell: str
    status: Literal["running", "finished", "failed"] = "running"
    started_at: datetime
    ended_at: datetime | None = None
    clock_offset_ns: int = 0
    clock_started_ns: int = 0
    spinal_version: str
    packages: dict[str, str]
    machine: Machine
    files: dict[str, str]
    profile_hash: str
    safety: SafetyRecord | None = None
    policy: dict[str, Any]
    seeds: dict[str, int]
    command: list[str]
    settings: dict[str, Any]
    summary: dict[str, Any] = {}
    problem: str | None = None


def begin_run(
    path: Path,
    *,
    run_id: str,
    mode: Literal["realtime", "lockstep"],
    cell: str,
    spinal_version: str,
    files: Mapping[str, str],
    profile_hash: bytes,
    safety: SafetyRecord | None = None,
    policy: Mapping[str, Any],
    seeds: Mapping[str, int],
    settings: Mapping[str, Any],
    clock_offset_ns: int = 0,
    clock_started_ns: int = 0,
    started_at: datetime | None = None,
    command: Sequence[str] | None = None,
) -> RunRecord:
    """Write run.json at the start of a run and return what it holds."""
    record = RunRecord(
        run_id=run_id,
        mode=mode,
        cell=cell,
        started_at=started_at or datetime.now(tz=UTC),
        clock_offset_ns=clock_offset_ns,
        clock_started_ns=clock_started_ns,
        spinal_version=spinal_version,
        packages=package_versions(),
        machine=describe_machine(),
        files=dict(files),
        profile_hash=profile_hash.hex(),
        safety=safety,
        policy=dict(policy),
        seeds=dict(seeds),
        command=list(sys.argv if command is None else command),
        settings=dict(settings),
    )
    _write(path, record)
    return record


def end_run(
    path: Path,
    record: RunRecord,
    *,
    summary: Mapping[str, Any],
    problem: str | None = None,
    ended_at: datetime | None = None,
    safety: SafetyRecord | None = None,
) -> RunRecord:
    """Write run.json again at the end of a run and return what it holds; `problem` says why it failed.

    `safety` is what was found of the profile at the end.
    """
    ended = record.model_copy(
        update={
            "status": "finished" if problem is None else "failed",
            "ended_at": ended_at or datetime.now(tz=UTC),
            "summary": dict(summary),
            "problem": problem,
            **({} if safety is None else {"safety": safety}),
        }
    )
    _write(path, ended)
    return ended


def read_run(path: Path) -> RunRecord:
    """Return what run.json holds; a JournalError if it cannot be read."""
    try:
        return RunRecord.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise JournalError(f"{path} is not readable", value=error, next_step="name the folder of a run") from None


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that matter here; one that is missing is left out."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def describe_machine() -> Machine:
    """Return what is known of this machine."""
    return Machine(
        platform=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        cpu=_cpu_name(),
        cores=len(os.sched_getaffinity(0)),
        kernel=platform.release(),
    )


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def _write(path: Path, record: RunRecord) -> None:
    """Replace the file in one step, and only with a whole one that has reached the disk."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(json.dumps(record.model_dump(mode="json"), indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
