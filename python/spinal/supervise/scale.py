"""A weight that can be trusted: the mean of noisy readings over a time in which they neither drift nor jump."""

from __future__ import annotations

import math
from dataclasses import dataclass

from spinal.supervise.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietScale:
    """The newest readings, as (instant in ns, kg), over `Settings.scale_quiet_ns`; oldest first."""

    readings: tuple[tuple[int, float], ...] = ()

    def feed(self, settings: Settings, at_ns: int, scale_kg: float) -> QuietScale:
        """Return the scale after one more reading; one that is not finite begins anew."""
        if not math.isfinite(scale_kg):
            return QuietScale()
        if self.readings and at_ns <= self.readings[-1][0]:
            return self
        # One reading from before the window stays, so that what is there spans all of it.
        kept = self.readings
        while len(kept) > 1 and at_ns - kept[1][0] >= settings.scale_quiet_ns:
            kept = kept[1:]
        return QuietScale(readings=(*kept, (at_ns, scale_kg)))

    def weight(self, settings: Settings) -> float | None:
        """Return the mean reading, kg, once the scale is at rest, else None.

        At rest: all readings of the window lie within `scale_band_kg`, which its noise must fit into, and the means of
        its two halves within `scale_drift_kg`. Noise of standard deviation s leaves s / sqrt(n) in the mean of n.
        """
        masses = [kg for _, kg in self.readings]
        if len(masses) < 2 or self.readings[-1][0] - self.readings[0][0] < settings.scale_quiet_ns:
            return None
        half = len(masses) // 2
        drift_kg = sum(masses[-half:]) / half - sum(masses[:half]) / half
        if max(masses) - min(masses) > settings.scale_band_kg or abs(drift_kg) > settings.scale_drift_kg:
            return None
        return sum(masses) / len(masses)
