//! Vectors, rotation matrices and poses in three dimensions.

use crate::angle::sin_cos;
use crate::real::Real;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// A vector in three dimensions, or several at once.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vec3<T = f64> {
    /// Along x.
    pub x: T,
    /// Along y.
    pub y: T,
    /// Along z.
    pub z: T,
}

impl Vec3 {
    /// The zero vector.
    pub const ZERO: Self = Self::new(0.0, 0.0, 0.0);

    /// Whether no component is NaN or infinite.
    #[must_use]
    pub fn is_finite(self) -> bool {
        self.x.is_finite() && self.y.is_finite() && self.z.is_finite()
    }

    /// The same vector in every lane.
    #[inline]
    pub(crate) fn splat<T: Real>(self) -> Vec3<T> {
        Vec3::new(T::splat(self.x), T::splat(self.y), T::splat(self.z))
    }
}

impl<T> Vec3<T> {
    /// The vector (x, y, z).
    #[must_use]
    pub const fn new(x: T, y: T, z: T) -> Self {
        Self { x, y, z }
    }
}

impl<T: Real> Vec3<T> {
    /// Scalar product.
    #[must_use]
    #[inline]
    pub fn dot(self, other: Self) -> T {
        self.x.times_plus(other.x, self.y.times_plus(other.y, self.z * other.z))
    }

    /// Vector product.
    #[must_use]
    #[inline]
    pub fn cross(self, other: Self) -> Self {
        Self::new(
            self.y.times_plus(other.z, -(self.z * other.y)),
            self.z.times_plus(other.x, -(self.x * other.z)),
            self.x.times_plus(other.y, -(self.y * other.x)),
        )
    }

    /// `self`·`scale` + `other`.
    #[must_use]
    #[inline]
    pub fn times_plus(self, scale: T, other: Self) -> Self {
        Self::new(
            self.x.times_plus(scale, other.x),
            self.y.times_plus(scale, other.y),
            self.z.times_plus(scale, other.z),
        )
    }

    /// `self` × `other` + `term`.
    #[must_use]
    #[inline]
    pub fn cross_plus(self, other: Self, term: Self) -> Self {
        Self::new(
            self.y.times_plus(other.z, (-self.z).times_plus(other.y, term.x)),
            self.z.times_plus(other.x, (-self.x).times_plus(other.z, term.y)),
            self.x.times_plus(other.y, (-self.y).times_plus(other.x, term.z)),
        )
    }

    /// Euclidean length.
    #[must_use]
    #[inline]
    pub fn norm(self) -> T {
        self.dot(self).sqrt()
    }
}

impl<T: Real> Add for Vec3<T> {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

impl<T: Real> AddAssign for Vec3<T> {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<T: Real> Sub for Vec3<T> {
    type Output = Self;
    #[inline]
    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y, self.z - other.z)
    }
}

impl<T: Real> Neg for Vec3<T> {
    type Output = Self;
    #[inline]
    fn neg(self) -> Self {
        Self::new(-self.x, -self.y, -self.z)
    }
}

impl<T: Real> Mul<T> for Vec3<T> {
    type Output = Self;
    #[inline]
    fn mul(self, scale: T) -> Self {
        Self::new(self.x * scale, self.y * scale, self.z * scale)
    }
}

/// A 3×3 matrix, held by its columns, or several at once.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mat3<T = f64> {
    /// First column.
    pub x: Vec3<T>,
    /// Second column.
    pub y: Vec3<T>,
    /// Third column.
    pub z: Vec3<T>,
}

impl Mat3 {
    /// The identity.
    pub const IDENTITY: Self = Self::from_columns(
        Vec3::new(1.0, 0.0, 0.0),
        Vec3::new(0.0, 1.0, 0.0),
        Vec3::new(0.0, 0.0, 1.0),
    );
    /// All zeros.
    pub const ZERO: Self = Self::from_columns(Vec3::ZERO, Vec3::ZERO, Vec3::ZERO);

    /// The matrix with these columns.
    #[must_use]
    pub const fn from_columns(x: Vec3, y: Vec3, z: Vec3) -> Self {
        Self { x, y, z }
    }

