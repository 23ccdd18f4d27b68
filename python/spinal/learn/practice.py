"""What learning needs from a cell: places to practise in. The composition root implements these over lockstep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

Chunk = npt.NDArray[np.float32]
"""(steps, 4): displacement of the tool (dx, dy, dz) in m from the commanded position, and the gripper, 0 or 1."""


class Moment(Protocol):
    """What a policy sees: only what a real cell would have. Made by the same code that runs the policy."""

    @property
    def images(self) -> dict[str, npt.NDArray[np.uint8]]:
        """Pictures (height, width, 3) by camera."""
        ...

    @property
    def proprioception(self) -> npt.NDArray[np.float32]:
        """(P,), SI units."""
        ...

    @property
    def sku(self) -> int:
        """Index of the ordered SKU."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What the scripted expert would do now, where the object that it would take is in the picture, and what else is.

    Privileged: all of it comes from the simulator's state. They are targets of training and never inputs of the policy.
    `target` (2,) is x and y in -1..1 of the camera's picture, NaN when it is not in it. `products` (cells, cells) says
    what each square of 4x4 pixels shows: the index of an SKU, then other objects, then background.
    """

    chunk: Chunk
    target: npt.NDArray[np.float32]
    products: npt.NDArray[np.uint8]


class Pick(Protocol):
    """One pick in the whole lockstep system, decision by decision."""

    def moment(self) -> Moment | None:
        """Return what the policy would see now; None when the observation is not usable."""
        ...

    def label(self) -> Label:
        """Return the expert's answer at this moment."""
        ...

    def act(self, chunk: Chunk) -> None:
        """Propose a chunk and let the system run until the next decision."""
        ...

    @property
    def is_over(self) -> bool:
        """Whether the pick succeeded (and a moment passed since) or its time is up."""
        ...

    @property
    def succeeded(self) -> bool:
        """Whether the ordered object, and nothing else, came to rest in the destination."""
        ...

    @property
    def simulated_s(self) -> float:
        """How much time passed in the simulation."""
        ...


class Site(Protocol):
    """A cell to practise in. Must survive pickling: worker processes get a copy."""

    @property
    def camera(self) -> str:
        """Name of the camera that the policy looks through."""
        ...

    @property
    def image_px(self) -> int:
        """Width and height of its pictures."""
        ...

    @property
    def proprioception(self) -> tuple[str, ...]:
        """Names of the proprioception values; `tool_z_m` is one of them."""
        ...

    @property
    def skus(self) -> tuple[str, ...]:
        """What can be ordered."""
        ...

    @property
    def decision_rate_hz(self) -> float:
        """How often the policy decides."""
        ...

    @property
    def steps(self) -> int:
        """Waypoints in a chunk."""
        ...

    @property
    def period_ms(self) -> int:
        """Time between two waypoints."""
        ...

    def pick(self, seed: int, index: int, pick: int = 0) -> Pick:
        """Return the pick of that number: a fresh scene, the robot at home; `pick` counts its fillings of the tote."""
        ...

    def policy(self, bundle: Path) -> Callable[[Moment], Chunk]:
        """Return a bundle's policy, run by the same code as in production."""
        ...

    def lineage(self) -> dict[str, object]:
        """Return what is to be known about this site: cell, scene distribution, hashes."""
        ...
