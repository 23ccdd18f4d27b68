//! The numbers that the mechanics is written in: one, or four that go the same way at once.

use std::ops::{Add, AddAssign, Mul, Neg, Sub};

use crate::angle;

/// Four numbers that are computed with at once, each as if it were alone: every operation rounds as that on `f64` does, on every machine.
pub type Four = wide::f64x4;

/// A number, or [`Four`].
pub trait Real:
    Copy + Add<Output = Self> + AddAssign + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    /// The same number in every lane.
    fn splat(value: f64) -> Self;
    /// Square root.
    #[must_use]
    fn sqrt(self) -> Self;
    /// Sine and cosine of an angle (rad).
    fn sin_cos(self) -> (Self, Self);
    /// The higher one; NaN when one of them is.
    #[must_use]
    fn higher(self, other: Self) -> Self;
    /// Without its sign.
    #[must_use]
    fn magnitude(self) -> Self;
}

impl Real for f64 {
    #[inline]
    fn splat(value: f64) -> Self {
        value
    }

    #[inline]
    fn sqrt(self) -> Self {
        self.sqrt()
    }

    #[inline]
    fn sin_cos(self) -> (Self, Self) {
        angle::sin_cos(self)
    }

    #[inline]
    fn higher(self, other: Self) -> Self {
        if self.is_nan() || self > other { self } else { other }
    }

    #[inline]
    fn magnitude(self) -> Self {
        self.abs()
    }
}

impl Real for Four {
    #[inline]
    fn splat(value: f64) -> Self {
        Self::splat(value)
    }

    #[inline]
    fn sqrt(self) -> Self {
        self.sqrt()
    }

    #[inline]
    fn sin_cos(self) -> (Self, Self) {
        angle::sin_cos_of_four(self)
    }

    #[inline]
    fn higher(self, other: Self) -> Self {
        // The comparison is false where one is NaN: then `self` if it is that, else `other`.
        (self.simd_gt(other) | self.is_nan()).select(self, other)
    }

    #[inline]
    fn magnitude(self) -> Self {
        self.abs()
    }
}
