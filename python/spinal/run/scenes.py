"""The totes of a simulated real-time run: what a shuttle does in a warehouse, asked for over shared memory."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spinal.run.channels import JsonReader, JsonWriter
from spinal.sim.plant_process import SceneRequest


class SceneDesk:
    """Asks the plant for totes, one an order, and knows when one is there and how the one before it ended."""

    def __init__(self, link: Path, distribution: str, seed: int, axis: str | None = None) -> None:
        """Take the host's ends of `scene-request` and `scene-ready`; the plant starts with tote number 0.

        `axis`: one shift of the distribution that every scene has.
        """
        self._requests = JsonWriter(link / "scene-request")
        self._ready = JsonReader(link / "scene-ready")
        self._distribution = distribution
        self._seed = seed
        self._axis = axis
        self._number = 0

    def bring(self, sku: str | None) -> None:
        """Ask for the next tote, with this SKU in it. Only while the arm is home."""
        self._number += 1
        request = SceneRequest(
            number=self._number,
            distribution=self._distribution,
            seed=self._seed,
            index=self._number,
            axis=self._axis,
            sku=sku,
        )
        self._requests.write(asdict(request))

    def is_there(self) -> bool:
        """Return whether the tote that was asked for is there."""
        return self._newest() is not None

    def truth_of_the_one_before(self) -> bool | None:
        """Return whether the ordered item, and nothing else, rested in the destination when the tote was changed.

        The simulator's word, for evaluation only; None as long as the next tote is not there.
        """
        ready = self._newest()
        before = None if ready is None else ready["before"]
        return None if before is None else bool(before["succeeded"])

    def names(self) -> dict[str, Any]:
        """Return what plays this scene again."""
        ready = self._newest()
        axes = () if ready is None else tuple(ready["axes"])
        return {"seed": self._seed, "index": self._number, "distribution": self._distribution, "axes": axes}

    def finish(self, timeout_s: float) -> bool | None:
        """Have the last tote taken away and return how it ended; None when the plant does not answer in time."""
        self.bring(None)
        end = time.monotonic() + timeout_s
        while time.monotonic() < end and not self.is_there():
            time.sleep(0.01)
        return self.truth_of_the_one_before()

    def _newest(self) -> dict[str, Any] | None:
        ready = self._ready.read()
        return ready if ready is not None and ready["number"] == self._number else None
