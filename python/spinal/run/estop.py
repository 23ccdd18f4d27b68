"""The emergency stop of every cell that runs on this machine, past the host: it works when the host hangs."""

from __future__ import annotations

from pathlib import Path

from spinal import _core
from spinal.run.channels import SHARED_MEMORY


def press_all(*, release: bool = False, memory: Path | None = None) -> list[str]:
    """Press, or release, the emergency stop of every run; return the runs' names, the newest last."""
    reached = []
    for flag in sorted((memory or SHARED_MEMORY).glob("spinal-*/estop")):
        try:
            estop = _core.Flag.open(flag)
        except (OSError, ValueError):
            continue  # a run that is just ending
        estop.down() if release else estop.up()
        reached.append(flag.parent.name.removeprefix("spinal-"))
    return reached
