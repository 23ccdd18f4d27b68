"""One pick in lockstep: load the cell, let the scripted expert decide, print what became of the order.

    python examples/lockstep_pick.py

The expert sees the simulator's state; it is a yardstick, not a policy. `spinal run --lockstep` does this over many
scenes.
"""

from __future__ import annotations

from pathlib import Path

from spinal.cell import load_cell
from spinal.run.deciders import ExpertDecider
from spinal.run.fit import declared
from spinal.run.pick import run_pick
from spinal.run.station import Station
from spinal.sim.scene import sample

CELL = Path(__file__).parents[1] / "cells" / "bin-picking"

cell = load_cell(CELL)
station = Station(cell)  # the compiled MuJoCo cell, its cameras and the parts of System 1
scene = sample(declared(cell, "lab"), seed=1, index=0)
result = run_pick(station, ExpertDecider(cell, station), scene)
station.close()

print(f"ordered {result.sku}: the sensors say {result.outcome}, the simulator says {result.succeeded}")
print(f"{result.cycle_s:.2f} s, {result.admitted} proposals admitted, {result.refused} refused")
print(f"journal head {result.journal_head[:16]}…: run it again, it is the same")
