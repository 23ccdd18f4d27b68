"""Pictures changed while training: light, warmth, noise and place, at no cost of further practice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spinal.learn.settings import Augmentation

CELL_PX = 4
"""The product map has one square for so many pixels; pictures are moved by whole squares, so that labels stay exact."""
_STRIP = 1 << 22
"""Noise is cut from one strip of normal numbers at a drawn place: cheaper than drawing it anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """A batch: `image` (B, px, px, 3) float32 in 0..1, `target` (B, 2) in -1..1, `products` (B, cells, cells)."""

    image: npt.NDArray[np.float32]
    target: npt.NDArray[np.float32]
    products: npt.NDArray[np.uint8]


class Augmenter:
    """Changes batches as its settings say; the same seed gives the same changes."""

    def __init__(self, settings: Augmentation, seed: int) -> None:
        """Draw the strip of noise."""
        self.settings = settings
        self.random = np.random.default_rng((seed, 0xA06))
        self._strip = self.random.standard_normal(_STRIP, np.float32)

    def apply(
        self, image: npt.NDArray[np.uint8], target: npt.NDArray[np.float32], products: npt.NDArray[np.uint8]
    ) -> Pictures:
        """Return the batch with each change made to its share of the pictures, labels moved along with them.

        What the tool should do stays as it was: a picture that is moved is one of a camera that is off its place.
        """
        image, target, products = self._moved(image, target, products)
        bright: npt.NDArray[np.float32] = image.astype(np.float32) * (self._light(len(image)) / np.float32(255.0))
        noisy = np.flatnonzero(self.random.random(len(image)) < self.settings.share)
        size = bright[0].size
        for row in noisy:
            start = int(self.random.integers(_STRIP - size))
            std = np.float32(self.random.uniform(0.0, self.settings.noise) / 255.0)
            bright[row] += self._strip[start : start + size].reshape(bright[row].shape) * std
        return Pictures(image=np.clip(bright, 0.0, 1.0, out=bright), target=target, products=products)

    def _light(self, count: int) -> npt.NDArray[np.float32]:
        """Return the gain of each channel, (count, 1, 1, 3): level and warmth as the simulated lamp has them."""
        settings = self.settings
        level = np.where(self._chosen(count), self.random.uniform(*settings.level, count), 1.0)
        warmth = np.where(self._chosen(count), self.random.uniform(*settings.warmth, count), 0.0)
        gain = np.stack([level * (1 + 0.3 * warmth), level * (1 - 0.25 * np.abs(warmth)), level * (1 - warmth)], axis=1)
        return gain.astype(np.float32)[:, None, None, :]

    def _moved(
        self, image: npt.NDArray[np.uint8], target: npt.NDArray[np.float32], products: npt.NDArray[np.uint8]
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
        """Move pictures by whole squares, up to `shift_squares` either way; what comes in repeats the border."""
        most, count = self.settings.shift_squares, len(image)
        squares = self.random.integers(-most, most + 1, (count, 2)) * self._chosen(count)[:, None]  # (B, 2): x, y
        rows = np.arange(count)[:, None, None]

        def moved(of: npt.NDArray[np.uint8], by: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
            side = np.arange(of.shape[1])
            x = np.clip(side[None] - by[:, :1], 0, len(side) - 1)
            y = np.clip(side[None] - by[:, 1:], 0, len(side) - 1)
            gathered: npt.NDArray[np.uint8] = of[rows, y[:, :, None], x[:, None, :]]
            return gathered

        there = target + (squares * (2.0 * CELL_PX / image.shape[1])).astype(np.float32)
        outside = np.abs(there).max(axis=1) > 1.0  # NaN, for not in the picture, stays NaN
        there[outside] = np.nan
        return moved(image, squares * CELL_PX), there, moved(products, squares)

    def _chosen(self, count: int) -> npt.NDArray[np.bool_]:
        return self.random.random(count) < self.settings.share
