"""What this machine can and cannot do for Spinal, each with the next step."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import shutil
import socket
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path


class Grade(StrEnum):
    """How a check came out."""

    OK = "ok"
    WEAK = "weak"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """One thing that was looked at."""

    name: str
    grade: Grade
    found: str
    next_step: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return it as plain strings."""
        return {key: str(value) for key, value in asdict(self).items()}


def examine(port: int) -> list[Examination]:
    """Return every examination of this machine; `port` is where the cell would listen."""
    checks: list[Callable[[], Examination]] = [
        _python,
        _processor,
        _core,
        _rendering,
        _inference,
        _realtime_scheduling,
        _locked_memory,
        _cores,
        _shared_memory,
        lambda: _port(port),
    ]
    return [check() for check in checks]


def _python() -> Examination:
    version = platform.python_version()
    ok = sys.version_info >= (3, 11)
    return Examination(
        name="Python", grade=Grade.OK if ok else Grade.MISSING, found=version, next_step="" if ok else "install 3.11+"
    )


def _processor() -> Examination:
    """Look for what the core is built for: x86-64-v3, docs/adr/0006."""
    if platform.machine() != "x86_64":
        return Examination(name="processor", grade=Grade.OK, found=platform.machine())
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    flags = next((line.split() for line in text.splitlines() if line.startswith("flags")), [])
    missing = [flag for flag in ("avx2", "fma") if flag not in flags]
    return Examination(
        name="processor",
        grade=Grade.MISSING if missing else Grade.OK,
        found=f"no {', no '.join(missing)}" if missing else "x86_64 with AVX2 and FMA",
        next_step="take another machine: Intel since 2013, AMD since 2015" if missing else "",
    )


def _core() -> Examination:
    try:
        from spinal import _core
    except ImportError as error:
        return Examination(name="Rust core", grade=Grade.MISSING, found=str(error), next_step="run tools/setup run")
    if _core.HAS_SEEDED_BUGS:
        return Examination(
            name="Rust core",
            grade=Grade.MISSING,
            found="built with bugs seeded in its gate",
            next_step="run tools/setup run: this build is for tests of the monitor and runs no robot",
        )
    return Examination(name="Rust core", grade=Grade.OK, found=Path(_core.__file__ or "").name)


def _rendering() -> Examination:
    from spinal.errors import SpinalError
    from spinal.sim.cameras import try_rendering

    try:
        renderer = try_rendering()
    except SpinalError as error:
        return Examination(
            name="headless rendering", grade=Grade.MISSING, found=str(error.value), next_step=error.next_step or ""
        )
    return Examination(name="headless rendering", grade=Grade.OK, found=renderer)


def _inference() -> Examination:
    try:
        import onnxruntime
    except ImportError as error:
        return Examination(name="ONNX Runtime", grade=Grade.MISSING, found=str(error), next_step="run tools/setup run")
    return Examination(name="ONNX Runtime", grade=Grade.OK, found=str(onnxruntime.__version__))


def _realtime_scheduling() -> Examination:
    # Ask in a child, so that this process keeps its own scheduling.
    child = os.fork()
    if child == 0:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
            os._exit(0)
        except OSError as error:
            os._exit(error.errno or errno.EPERM)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == 0:
        return Examination(name="SCHED_FIFO", grade=Grade.OK, found="allowed")
    return Examination(
        name="SCHED_FIFO",
        grade=Grade.WEAK,
        found=os.strerror(status),
        next_step="run as root, or grant CAP_SYS_NICE or an rtprio limit; until then ticks can be late under load",
    )


def _locked_memory() -> Examination:
    soft, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    libc = ctypes.CDLL(None, use_errno=True)
    child = os.fork()
    if child == 0:
        os._exit(0 if libc.mlockall(3) == 0 else 1)
    allowed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    found = "allowed" if allowed else f"limit {soft} bytes"
    next_step = (
        "" if allowed else "raise the memlock limit or grant CAP_IPC_LOCK; until then a page fault can delay a tick"
    )
    return Examination(
        name="locked memory", grade=Grade.OK if allowed else Grade.WEAK, found=found, next_step=next_step
    )


def _cores() -> Examination:
    cores = len(os.sched_getaffinity(0))
    return Examination(
        name="processor cores",
        grade=Grade.OK if cores >= 2 else Grade.WEAK,
        found=str(cores),
        next_step="" if cores >= 2 else "with one core System 1 and System 2 share it; use two or more",
    )


def _shared_memory() -> Examination:
    folder = Path("/dev/shm")
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return Examination(
            name="shared memory", grade=Grade.MISSING, found="/dev/shm is not writable", next_step="mount a tmpfs there"
        )
    free = shutil.disk_usage(folder).free // 2**20
    return Examination(
        name="shared memory",
        grade=Grade.OK if free >= 64 else Grade.WEAK,
        found=f"{free} MiB free",
        next_step="" if free >= 64 else "free at least 64 MiB in /dev/shm",
    )


def _port(port: int) -> Examination:
    with socket.socket() as probe:
        # As the server does, so that a closed connection of an earlier run does not count as "in use".
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return Examination(
                name=f"port {port}",
                grade=Grade.MISSING,
                found=os.strerror(error.errno or 0),
                next_step="end the program that listens there, or choose another with --port",
            )
    return Examination(name=f"port {port}", grade=Grade.OK, found="free")
