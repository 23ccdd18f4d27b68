"""How interventions thin out while a cell is improved, and how much of the time it works."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, ndtri

from spinal.qualify.exact import CONFIDENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A fitted power law of interventions, with the two-sided intervals of its shape and of the rate at its end.

    `shape` below 1: interventions become rarer. `rate` is interventions a unit of exposure at the end.
    """

    events: int
    exposure: float
    shape: float
    shape_low: float
    shape_high: float
    rate: float
    rate_low: float
    rate_high: float

    @property
    def mean_between(self) -> float:
        """Return the exposure between interventions at the end."""
        return 1.0 / self.rate


def crow_amsaa(
    instants: Sequence[float], exposure: float, confidence: float = CONFIDENCE, design_effect: float = 1.0
) -> Growth:
    """Return the fit to interventions at these exposures (picks, hours, ...) when it was watched until `exposure`.

    shape = n / sum ln(exposure / t); rate = n shape / exposure; log-normal interval with se(log rate) = sqrt(2 / n);
    2 n shape / true shape is chi-squared with 2 n degrees of freedom.
    Source: L. H. Crow, AMSAA TR-138 (1974); MIL-HDBK-189C, 5.5. Interventions that come together tell less than as many
    apart: n is divided by their `design_effect` in both intervals. ValueError for fewer than two interventions.
    """
    times = np.asarray(instants, dtype=np.float64)
    n = len(times)
    if n < 2:
        raise ValueError(f"{n} interventions; a growth curve needs at least 2")
    if not (np.all(times > 0.0) and np.all(times <= exposure) and math.isfinite(exposure)):
        raise ValueError(f"interventions must lie above 0 and at or below the exposure {exposure}")
    total = float(np.log(exposure / times).sum())
    if total <= 0.0:
        raise ValueError("all interventions lie at the very end; nothing can be fitted")
    shape = n / total
    rate = n * shape / exposure
    known = n / design_effect
    factor = math.exp(float(ndtri(0.5 + confidence / 2.0)) * math.sqrt(2.0 / known))
    low, high = (float(gammaincinv(known, 0.5 + side * confidence / 2.0)) / known for side in (-1.0, 1.0))
    return Growth(
        events=n,
        exposure=exposure,
        shape=shape,
        shape_low=shape * low,
        shape_high=shape * high,
        rate=rate,
        rate_low=rate / factor,
        rate_high=rate * factor,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """Exposure between interventions: estimate (infinite without one) and one-sided lower bound."""

    events: int
    exposure: float
    mean: float
    lower: float


def mean_between(events: int, exposure: float, confidence: float = CONFIDENCE) -> Between:
    """Return the mean exposure between interventions of a cell that does not change, watched for a fixed exposure.

    lower = 2 exposure / chi2(confidence; 2 events + 2), and half of that chi2 is a gamma quantile.
    Source: B. Epstein and M. Sobel, JASA 48 (1953), 486-502.
    """
    if events < 0 or not exposure > 0.0:
        raise ValueError(f"{events} interventions in an exposure of {exposure}; allowed: at least 0, above 0")
    return Between(
        events=events,
        exposure=exposure,
        mean=exposure / events if events else math.inf,
        lower=exposure / float(gammaincinv(events + 1.0, confidence)),
    )


def availability(between_s: float, repair_s: float) -> float:
    """Return the share of time in which the cell works, if each intervention stops it for `repair_s`.

    Source: the steady state of an alternating renewal process, MTBF / (MTBF + MTTR).
    """
    if not between_s > 0.0 or not repair_s >= 0.0:
        raise ValueError(f"{between_s} s between, {repair_s} s each; allowed: above 0, at least 0")
    return 1.0 if math.isinf(between_s) else between_s / (between_s + repair_s)
