"""What a distribution declares so that a policy can be qualified on it: slices, seed pools, correlation, hash."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

Pool = tuple[int, int]


class Slice(BaseModel):
    """A part of a distribution: scenes with any of these axes, with none of those, with one of these ordered SKUs.

    What is left out asks for nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()

    def holds(self, axes: Collection[str], sku: str) -> bool:
        """Return whether a pick of this SKU in a scene with these axes belongs to the slice."""
        return (
            (not self.any or any(axis in axes for axis in self.any))
            and not any(axis in axes for axis in self.none)
            and (not self.skus or sku in self.skus)
        )

    def share(self, probabilities: Mapping[str, float], skus: Collection[str]) -> float:
        """Return the share of all picks that fall into the slice; axes come independently, SKUs evenly."""
        without = math.prod(1.0 - probabilities[axis] for axis in self.any)
        free = math.prod(1.0 - probabilities[axis] for axis in self.none)
        ordered = sum(sku in skus for sku in self.skus) / len(skus) if self.skus else 1.0
        return (1.0 - without if self.any else 1.0) * free * ordered

    @model_validator(mode="after")
    def _can_hold(self) -> Slice:
        if not (self.any or self.none or self.skus):
            raise ValueError("it is empty: it names no axis and no SKU")
        for axis in self.any:
            if axis in self.none:
                raise ValueError(f"it is empty: it asks for '{axis}' both in `any` and in `none`")
        return self


class Qualification(BaseModel):
    """What evidence over this distribution rests on; no key has a default.

    `icc_max`: how alike picks of one scene may be for the bound to hold; 1 assumes nothing. `pools`: seeds of scenes by
    what they are for, first and last; no two overlap.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    icc_max: float = Field(ge=0.0, le=1.0)
    pools: dict[str, Pool]
    slices: dict[str, Slice]

    @model_validator(mode="after")
    def _pools_are_disjoint(self) -> Qualification:
        for name, (first, last) in self.pools.items():
            if not 0 <= first <= last:
                raise ValueError(f"the seed pool '{name}' is [{first}, {last}]; allowed is 0 <= first <= last")
        ordered = sorted(self.pools.items(), key=lambda pool: pool[1])
        for (one, (_, end)), (other, (begin, _)) in itertools.pairwise(ordered):
            if begin <= end:
                raise ValueError(f"the seed pools '{one}' and '{other}' overlap: both hold seed {begin}")
        return self

    def check(self, probabilities: Mapping[str, float], skus: Collection[str]) -> None:
        """Raise ValueError for a slice that names what the distribution lacks, or that no scene can fall into."""
        for name, part in self.slices.items():
            for kind, known in (("any", probabilities), ("none", probabilities), ("skus", skus)):
                for word in getattr(part, kind):
                    if word not in known:
                        what = "SKU" if kind == "skus" else "axis"
                        allowed = ", ".join(known) or "none"
                        raise ValueError(f"the slice '{name}' names the unknown {what} '{word}'; allowed: {allowed}")
            if part.share(probabilities, skus) <= 0.0:
                raise ValueError(f"the slice '{name}' is empty: the probability that a pick falls into it is 0")

    def pool_of(self, seed: int) -> str | None:
        """Return the name of the pool that a seed is in."""
        return next((name for name, (first, last) in self.pools.items() if first <= seed <= last), None)


def content_hash(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of plain values, whatever the layout of the file that they came from."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
