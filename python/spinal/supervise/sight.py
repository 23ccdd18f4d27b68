"""What the camera adds to the outcome check: the third witness, beside scale and vacuum.

It never overrules the two: where the three contradict each other, the outcome is UNCLEAR. What it can do alone is to
explain a weight that the master data does not: then one unit is believed, and the weight is told as a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from spinal.records import Seen


class Sight(StrEnum):
    """What came into the destination, as far as the camera tells."""

    ONE = "one"  # one unit of the ordered SKU, and nothing else
    NONE = "none"  # nothing: it was empty before, and is now
    SEVERAL = "several"  # more than one unit of the ordered SKU
    OTHER = "other"  # another SKU, or another thing
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The destination before and after an attempt. None: nobody looked, or not where it could be judged from."""

    before: Seen | None
    after: Seen | None


EMPTY = Seen(at_ns=0, counts={}, others=0, is_empty=True)
"""What stands for a look before an attempt when the scale shows that nothing lies in the destination."""


LOOKS_KEPT = 2


def agree(looks: tuple[Seen, ...]) -> Seen | None:
    """Return what all the looks show; where they differ, that is a doubt. None for no look."""
    if not looks:
        return None
    names = set().union(*(seen.counts for seen in looks))
    counts = {name: min(seen.counts.get(name, 0) for seen in looks) for name in sorted(names)}
    doubts = tuple(dict.fromkeys(doubt for seen in looks for doubt in seen.doubts))
    if any(dict(seen.counts) != dict(looks[0].counts) or seen.others != looks[0].others for seen in looks):
        doubts = (*doubts, "two looks differ")
    return Seen(
        at_ns=max(seen.at_ns for seen in looks),
        counts={name: count for name, count in counts.items() if count},
        others=min(seen.others for seen in looks),
        is_empty=all(seen.is_empty for seen in looks),
        doubts=doubts,
    )


def compare(look: Look, sku: str) -> tuple[Sight, str]:
    """Return what came into the destination, and how the camera tells it, for people."""
    before, after = look.before, look.after
    if after is None or before is None:
        when = "after" if after is None else "before"
        return Sight.UNSURE, f"the camera did not see the destination {when} the attempt"
    doubts = (*before.doubts, *after.doubts)
    gained = {name: after.counts.get(name, 0) - before.counts.get(name, 0) for name in {*before.counts, *after.counts}}
    others = after.others - before.others
    told = "the camera sees " + _told(gained, others)
    if doubts:
        return Sight.UNSURE, f"{told}, in doubt: {', '.join(doubts)}"
    if others < 0 or any(change < 0 for change in gained.values()):
        return Sight.UNSURE, f"{told}: less than before"
    total = sum(gained.values()) + others
    if total == 0:
        is_none = before.is_empty and after.is_empty
        return (Sight.NONE, told) if is_none else (Sight.UNSURE, f"{told}, but is not sure of it")
    if gained.get(sku, 0) != total:
        return Sight.OTHER, told
    return (Sight.ONE if total == 1 else Sight.SEVERAL), told


def evidence(look: Look | None, sku: str) -> dict[str, Any] | None:
    """Return the looks as plain JSON values; None when there is no camera to look with."""
    if look is None:
        return None
    return {"found": str(compare(look, sku)[0]), "before": _plain(look.before), "after": _plain(look.after)}


def _plain(seen: Seen | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    return {
        "at_ns": seen.at_ns,
        "counts": dict(sorted(seen.counts.items())),
        "others": seen.others,
        "is_empty": seen.is_empty,
        "doubts": list(seen.doubts),
    }


def _told(gained: Mapping[str, int], others: int) -> str:
    parts = [f"{change:+d} {name}" for name, change in sorted(gained.items()) if change]
    parts += [f"{others:+d} of another kind"] if others else []
    return ", ".join(parts) or "nothing new"
