"""The clocks that the store writes down, given to it so that tests and lockstep can move them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Wall-clock ns for people, monotonic ns for leases, and the name of the boot that the latter counts from."""

    wall_ns: Callable[[], int]
    monotonic_ns: Callable[[], int]
    boot: str

    @classmethod
    def system(cls) -> Clock:
        """Return the machine's clocks."""
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return cls(wall_ns=time.time_ns, monotonic_ns=time.monotonic_ns, boot=boot)
