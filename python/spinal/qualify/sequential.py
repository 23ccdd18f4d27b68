"""Evidence that may be looked at after every scene: an e-process against "the failure rate is at least the limit"."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import betainc, betaln

from spinal.qualify.clusters import Scenes
from spinal.qualify.exact import CONFIDENCE
from spinal.records import Float

PRIOR = 4.0
"""Second parameter of the mixture Beta(1, PRIOR / limit): where good policies are expected, a few times below the
limit. Chosen by hand: of 3 to 5, which certify 0.1 % after 3 500 to 3 800 clean trials."""
NODES = 64
"""Points of the quadrature for scenes; more change the third digit of nothing."""


class Evidence:
    """A one-sided beta-mixture e-process. `e_value` at or above 1 / (1 - confidence) certifies, at any time.

    A mixture over alternatives q in (0, limit), drawn from a truncated Beta(1, PRIOR / limit), of the likelihood ratio
    of q against the limit. Under every rate >= limit its expectation never grows, so that it passes 1 / alpha with a
    probability of at most alpha, however often somebody looks. Scenes of several picks: the ratio, which is linear in
    a single pick, at the scene's share of failures; that holds whatever the picks of a scene have in common.
    Source: J. Ville (1939); H. Robbins, Ann. Math. Stat. 41 (1970), 1397-1409; I. Waudby-Smith and A. Ramdas, JRSS B
    86 (2024), 1-27.
    """

    def __init__(self, limit: float) -> None:
        """Take the failure rate that is to be refuted, above 0 and below 1."""
        if not 0.0 < limit < 1.0:
            raise ValueError(f"limit is {limit}; allowed is a rate above 0 and below 1")
        self.limit = limit
        self.scenes = 0
        self.failures = 0
        shares, weights = _truncated_beta(limit)
        self._log_weights = np.log(weights)
        self._bets = (1.0 - shares / limit) / (1.0 - limit)  # (nodes,)
        self._log_capital = np.zeros(NODES)  # (nodes,)
        self.highest = 1.0
        """Greatest e-value so far: what certified once stays certified."""

    @property
    def e_value(self) -> float:
        """Return the evidence now; 1 says nothing."""
        return float(np.exp(min(np.logaddexp.reduce(self._log_weights + self._log_capital), 700.0)))

    def add(self, failures: int, picks: int = 1) -> float:
        """Take one scene and return the e-value after it; scenes of one stream should have equally many picks."""
        if not 0 <= failures <= picks or picks < 1:
            raise ValueError(f"{failures} failures of {picks} picks; allowed are 0 to all of at least one")
        self.scenes += 1
        self.failures += failures
        with np.errstate(divide="ignore"):
            self._log_capital += np.log(np.maximum(1.0 + self._bets * (self.limit - failures / picks), 0.0))
        now = self.e_value
        self.highest = max(self.highest, now)
        return now

    def scenes_needed(self, confidence: float = CONFIDENCE) -> int:
        """Return how many scenes without a failure would certify from here; 0 if that is done."""
        if self.has_certified(confidence):
            return 0
        gain = np.log1p(self._bets * self.limit)  # (nodes,)

        def certifies(more: int) -> bool:
            capital = self._log_weights + self._log_capital + more * gain
            return bool(np.logaddexp.reduce(capital) >= -math.log1p(-confidence))

        low, high = 0, 1
        while not certifies(high):
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if certifies(middle) else (middle, high)
        return high

    def has_certified(self, confidence: float = CONFIDENCE) -> bool:
        """Return whether the failure rate was shown to be below the limit."""
        return self.highest >= 1.0 / (1.0 - confidence)


def _truncated_beta(limit: float) -> tuple[Float, Float]:
    """Return nodes and weights of the mixture on (0, limit), each (nodes,)."""
    points, weights = np.polynomial.legendre.leggauss(NODES)
    shares = 0.5 * limit * (points + 1.0)
    density = weights * (1.0 - shares) ** (PRIOR / limit - 1.0)
    return shares, density / density.sum()


def beta_mixture(failures: int, trials: int, limit: float, b: float) -> float:
    """Return the e-value of independent trials in closed form, with the mixture Beta(1, b) truncated to (0, limit).

    e = B(s+1, n-s+b) I_limit(s+1, n-s+b) / (B(1, b) I_limit(1, b) limit^s (1-limit)^(n-s)).
    """
    s, n = failures, trials
    log_null = s * math.log(limit) + (n - s) * math.log1p(-limit)
    part, whole = float(betainc(s + 1.0, n - s + b, limit)), float(betainc(1.0, b, limit))
    if part == 0.0:
        return 0.0
    log_e = float(betaln(s + 1.0, n - s + b)) + math.log(part) - float(betaln(1.0, b)) - math.log(whole) - log_null
    return math.exp(min(log_e, 700.0))


def evidence_of(scenes: Scenes, limit: float) -> Evidence:
    """Return the e-process after these scenes in their order."""
    evidence = Evidence(limit)
    for failures, picks in zip(scenes.failures.tolist(), scenes.picks.tolist(), strict=True):
        evidence.add(failures, picks)
    return evidence
