"""What the supervisor is told about the cell: weights, places, times and thresholds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from spinal.errors import CellError
from spinal.supervise.ladder import Ladder, Rung
from spinal.supervise.source import Source

MILLISECOND_NS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What the scale gains when one unit arrives, kg, and by how much units and readings may differ, kg."""

    mass_kg: float
    tolerance_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A rectangle in the base frame, m; its border belongs to it."""

    x_min_m: float
    x_max_m: float
    y_min_m: float
    y_max_m: float

    def contains(self, x_m: float, y_m: float) -> bool:
        """Return whether the point is inside; a NaN is not."""
        return self.x_min_m <= x_m <= self.x_max_m and self.y_min_m <= y_m <= self.y_max_m


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the supervisor's decisions depend on, besides state and input.

    `destination` is where an item may be released: the destination tote, seen from above, with a margin. The values
    with defaults are chosen by hand for a pump that makes level 1 on a closed cup and a scale that is read at ≥ 20 Hz.
    `attempts_max` is for a cell without a ladder: the policy's tries of one order. With one, its rungs say how many.
    `has_sight`: a camera looks at the destination, and its looks are given as `Input.seen`.
    """

    home_rad: tuple[float, ...]
    weights: Mapping[str, Weight]
    destination: Zone
    attempts_max: int
    attempt_timeout_ns: int
    home_timeout_ns: int
    ladder: Ladder | None = None
    has_sight: bool = False
    vacuum_input: str = "vacuum"
    scale_input: str = "destination_scale_kg"
    home_tolerance_rad: float = 0.02
    home_settle_ns: int = 100 * MILLISECOND_NS
    vacuum_filter_ns: int = 140 * MILLISECOND_NS  # whose median is compared with the levels below
    held_level: float = 0.3  # from here up the cup is closed by an item, a leaky one too; an open cup draws about 0.1
    lost_level: float = 0.22  # below it, with the vacuum on, the item is gone; the gap between the two is hysteresis
    released_level: float = 0.15  # below it, with the vacuum off, nothing can hang on the cup any more
    hold_confirm_ns: int = 60 * MILLISECOND_NS
    loss_confirm_ns: int = 150 * MILLISECOND_NS
    regrasp_wait_ns: int = 2_000 * MILLISECOND_NS
    linger_ns: int = 300 * MILLISECOND_NS  # after the release the item falls and the policy clears the tote
    stall_max_ns: int = 1_500 * MILLISECOND_NS  # out of Track for longer: the attempt is interrupted
    reading_age_max_ns: int = 500 * MILLISECOND_NS
    scale_quiet_ns: int = 300 * MILLISECOND_NS
    scale_band_kg: float = 0.08
    scale_drift_kg: float = 0.01
    check_timeout_ns: int = 4_000 * MILLISECOND_NS
    stop_timeout_ns: int = 1_500 * MILLISECOND_NS  # the longest verified stop takes less

    def __post_init__(self) -> None:
        """Refuse weights that the scale could not tell from nothing, or that the levels could not tell apart."""
        for sku, weight in self.weights.items():
            is_plain = math.isfinite(weight.mass_kg) and weight.tolerance_kg > 0
            if not (is_plain and 2 * weight.tolerance_kg < weight.mass_kg):
                raise CellError(
                    f"the scale cannot tell one {sku} from none",
                    value=f"mass {weight.mass_kg} kg ± {weight.tolerance_kg} kg",
                    allowed="a tolerance below half the mass",
                    next_step=f"correct skus.{sku} in cell.toml, or weigh better",
                )
        if not 0 < self.released_level <= self.lost_level < self.held_level <= 1:
            raise CellError(
                "the vacuum levels are out of order",
                value=(self.released_level, self.lost_level, self.held_level),
                allowed="0 < released_level <= lost_level < held_level <= 1",
            )

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """Return the rungs of the ladder; a cell without one has the policy only."""
        if self.ladder is None:
            return (Rung(name="policy", source=Source.POLICY, attempts=self.attempts_max),)
        return self.ladder.rungs

    @property
    def order_time_max_ns(self) -> int:
        """Return how long an order may take at most while the arm neither waits for people nor is slowed for them."""
        around_ns = 2 * self.home_timeout_ns + self.stop_timeout_ns + 2 * self.check_timeout_ns
        recover_ns = 0 if self.ladder is None else self.ladder.recover_timeout_ns
        return sum(
            rung.attempts * (around_ns + recover_ns + round(self.attempt_timeout_ns / rung.speed_scale))
            for rung in self.rungs
        )
