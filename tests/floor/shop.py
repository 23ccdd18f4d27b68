"""The catalogue, clock and numbers that the tests of the task store share."""

from __future__ import annotations

from dataclasses import dataclass

from spinal.floor import Catalogue, Clock, Intent

CATALOGUE = Catalogue(skus=frozenset({"red_box", "blue_can"}), destinations=frozenset({"destination", "reject"}))
SECOND = 1_000_000_000


@dataclass
class FakeTime:
    """Moves only when told to."""

    now_ns: int = 1_000 * SECOND
    boot: str = "boot-1"

    def clock(self) -> Clock:
        """Return the clock that shows this time."""
        return Clock(wall_ns=lambda: self.now_ns + 10**18, monotonic_ns=lambda: self.now_ns, boot=self.boot)


def intent(scale_kg: float = 0.0, expected_kg: float = 0.1, tolerance_kg: float = 0.03, scale_id: str = "s") -> Intent:
    """Return an intent to place one unit."""
    return Intent(scale_id=scale_id, scale_kg=scale_kg, expected_kg=expected_kg, tolerance_kg=tolerance_kg)
