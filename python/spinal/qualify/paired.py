"""Whether one policy is better than another on the same scenes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest, permutation_test

RESAMPLES = 9_999
"""Of the permutation test when there are too many scenes to try all signs."""

WORSE_PER_1000 = 10.0
"""A policy may fail in so many picks of 1000 more than another before it counts as worse. Chosen by hand."""
WORSE_P = 0.05
"""And if it fails more often at all, chance must explain it at this level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two policies on common random numbers; p-values are two-sided.

    `p_mcnemar` takes picks as independent; `p_scenes` does not, and is the one to report.
    """

    picks: int
    scenes: int
    only_first_failed: int
    only_second_failed: int
    difference_per_1000: float
    p_mcnemar: float
    p_scenes: float

    @property
    def is_second_worse(self) -> bool:
        """Whether the second policy fails so much more often that it is not to be taken in place of the first."""
        more = self.difference_per_1000
        return more > WORSE_PER_1000 or (more > 0.0 and self.p_scenes < WORSE_P)


def compare(
    first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_], scenes: npt.NDArray[np.int64], seed: int = 0
) -> Comparison:
    """Return the comparison of two policies; `first` and `second` (picks,) tell who failed, `scenes` (picks,) where.

    `difference_per_1000` is failures of the second less failures of the first. McNemar's test is exact on the picks
    where they differ. The scene-level test turns the sign of whole scenes, all ways when there are few.
    Source: Q. McNemar, Psychometrika 12 (1947), 153-157; R. A. Fisher, The Design of Experiments (1935), section 21.
    """
    if not first.shape == second.shape == scenes.shape or first.ndim != 1 or not first.size:
        raise ValueError(
            f"first {first.shape}, second {second.shape} and scenes {scenes.shape} must be vectors of one length"
        )
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    differing = only_first + only_second
    names, where = np.unique(scenes, return_inverse=True)
    by_scene = np.bincount(where, second.astype(np.int64) - first.astype(np.int64), minlength=len(names))
    return Comparison(
        picks=len(first),
        scenes=len(names),
        only_first_failed=only_first,
        only_second_failed=only_second,
        difference_per_1000=1000.0 * float(by_scene.sum()) / len(first),
        p_mcnemar=float(binomtest(only_first, differing).pvalue) if differing else 1.0,
        p_scenes=_sign_flips(by_scene[by_scene != 0], seed),
    )


def _sign_flips(differences: npt.NDArray[np.float64], seed: int) -> float:
    """Return the two-sided p-value of "the sign of each scene's difference is a fair coin"."""
    if differences.size < 2:
        return 1.0  # a single scene's sign, turned or not, is as far from nothing

    def total(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64], axis: int = -1) -> object:
        return np.sum(first - second, axis=axis)

    result = permutation_test(
        (differences, np.zeros_like(differences)),
        total,
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(seed),
    )
    return float(result.pvalue)
