"""The body-region table: what is borne where, from several sources, the smallest value of each."""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from spinal.cell.config import Finite, Positive, Strict

TABLE: Final = Path(__file__).with_name("body_regions.toml")
N_CM2: Final = 1e4
"""N/m² in one N/cm²."""
N_MM: Final = 1e3
"""N/m in one N/mm."""


class _Values(Strict):
    """What one source says about one region; None where it says nothing."""

    force_quasi_static_n: Positive | None = None
    force_transient_n: Positive | None = None
    pressure_quasi_static_n_cm2: Positive | None = None
    transient_factor: Finite | None = None
    energy_blunt_j: Positive | None = None
    energy_edge_j: Positive | None = None
    stiffness_n_mm: Positive | None = None
    mass_kg: Positive | None = None


class _Block(Strict):
    name: str
    provenance: str
    regions: dict[str, _Values]


class _Table(Strict):
    blocks: tuple[_Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionLimits:
    """What one region bears, SI: the smallest value of all sources; infinite where none gives one."""

    force_quasi_static_n: float
    force_transient_n: float
    pressure_quasi_static_n_m2: float
    pressure_transient_n_m2: float
    energy_blunt_j: float
    energy_edge_j: float
    stiffness_n_m: float
    mass_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyRegions:
    """The whole table: its SHA-256 (hex), where each block comes from, and the regions by name."""

    sha256: str
    provenance: Mapping[str, str]
    regions: Mapping[str, RegionLimits]


@cache
def shipped_body_regions() -> BodyRegions:
    """Return the table that is shipped; it may be used for contact only when the integrator has confirmed it."""
    return read_body_regions(TABLE.read_bytes())


def read_body_regions(data: bytes) -> BodyRegions:
    """Return a table from its bytes; ValueError when it is none."""
    table = _Table.model_validate(tomllib.loads(data.decode()))
    names = dict.fromkeys(name for block in table.blocks for name in block.regions)
    return BodyRegions(
        sha256=hashlib.sha256(data).hexdigest(),
        provenance={block.name: block.provenance for block in table.blocks},
        regions={
            name: _smallest(name, [block.regions[name] for block in table.blocks if name in block.regions])
            for name in names
        },
    )


def _smallest(name: str, sources: list[_Values]) -> RegionLimits:
    def only(key: str) -> float:
        values = {getattr(values, key) for values in sources} - {None}
        if len(values) != 1:
            # Neither the smaller nor the larger one is the safer: the sources must agree.
            raise ValueError(f"region {name}: {key} is {sorted(values)}; one value is needed")
        return float(values.pop())

    return RegionLimits(
        force_quasi_static_n=_least(values.force_quasi_static_n for values in sources),
        force_transient_n=_least(map(_force_transient_n, sources)),
        pressure_quasi_static_n_m2=_least(values.pressure_quasi_static_n_cm2 for values in sources) * N_CM2,
        pressure_transient_n_m2=_least(map(_pressure_transient_n_cm2, sources)) * N_CM2,
        energy_blunt_j=_least(values.energy_blunt_j for values in sources),
        energy_edge_j=_least(values.energy_edge_j for values in sources),
        stiffness_n_m=only("stiffness_n_mm") * N_MM,
        mass_kg=only("mass_kg"),
    )


def _force_transient_n(values: _Values) -> float | None:
    if values.force_transient_n is not None or values.force_quasi_static_n is None:
        return values.force_transient_n
    return values.force_quasi_static_n * (values.transient_factor or 1.0)


def _pressure_transient_n_cm2(values: _Values) -> float | None:
    quasi_static = values.pressure_quasi_static_n_cm2
    return None if quasi_static is None else quasi_static * (values.transient_factor or 1.0)


def _least(values: Iterable[float | None]) -> float:
    return min((value for value in values if value is not None), default=math.inf)