    /// The matrix with these rows.
    #[must_use]
    pub const fn from_rows(rows: [[f64; 3]; 3]) -> Self {
        let [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]] = rows;
        Self::from_columns(Vec3::new(xx, yx, zx), Vec3::new(xy, yy, zy), Vec3::new(xz, yz, zz))
    }

    /// Its rows.
    #[must_use]
    pub const fn rows(&self) -> [[f64; 3]; 3] {
        [
            [self.x.x, self.y.x, self.z.x],
            [self.x.y, self.y.y, self.z.y],
            [self.x.z, self.y.z, self.z.z],
        ]
    }

    /// A diagonal matrix.
    #[must_use]
    pub const fn diagonal(x: f64, y: f64, z: f64) -> Self {
        Self::from_columns(Vec3::new(x, 0.0, 0.0), Vec3::new(0.0, y, 0.0), Vec3::new(0.0, 0.0, z))
    }

    /// Rotation about x by `angle_rad`.
    #[must_use]
    pub fn rotation_x(angle_rad: f64) -> Self {
        let (s, c) = sin_cos(angle_rad);
        Self::from_columns(Vec3::new(1.0, 0.0, 0.0), Vec3::new(0.0, c, s), Vec3::new(0.0, -s, c))
    }

    /// Rotation of a quaternion (w, x, y, z) of unit length; the same for its negative, bit for bit.
    #[must_use]
    pub fn from_quaternion([w, x, y, z]: [f64; 4]) -> Self {
        Self::from_rows([
            [
                1.0 - 2.0 * (y * y + z * z),
                2.0 * (x * y - w * z),
                2.0 * (x * z + w * y),
            ],
            [
                2.0 * (x * y + w * z),
                1.0 - 2.0 * (x * x + z * z),
                2.0 * (y * z - w * x),
            ],
            [
                2.0 * (x * z - w * y),
                2.0 * (y * z + w * x),
                1.0 - 2.0 * (x * x + y * y),
            ],
        ])
    }

    /// Rotation about the direction of `turn_rad` by its length, rad.
    /// Source: exponential of SO(3), by way of the quaternion of half the angle.
    #[must_use]
    pub fn from_rotation_vector(turn_rad: Vec3) -> Self {
        let half = 0.5 * turn_rad.norm();
        // sin(h)/h, by its series where the quotient loses digits.
        let share = if half > 1e-4 {
            sin_cos(half).0 / half
        } else {
            1.0 - half * half / 6.0
        };
        let axis = turn_rad * (0.5 * share);
        Self::from_quaternion([sin_cos(half).1, axis.x, axis.y, axis.z])
    }

    /// `self` followed by a rotation about its own z with this sine and cosine.
    #[must_use]
    #[inline]
    pub(crate) fn turned_about_z(&self, sin: f64, cos: f64) -> Self {
        Self::from_columns(
            self.x.times_plus(cos, self.y * sin),
            self.y.times_plus(cos, -(self.x * sin)),
            self.z,
        )
    }

    /// The transpose; the inverse of a rotation.
    #[must_use]
    pub fn transpose(&self) -> Self {
        Self::from_columns(
            Vec3::new(self.x.x, self.y.x, self.z.x),
            Vec3::new(self.x.y, self.y.y, self.z.y),
            Vec3::new(self.x.z, self.y.z, self.z.z),
        )
    }

    /// Whether it is a rotation: orthonormal and right-handed within 1e-6 (chosen by hand).
    #[must_use]
    pub fn is_rotation(&self) -> bool {
        let near = |value: f64, wanted: f64| (value - wanted).abs() <= 1e-6;
        near(self.x.dot(self.x), 1.0)
            && near(self.y.dot(self.y), 1.0)
            && near(self.x.dot(self.y), 0.0)
            && near((self.x.cross(self.y) - self.z).norm(), 0.0)
    }
}

impl Mul<Vec3> for Mat3 {
    type Output = Vec3;
    #[inline]
    fn mul(self, v: Vec3) -> Vec3 {
        self.x.times_plus(v.x, self.y.times_plus(v.y, self.z * v.z))
    }
}

impl Mul for Mat3 {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        Self::from_columns(self * other.x, self * other.y, self * other.z)
    }
}

impl Add for Mat3 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::from_columns(self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

/// A rotation and a translation: maps coordinates of the second frame of its name to the first (`T_base_tool`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Rotation part.
    pub rotation: Mat3,
    /// Translation part, m.
    pub translation_m: Vec3,
}

impl Pose {
    /// No rotation, no translation.
    pub const IDENTITY: Self = Self {
        rotation: Mat3::IDENTITY,
        translation_m: Vec3::ZERO,
    };

    /// Maps a point.
    #[must_use]
    #[inline]
    pub fn apply(&self, point_m: Vec3) -> Vec3 {
        let Mat3 { x, y, z } = self.rotation;
        let moved = z.times_plus(point_m.z, self.translation_m);
        x.times_plus(point_m.x, y.times_plus(point_m.y, moved))
    }

    /// Whether all numbers are finite and the rotation is one.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.translation_m.is_finite() && self.rotation.is_rotation()
    }
}

impl Mul for Pose {
    type Output = Self;
    #[inline]
    fn mul(self, other: Self) -> Self {
        Self {
            rotation: self.rotation * other.rotation,
            translation_m: self.apply(other.translation_m),
        }
    }
}
