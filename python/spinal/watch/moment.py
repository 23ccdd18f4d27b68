"""What a monitor looks at, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from spinal.records import Float, Observation


class InsightLike(Protocol):
    """What a network shows of how it came to its answer; shapes as in `spinal.decide.Insight`."""

    @property
    def embedding(self) -> npt.NDArray[np.float32]:
        """(E,) features of the picture and of the answer."""
        ...

    @property
    def products(self) -> npt.NDArray[np.float32]:
        """(SKUs + 2, rows, columns) probabilities for each square of the first camera's picture."""
        ...

    @property
    def target(self) -> npt.NDArray[np.float32]:
        """(2,) x and y of what it would take, -1..1 of that picture."""
        ...


class ChunkLike(Protocol):
    """An action chunk in tool space; shapes as in `spinal.decide.ActionChunk`."""

    @property
    def waypoints_m(self) -> Float:
        """(steps, 3) displacements from the commanded tool position at the observation, base frame."""
        ...

    @property
    def gripper(self) -> Float:
        """(steps,) 0 or 1."""
        ...

    @property
    def period_ns(self) -> int:
        """Time between steps."""
        ...

    @property
    def insight(self) -> InsightLike | None:
        """What the network shows of itself; None when it shows nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One decision: what was seen, and what the policy answered.

    `chunk` is None when the observation was not usable, so that the policy was not asked. `sku` is the number of the
    ordered SKU among those that the policy knows: its channel in `InsightLike.products`.
    """

    observation: Observation
    chunk: ChunkLike | None
    sku: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """The policy is no longer as it was in attempts that went well: which score says so, and by how much.

    `value` is the score's own number, `surprise` how rare that is among attempts that went well (-ln of the share of
    them that ever reach it), `threshold` the surprise above which there is an alarm. `p_value`: the share of the
    calibration's attempts that were at least as surprising at their worst, with this one counted.
    """

    score: str
    value: float
    surprise: float
    threshold: float
    p_value: float
    at_ns: int

    @property
    def reason(self) -> str:
        """Return the alarm in one line."""
        return (
            f"{self.score} is {self.value:.4g}, surprise {self.surprise:.2f} above {self.threshold:.2f} "
            f"(p {self.p_value:.4f})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What was found at one decision. `scores` are surprises by name; `surprise` is the attempt's highest so far.

    `p_value` as in `Alarm`, of `surprise`. `alarm` is the first one of the attempt and stays until the next attempt.
    """

    scores: dict[str, float]
    surprise: float
    p_value: float
    alarm: Alarm | None


class Watch(Protocol):
    """Looks at every decision of an attempt."""

    def restart(self) -> None:
        """Forget the attempt before."""
        ...

    def look(self, moment: Moment) -> Watched:
        """Return what is to be said about this decision."""
        ...
