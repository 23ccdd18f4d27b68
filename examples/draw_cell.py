"""Draws the cell in the middle of a pick, as on the first page of the README.

    python examples/draw_cell.py docs/pictures/cell.png

Needs no policy: the scripted expert moves the arm.
"""

from __future__ import annotations

import sys
from pathlib import Path

from matplotlib import image

from spinal.cell import load_cell
from spinal.records import Image, Task
from spinal.run import parts
from spinal.run.deciders import ExpertDecider
from spinal.run.fit import declared
from spinal.run.station import Station
from spinal.sim.scene import sample

CELL = Path(__file__).parents[1] / "cells" / "bin-picking"
SCENE = 35
BETWEEN_TOTES_Y_M = -0.02
DECISIONS_MAX = 40
LATENCY_NS, REST_NS = 60_000_000, 140_000_000


def draw(width: int, height: int) -> Image:
    """Return a picture (height, width, 3), RGB: the scripted expert carries an item from tote to tote."""
    cell = load_cell(CELL)
    station = Station(cell)
    expert = ExpertDecider(cell, station)
    scene = sample(declared(cell, "lab"), seed=1, index=SCENE)
    rollout = station.begin(scene)
    rollout.grant(parts.POLICY_SOURCE)
    task = Task(order="picture", sku=scene.sku, attempt=1)
    for _ in range(DECISIONS_MAX):
        observation = rollout.feel(task)
        if observation.proprioception.tool_measured_m[1] > BETWEEN_TOTES_Y_M:
            break
        plan = expert.decide(rollout, observation)
        rollout.advance(LATENCY_NS)
        rollout.propose(plan, observation, parts.POLICY_SOURCE)
        rollout.advance(REST_NS)
    picture = station.cameras.overview(station.simulation.data, width, height, shadows=True)
    station.close()
    return picture


if __name__ == "__main__":
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "cell.png")
    image.imsave(path, draw(1280, 720))
    print(f"wrote {path}")
