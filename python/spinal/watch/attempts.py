"""One attempt as a monitor saw it: what calibration and evaluation are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinal.records import Float
from spinal.watch.moment import Moment, Watched
from spinal.watch.signals import Signals, Signs

NOTHING = Watched(scores={}, surprise=0.0, p_value=1.0, alarm=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt of the policy, decision by decision (T of them), and whether it went well.

    `at_s` (T,) from the first decision; `values` (T, S) in the order of `names_of(cameras)`; `embeddings` (T, E)
    float32: a row of NaN where the policy was not asked, of infinity where its answer was not finite.
    """

    scene: int
    sku: str
    axes: tuple[str, ...]
    went_well: bool
    outcome: str
    at_s: Float
    values: Float
    embeddings: npt.NDArray[np.float32]

    def until(self, horizon_s: float) -> Attempt:
        """Return the attempt as it was known at that time."""
        kept = self.at_s <= horizon_s
        return Attempt(
            scene=self.scene,
            sku=self.sku,
            axes=self.axes,
            went_well=self.went_well,
            outcome=self.outcome,
            at_s=self.at_s[kept],
            values=self.values[kept],
            embeddings=self.embeddings[kept],
        )


class Collector:
    """A watch that raises no alarm and keeps what it saw of one attempt."""

    def __init__(self, cameras: tuple[str, ...], width: int) -> None:
        """`width` is the length of the policy's embedding."""
        self._signals = Signals(cameras)
        self._width = width
        self.restart()

    def restart(self) -> None:
        """Forget the attempt before."""
        self._signals.restart()
        self._at_ns: list[int] = []
        self._values: list[Float] = []
        self._embeddings: list[npt.NDArray[np.float32]] = []

    def look(self, moment: Moment) -> Watched:
        """Keep this decision."""
        signs = self._signals.look(moment)
        self._at_ns.append(moment.observation.at_ns)
        self._values.append(signs.values)
        self._embeddings.append(embedding_row(signs, self._width))
        return NOTHING

    def attempt(self, *, scene: int, sku: str, axes: tuple[str, ...], went_well: bool, outcome: str) -> Attempt | None:
        """Return what was kept, with what became of it; None when there was no decision."""
        if not self._at_ns:
            return None
        return Attempt(
            scene=scene,
            sku=sku,
            axes=axes,
            went_well=went_well,
            outcome=outcome,
            at_s=(np.array(self._at_ns) - self._at_ns[0]) * 1e-9,
            values=np.array(self._values),
            embeddings=np.array(self._embeddings),
        )


def embedding_row(signs: Signs, width: int) -> npt.NDArray[np.float32]:
    """Return the embedding (width,); NaN when there is none, infinity when it is of another length or not finite."""
    if signs.embedding is None:
        return np.full(width, np.nan, np.float32)
    if signs.embedding.shape != (width,) or not np.isfinite(signs.embedding).all():
        return np.full(width, np.inf, np.float32)
    return signs.embedding
