"""A weight that can be trusted: the mean of readings that stayed within a small band for long enough."""

from __future__ import annotations

import math
from dataclasses import dataclass

from spinal.supervise.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietScale:
    """Readings since the last one that left the band. Masses in kg, instants in ns."""

    since_ns: int = 0
    last_ns: int = 0
    low_kg: float = math.inf
    high_kg: float = -math.inf
    total_kg: float = 0.0
    count: int = 0

    def feed(self, settings: Settings, at_ns: int, scale_kg: float) -> QuietScale:
        """Return the scale after one more reading; one that is not finite or leaves the band begins anew."""
        if not math.isfinite(scale_kg):
            return QuietScale()
        if self.count > 0 and at_ns <= self.last_ns:
            return self
        low_kg, high_kg = min(self.low_kg, scale_kg), max(self.high_kg, scale_kg)
        if self.count == 0 or high_kg - low_kg > settings.scale_quiet_kg:
            return QuietScale(
                since_ns=at_ns, last_ns=at_ns, low_kg=scale_kg, high_kg=scale_kg, total_kg=scale_kg, count=1
            )
        return QuietScale(
            since_ns=self.since_ns,
            last_ns=at_ns,
            low_kg=low_kg,
            high_kg=high_kg,
            total_kg=self.total_kg + scale_kg,
            count=self.count + 1,
        )

    def weight(self, settings: Settings) -> float | None:
        """Return the mean reading, kg, once the scale has been quiet for long enough, else None."""
        if self.count == 0 or self.last_ns - self.since_ns < settings.scale_quiet_ns:
            return None
        return self.total_kg / self.count
