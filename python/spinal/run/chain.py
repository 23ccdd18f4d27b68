"""Which parts of the chain (monitor, ladder, verifier) a run has: a cell's own, or what an experiment asks for."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from spinal import watch
from spinal.cell import Cell
from spinal.cell.ladder import RungConfig
from spinal.errors import CellError

WatchKind = Literal["off", "calibrated", "random", "elapsed", "oracle"]
"""Whose alarms end attempts: nobody's, the calibrated monitor's, or a control's: see `run.controls`.

`random` draws them, `elapsed` looks at the clock only, `oracle` is privileged: it sees the simulator's state.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What stands around the policy. Made bare, nothing does: the policy alone, tried again as it is.

    `ladder`: names of the cell's rungs, in order; empty for none. `watch_rate`: share of attempts that `random` alarms
    in; `watch_after_s`: the age of an attempt at which `elapsed` does. `bundle`: another primary policy than the
    cell's. A campaign with another chain is another campaign.
    """

    ladder: tuple[str, ...] = ()
    watch: WatchKind = "off"
    watch_rate: float = 0.05
    watch_after_s: float = 5.0
    verifier: bool = False
    bundle: Path | None = None

    def told(self) -> dict[str, Any]:
        """Return it as JSON values, as identities and reports tell it."""
        used = {"random": ("watch_rate",), "elapsed": ("watch_after_s",)}.get(self.watch, ())
        unused = {"watch_rate", "watch_after_s", "bundle"} - set(used)  # a bundle's files are hashed by content
        found = {key: value for key, value in asdict(self).items() if key not in unused}
        return found | {"ladder": list(self.ladder)}


BARE = Chain()


def chain_of(cell: Cell) -> Chain:
    """Return the chain that the cell runs with in production: all of its ladder, and its monitor once calibrated."""
    ladder = tuple(rung.rung for rung in cell.config.ladder)
    is_watched = (cell.policy_folder / watch.JSON).is_file()
    return Chain(ladder=ladder, watch="calibrated" if is_watched else "off", verifier=bool(ladder))


def rungs_of(cell: Cell, chain: Chain) -> tuple[RungConfig, ...]:
    """Return the rungs of the cell that the chain names; CellError for one that the cell does not have."""
    declared = {rung.rung: rung for rung in cell.config.ladder}
    for name in chain.ladder:
        if name not in declared:
            raise CellError(
                "the cell's ladder has no such rung",
                value=name,
                allowed=", ".join(declared) or "none: cell.toml has no [[ladder]]",
                next_step=f"add it to [[ladder]] in {cell.folder / 'cell.toml'}, or leave it out",
            )
    return tuple(rung for name, rung in declared.items() if name in chain.ladder)


def with_bundle(cell: Cell, chain: Chain) -> Cell:
    """Return the cell with the chain's policy bundle in place of its own."""
    if chain.bundle is None:
        return cell
    policy = cell.config.policy.model_copy(update={"bundle": str(chain.bundle.resolve())})
    return replace(cell, config=cell.config.model_copy(update={"policy": policy}))
