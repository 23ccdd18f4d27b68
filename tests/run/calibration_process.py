"""A calibration in a process of its own, to be killed: prints of each attempt whether it went well."""

from __future__ import annotations

import sys
from pathlib import Path

from spinal.run.calibration import Calibrating, calibrate
from spinal.watch import Promise


def tell(went_well: bool) -> None:
    """Print it as one line."""
    sys.stdout.write(f"{went_well}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asked = Calibrating(
        cell=Path(sys.argv[1]),
        episodes=100,
        workers=1,
        runs=Path(sys.argv[2]),
        promise=Promise(mode="marginal", alpha=0.5),
        is_pooled=True,
    )
    calibrate(asked, lambda total, kept: None, tell, sys.exit)
