"""What differs between two safety profiles, and whether it became looser or tighter.

The name of a limit says which way is looser: a `…_max_…` is looser when it is higher, a `…_min_…` when it is lower. A
change that the name does not tell counts like a looser one: a person has to say why.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel


class Direction(StrEnum):
    """What a change does to the safety of a profile."""

    LOOSER = "looser"
    CHANGED = "changed"
    TIGHTER = "tighter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One limit that is another one now; None where it was not there or is no more."""

    key: str
    before: Any
    after: Any
    direction: Direction

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"key": self.key, "before": self.before, "after": self.after, "direction": str(self.direction)}


def flatten(limits: BaseModel) -> dict[str, Any]:
    """Return every limit by its key (`joints.elbow.torque_max_nm`) as JSON values; a list is one value."""
    flat: dict[str, Any] = {}

    def walk(prefix: str, value: Any) -> None:
        if value is None:
            return  # a section that the profile leaves out
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(f"{prefix}.{name}" if prefix else str(name), inner)
        else:
            flat[prefix] = value

    walk("", limits.model_dump(mode="json"))
    return flat


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return what differs, the looser first, then by key."""
    keys = [
        key for key in {**before, **after} if before.get(key) != after.get(key) or (key in before) != (key in after)
    ]
    found = [
        Change(
            key=key,
            before=before.get(key),
            after=after.get(key),
            direction=_direction(key, before.get(key), after.get(key)),
        )
        for key in keys
    ]
    order = list(Direction)
    return sorted(found, key=lambda change: (order.index(change.direction), change.key))


def _direction(key: str, before: Any, after: Any) -> Direction:
    words = key.rsplit(".", 1)[-1].split("_")
    higher_is_looser = "max" in words
    if higher_is_looser == ("min" in words):
        return Direction.CHANGED
    if before is None:
        return Direction.TIGHTER
    if after is None:
        return Direction.LOOSER
    old, new = _number(before), _number(after)
    if old is None or new is None or old == new:
        return Direction.CHANGED
    return Direction.LOOSER if (new > old) == higher_is_looser else Direction.TIGHTER


def _number(value: Any) -> float | None:
    if value == "unlimited":
        return math.inf
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None
