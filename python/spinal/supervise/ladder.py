"""The degradation ladder of a cell: which rungs there are, and the rules by which the cell goes down and up on them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from spinal.errors import CellError
from spinal.supervise.source import Source

ASK, STOP = "ask", "stop"
"""What is below every ladder's last rung: the cell holds and asks a person; nobody came, and it stops."""


class Recovery(StrEnum):
    """A scripted motion before an attempt, so that the attempt differs from the one before."""

    NEW_VIEW = "new_view"  # the attempt begins from a declared look pose, another one each time
    STIR = "stir"  # the cup goes through the heap, so that things lie differently


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One way of working. `attempts`: tries of one order on it before the next rung.

    `recoveries`: the motion before the first try, the second, ...; the last one stands for all that follow, and None
    for no motion. `speed_scale`: share of the joints' speed limits; 1 is the profile's own. `clears_after`: 0: the cell
    is back on a higher rung with the next order; n: after n orders in a row that were placed from this rung.
    """

    name: str
    source: Source
    attempts: int = 1
    recoveries: tuple[Recovery | None, ...] = ()
    speed_scale: float = 1.0
    clears_after: int = 0

    def recovery(self, tries: int) -> Recovery | None:
        """Return the motion before the try after so many."""
        return self.recoveries[min(tries, len(self.recoveries) - 1)] if self.recoveries else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The rungs of a cell, the best one first.

    An order for which no rung is left is skipped: it ends as failed, with all that was tried. `skips_max` orders in a
    row may be; with one more the cell holds and asks a person. Who does not come within `ask_timeout_ns` finds it
    stopped.
    """

    rungs: tuple[Rung, ...]
    skips_max: int
    ask_timeout_ns: int
    recover_timeout_ns: int

    def __post_init__(self) -> None:
        """Refuse a ladder that cannot be gone down in bounded time."""
        if not self.rungs or any(rung.attempts < 1 or not 0 < rung.speed_scale <= 1 for rung in self.rungs):
            raise CellError(
                "the ladder has no rungs, or one that is never tried or stands still",
                value=self.rungs,
                allowed="at least one rung with attempts >= 1 and 0 < speed_scale <= 1",
            )

    def after_failure(self, rung: int, tries: int, *, is_told: bool) -> int | None:
        """Return the rung of the next try after `tries` on `rung`; None when there is no rung left.

        `is_told`: something other than the outcome says that this rung does not work here: an alarm, a policy that fell
        silent. Then it is not tried again.
        """
        if not is_told and tries < self.rungs[rung].attempts:
            return rung
        return rung + 1 if rung + 1 < len(self.rungs) else None

    def after_order(self, began: int, rung: int, placed: int, *, is_placed: bool) -> tuple[int, int]:
        """Return the rung for the next order, and how many in a row were placed from it.

        The order began on rung `began`, from which `placed` orders in a row had been placed, and ended on `rung`.
        """
        placed = placed + 1 if is_placed and began == rung else 0
        if rung > 0 and 0 < self.rungs[rung].clears_after <= placed:
            rung, placed = rung - 1, 0
        climbed = rung
        while climbed > 0 and self.rungs[climbed].clears_after == 0:
            climbed -= 1
        return climbed, placed if 0 < climbed == rung else 0

    def clears(self, rung: int, placed: int) -> str:
        """Return what brings the cell to a higher rung, for people; empty on the highest one."""
        if rung == 0:
            return ""
        needed = self.rungs[rung].clears_after
        return f"{needed} orders in a row placed like this ({placed} so far)" if needed else "the next order"
