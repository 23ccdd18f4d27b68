"""Times how long the gate looks at shapes along a stopping path: `python benchmarks/clearance.py CELL`.

The path: 10 samples, 12 ms apart, of an arm that brakes from up to 0.8 rad/s on three joints, from random points of the
way from home into the source tote. Called from Python, so a call's own cost (measured beside it with one sample) and
placing the links are in it.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from spinal import _core
from spinal.cell import load_cell
from spinal.run import parts

SAMPLES, STEP_S, CALLS = 10, 0.012, 20_000


def main() -> None:
    """Print p50 and p99 in µs."""
    cell = load_cell(Path(sys.argv[1]))
    core, arm = parts.make_geometry(cell), parts.make_arm()
    assert core is not None, "the cell has no shapes"
    clearance = _core.Clearance(core, arm)
    home = np.array(cell.config.robot.home_rad)
    position, rotation = arm.tool_pose(home)
    down = position + np.linspace(0.0, 1.0, 200)[:, None] * (np.array([0.45, -0.25, 0.03]) - position)
    way = arm.solve_path(down, rotation, home)
    t = np.arange(SAMPLES) * STEP_S
    braking = (t - t**2 / (2.0 * t[-1]))[:, None]
    generator = np.random.Generator(np.random.Philox(1))
    bent = np.full(6, 12.0 * STEP_S**2 / 8.0)
    times: dict[int, list[float]] = {1: [], SAMPLES: []}
    clear = 0
    for _ in range(CALLS):
        start = way[generator.integers(len(way))]
        velocity = generator.uniform(-0.8, 0.8, 6) * [1, 1, 1, 0, 0, 0]
        path = start + braking * velocity
        for count, found in times.items():
            began = time.perf_counter_ns()
            result = clearance.look_along(path[:count], bent)
            found.append((time.perf_counter_ns() - began) * 1e-3)
        clear += result is None
    print(f"{len(clearance.pairs())} pairs, {CALLS} paths, {clear} clear")
    for count, found in times.items():
        print(f"{count} samples: p50 {np.percentile(found, 50):.2f} us, p99 {np.percentile(found, 99):.2f} us")


if __name__ == "__main__":
    main()
