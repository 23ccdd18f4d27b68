"""How far an embedding is from those of attempts that went well: Mahalanobis distance and kernel support."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cholesky, solve_triangular

from spinal.records import Float

Single = npt.NDArray[np.float32]
POINTS_MAX = 256
"""Embeddings that the kernel keeps. Chosen by hand: 0.02 ms a decision."""
FEATURES_MAX = 32
"""Principal directions that the kernel looks at. Chosen by hand."""
KERNEL_NOISE = 1e-2
"""Variance that no embedding explains, of a prior variance of 1. Chosen by hand."""
PAIRS_MAX = 2000
"""Embeddings between which the kernel's length is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """Mahalanobis distance under a shrunk covariance: `mean` (E,), `whitening` (E, E) with W @ W.T its inverse."""

    mean: Single
    whitening: Single

    def of(self, embeddings: npt.NDArray[np.floating]) -> Float:
        """Return the distance of each embedding (n, E) as (n,)."""
        white = (embeddings.astype(np.float32) - self.mean) @ self.whitening
        return np.asarray(np.linalg.norm(white, axis=1), np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """Variance left of a Gaussian process that was told of `points` (m, d) in `directions` (E, d) around `mean` (E,).

    0 where the attempts that went well have been, 1 far away. `solved` (m, m) is the inverse of the Cholesky factor of
    the points' kernel matrix; `length` the kernel's.
    """

    mean: Single
    directions: Single
    points: Single
    solved: Single
    length: float

    def of(self, embeddings: npt.NDArray[np.floating]) -> Float:
        """Return the variance left at each embedding (n, E) as (n,).

        Source: C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006), eq. 2.26.
        """
        features: Single = np.matmul(embeddings.astype(np.float32) - self.mean, self.directions)
        known = self.solved @ _kernel(features, self.points, self.length).T  # (m, n)
        return np.asarray(1.0 - np.einsum("ij,ij->j", known, known), np.float64)


def fit_distance(embeddings: Single) -> Distance:
    """Return the distance from these embeddings (n, E)."""
    mean, covariance = ledoit_wolf(embeddings)
    factor = cholesky(covariance, lower=True)
    whitening = solve_triangular(factor, np.eye(len(mean)), lower=True).T
    return Distance(mean=mean.astype(np.float32), whitening=whitening.astype(np.float32))


def ledoit_wolf(rows: npt.NDArray[np.floating]) -> tuple[Float, Float]:
    """Return mean (E,) and shrunk covariance (E, E) of the rows (n, E): the sample's, drawn to a multiple of identity.

    Source: O. Ledoit and M. Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", Journal of
    Multivariate Analysis 88 (2004), 365-411, eqs. 14 and lemmas 3.2 to 3.4.
    """
    count, width = rows.shape
    mean = rows.mean(axis=0, dtype=np.float64)
    centred = rows - mean
    sample = centred.T @ centred / count
    scale = float(np.trace(sample)) / width
    away = float(np.square(sample - scale * np.eye(width)).sum())
    # Sum over rows of |x x' - S|², from |x|⁴ and |S|² alone.
    spread = float(np.square(np.square(centred).sum(axis=1)).sum()) / count - float(np.square(sample).sum())
    share = min(max(spread / count, 0.0) / away, 1.0) if away > 0.0 else 1.0
    floor = max(scale, np.finfo(np.float32).eps) * 1e-6  # a constant embedding has no covariance at all
    return mean, (1.0 - share) * sample + (share * scale + floor) * np.eye(width)


def fit_support(embeddings: Single) -> Support:
    """Return the kernel's support of these embeddings (n, E).

    Features are the first principal directions, whitened; the length is their median distance (A. Gretton et al., "A
    kernel two-sample test", JMLR 13 (2012), sec. 8); points are taken one by one where the variance left is largest
    (pivoted Cholesky: S. Fine and K. Scheinberg, JMLR 2 (2001), 243-264).
    """
    mean = embeddings.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = (embeddings - mean).astype(np.float64)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    count = min(FEATURES_MAX, int((values > values[-1] * 1e-6).sum()), len(values))
    directions = (vectors[:, -count:] / np.sqrt(values[-count:])).astype(np.float32)
    features = (embeddings - mean) @ directions
    few = features[:: max(1, len(features) // PAIRS_MAX)]
    apart = np.sqrt(_squared_distances(few, few))
    length = float(np.median(apart[np.triu_indices(len(few), 1)])) or 1.0
    chosen = _most_varied(features, length, min(POINTS_MAX, len(features)))
    points = features[chosen]
    kernel = _kernel(points, points, length).astype(np.float64) + KERNEL_NOISE * np.eye(len(points))
    solved = solve_triangular(cholesky(kernel, lower=True), np.eye(len(points)), lower=True)
    return Support(mean=mean, directions=directions, points=points, solved=solved.astype(np.float32), length=length)


def _most_varied(features: Single, length: float, count: int) -> list[int]:
    left = np.ones(len(features))
    columns = np.zeros((count, len(features)))
    chosen: list[int] = []
    for number in range(count):
        best = int(np.argmax(left))
        chosen.append(best)
        row = _kernel(features[best : best + 1], features, length)[0] - columns[:number, best] @ columns[:number]
        columns[number] = row / np.sqrt(left[best] + KERNEL_NOISE)
        left = left - np.square(columns[number])
        left[chosen] = -np.inf
    return chosen


def _kernel(first: Single, second: Single, length: float) -> Single:
    return np.asarray(np.exp(_squared_distances(first, second) * np.float32(-0.5 / length**2)), np.float32)


def _squared_distances(first: Single, second: Single) -> Single:
    squares = np.einsum("ij,ij->i", first, first)[:, None] + np.einsum("ij,ij->i", second, second)[None]
    return np.asarray(np.maximum(squares - np.float32(2.0) * (first @ second.T), np.float32(0.0)), np.float32)
