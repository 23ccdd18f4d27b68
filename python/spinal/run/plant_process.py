"""The simulated robot: physics at real-time pace, cameras, totes. In a real cell the robot stands in its place."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from spinal.cell import load_cell
from spinal.errors import SpinalError
from spinal.run.channels import OVERVIEW_PX
from spinal.run.fit import declared
from spinal.sim.plant_process import SceneRequest, SimulatedRobot

OVERVIEW_HZ = 8.0
"""Pictures for people a second: smooth enough to follow, and a small share of a core without shadows."""


def main() -> int:
    """Serve the run's channels until SIGTERM; exit code 2 with the message in the log when something is wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cell", type=Path, required=True)
    parser.add_argument("--link", type=Path, required=True)
    parser.add_argument("--distribution", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--axis", default=None)
    arguments = parser.parse_args()
    try:
        cell = load_cell(arguments.cell)
        robot = SimulatedRobot(
            arguments.link,
            {name: declared(cell, name) for name in cell.config.simulation.distributions},
            SceneRequest(
                number=0,
                distribution=arguments.distribution,
                seed=arguments.seed,
                index=0,
                axis=arguments.axis,
                sku=None,
            ),
            rates_hz={name: camera.rate_hz for name, camera in cell.config.cameras.items()} | {"overview": OVERVIEW_HZ},
            overview_px=OVERVIEW_PX,
            safe_state=cell.config.robot.safe_state,
        )
    except SpinalError as error:
        sys.stderr.write(f"plant: {error}\n")
        return 2

    def end(number: int, frame: FrameType | None) -> None:
        robot.is_ending = True

    signal.signal(signal.SIGTERM, end)
    robot.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
