"""The health of one picture: how sharp, how bright, whether it is the last one again."""

from __future__ import annotations

import math

import numpy as np

from spinal.records import Image

SHARPNESS_FLOOR = 1e-3
"""Least variance that is told apart from none, grey levels squared."""


def sharpness(image: Image) -> float:
    """Return ln of the variance of the Laplacian of the green channel; low is blurred, high is noisy.

    Source: J. L. Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000, eq. 4 (LAPV).
    """
    green = image[:, :, 1].astype(np.int16)
    inner = green[1:-1, 1:-1]
    laplacian = green[:-2, 1:-1] + green[2:, 1:-1] + green[1:-1, :-2] + green[1:-1, 2:] - 4 * inner
    return math.log(max(float(laplacian.var(dtype=np.float32)), SHARPNESS_FLOOR))


def brightness(image: Image) -> float:
    """Return the mean of the green channel, 0..255."""
    return float(image[:, :, 1].mean(dtype=np.float32))
