//! The numbers that the mechanics is written in: one, or four that go the same way at once.

// Without it the products of `Four` are rounded twice, and journals do not replay bit for bit on a machine that has it.
#[cfg(all(target_arch = "x86_64", not(target_feature = "fma")))]
compile_error!(
    "build for a processor with FMA: -C target-cpu=x86-64-v3, as .cargo/config.toml does where RUSTFLAGS is not set"
);

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
    /// `self`·`factor` + `term`, rounded once.
    #[must_use]
    fn times_plus(self, factor: Self, term: Self) -> Self;
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

#[allow(clippy::disallowed_methods)] // rounded once on every machine, unlike what the list is for
impl Real for f64 {
    #[inline]
    fn splat(value: f64) -> Self {
        value
    }

    #[inline]
    fn times_plus(self, factor: Self, term: Self) -> Self {
        self.mul_add(factor, term)
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
    fn times_plus(self, factor: Self, term: Self) -> Self {
        self.mul_add(factor, term)
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
