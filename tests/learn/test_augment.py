"""Pictures that are changed while training stay what they show: labels move along, and the plain course stays plain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spinal.learn import LearnSettings
from spinal.learn.augment import CELL_PX, Augmenter
from spinal.learn.settings import Augmentation

PX = 32
STILL = Augmentation(share=0.0)


def batch(count: int = 64) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Grey pictures with one white square of the product map's grid, which `target` and `products` point at."""
    random = np.random.default_rng(5)
    cells = PX // CELL_PX
    image = np.full((count, PX, PX, 3), 60, np.uint8)
    products = np.full((count, cells, cells), 2, np.uint8)
    squares = random.integers(2, cells - 2, (count, 2))
    for row, (x, y) in enumerate(squares):
        image[row, y * CELL_PX : (y + 1) * CELL_PX, x * CELL_PX : (x + 1) * CELL_PX] = 200
        products[row, y, x] = 0
    target = ((squares + 0.5) / cells * 2 - 1).astype(np.float32)
    return image, target, products


def test_labels_move_with_what_they_label() -> None:
    image, target, products = batch()
    change = replace(STILL, share=1.0, level=(1.0, 1.0), warmth=(0.0, 0.0), noise=0.0, shift_squares=2)
    changed = Augmenter(change, 0).apply(image, target, products)
    assert not np.array_equal(changed.target, target), "they were moved"
    for picture, point, shown in zip(changed.image, changed.target, changed.products, strict=True):
        y, x = np.argwhere(shown == 0)[0]
        bright = np.argwhere(picture[..., 0] > 0.5)
        np.testing.assert_allclose((bright.mean(axis=0) + 0.5) / PX * 2 - 1, point[::-1], atol=1e-5)
        assert (bright.min(axis=0) == np.array([y, x]) * CELL_PX).all()


def test_a_target_that_leaves_the_picture_is_not_in_it_any_more() -> None:
    image, target, products = batch()
    target[:] = 0.99
    target[0] = np.nan
    changed = Augmenter(replace(STILL, share=1.0), 0).apply(image, target, products)
    seen = ~np.isnan(changed.target).any(axis=1)
    assert 0 < seen.sum() < len(seen)
    assert not seen[0]
    assert np.abs(changed.target[seen]).max() <= 1.0


def test_light_and_noise_change_as_much_as_declared() -> None:
    image, target, products = batch(400)
    dark = Augmenter(replace(STILL, share=1.0, level=(0.5, 0.5), warmth=(0.0, 0.0), noise=0.0, shift_squares=0), 0)
    flat = dark.apply(image, target, products).image[:, 0, 0]
    np.testing.assert_allclose(flat, 30.0 / 255.0, atol=1e-6)
    noisy = Augmenter(replace(STILL, share=1.0, level=(1.0, 1.0), warmth=(0.0, 0.0), noise=20.0, shift_squares=0), 0)
    spread = noisy.apply(image, target, products).image[:, :8, :8].std(axis=(1, 2, 3)) * 255.0
    assert 8.0 < spread.mean() < 12.0, "uniform from 0 to 20"
    assert spread.max() < 22.0


def test_only_the_declared_share_is_changed_and_the_same_seed_changes_alike() -> None:
    image, target, products = batch(1000)
    change = replace(Augmentation(), share=0.2, warmth=(0.3, 0.3), level=(1.0, 1.0), noise=0.0, shift_squares=0)
    one = Augmenter(change, 7).apply(image, target, products)
    two = Augmenter(change, 7).apply(image, target, products)
    warm = one.image[:, 0, 0, 2] < 50.0 / 255.0
    assert 0.15 < warm.mean() < 0.25
    np.testing.assert_array_equal(one.image, two.image)


def test_the_standard_course_changes_no_picture() -> None:
    assert LearnSettings.standard().augmentation is None
    assert LearnSettings.broad().augmentation is not None
