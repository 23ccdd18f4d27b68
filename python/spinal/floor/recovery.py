"""What became of an order whose process died while placing it: judged by the scale, if the scale can tell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from spinal.floor.orders import Intent


class Finding(StrEnum):
    """Whether the unit in question is in the destination."""

    PLACED = "placed"
    NOT_PLACED = "not placed"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the sensors say now, at rest.

    `scale_id` names the scale and its last zero: a scale that was replaced or zeroed since cannot be compared with.
    In a simulated cell it is the plant's run, because a new plant begins with an empty destination.
    """

    scale_id: str
    scale_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A finding with the reason that a person reads and the numbers behind it."""

    finding: Finding
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Ids of the orders that were in hand, by what became of them; `review` with the reason for each."""

    returned: tuple[str, ...] = ()
    placed: tuple[str, ...] = ()
    not_placed: tuple[str, ...] = ()
    review: tuple[tuple[str, str], ...] = ()

    @property
    def count(self) -> int:
        """Return how many orders were in hand."""
        return len(self.returned) + len(self.placed) + len(self.not_placed) + len(self.review)


def judge(intent: Intent | None, now: Evidence | None) -> Judgement:
    """Return whether the unit was placed, from the scale before and the scale now.

    Placed if the gain fits the expected mass within the tolerance, not placed if it fits zero, unclear if it fits
    neither or could fit both. All masses in kg.
    """
    if intent is None:
        return Judgement(finding=Finding.UNCLEAR, reason="no scale reading from before the release is stored")
    if now is None or not math.isfinite(now.scale_kg):
        return Judgement(finding=Finding.UNCLEAR, reason="the destination scale gives no reading now")
    gain_kg = now.scale_kg - intent.scale_kg
    evidence = {
        "scale_before_kg": intent.scale_kg,
        "scale_now_kg": now.scale_kg,
        "gain_kg": gain_kg,
        "expected_kg": intent.expected_kg,
        "tolerance_kg": intent.tolerance_kg,
        "scale_id_before": intent.scale_id,
        "scale_id_now": now.scale_id,
    }
    numbers = (
        f"the scale gained {gain_kg:+.3f} kg; one unit weighs {intent.expected_kg:.3f} ± {intent.tolerance_kg:.3f} kg"
    )
    if now.scale_id != intent.scale_id:
        reason = "the destination scale was replaced or zeroed since the release, so its readings cannot be compared"
        return Judgement(finding=Finding.UNCLEAR, reason=reason, evidence=evidence)
    fits_one = abs(gain_kg - intent.expected_kg) <= intent.tolerance_kg
    fits_none = abs(gain_kg) <= intent.tolerance_kg
    match (fits_one, fits_none):
        case (True, False):
            return Judgement(finding=Finding.PLACED, reason=numbers, evidence=evidence)
        case (False, True):
            return Judgement(finding=Finding.NOT_PLACED, reason=numbers, evidence=evidence)
        case _:
            return Judgement(finding=Finding.UNCLEAR, reason=numbers, evidence=evidence)
