"""A ladder for the small cell."""

from __future__ import annotations

from dataclasses import replace

from small_cell import SECOND_NS, SETTINGS

from spinal.supervise import Job, Ladder, Recovery, Rung, Source

LADDER = Ladder(
    rungs=(
        Rung(name="policy", source=Source.POLICY, attempts=2, recoveries=(None, Recovery.NEW_VIEW)),
        Rung(name="careful", source=Source.POLICY, recoveries=(Recovery.NEW_VIEW,), speed_scale=0.5),
        Rung(name="second", source=Source.SECOND, recoveries=(Recovery.STIR,)),
        Rung(name="skill", source=Source.SKILL, attempts=2, recoveries=(Recovery.NEW_VIEW, Recovery.STIR)),
    ),
    skips_max=1,
    ask_timeout_ns=30 * SECOND_NS,
    recover_timeout_ns=4 * SECOND_NS,
)
WITH_LADDER = replace(SETTINGS, ladder=LADDER)


def jobs(count: int) -> list[Job]:
    """Return so many orders."""
    return [Job(order=f"T{n}", sku="red_box", attempt=1) for n in range(1, count + 1)]
