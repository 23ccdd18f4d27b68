//! Symmetric matrices: inertia.

use std::ops::{Add, Mul};

use crate::spatial::{Mat3, Vec3};

/// A symmetric 3×3 matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sym3 {
    pub xx: f64,
    pub yy: f64,
    pub zz: f64,
    pub xy: f64,
    pub xz: f64,
    pub yz: f64,
}

impl Sym3 {
    pub(crate) const ZERO: Self = Self {
        xx: 0.0,
        yy: 0.0,
        zz: 0.0,
        xy: 0.0,
        xz: 0.0,
        yz: 0.0,
    };

    /// The symmetric part's upper triangle of `m`.
    pub(crate) fn of(m: &Mat3) -> Self {
        Self {
            xx: m.x.x,
            yy: m.y.y,
            zz: m.z.z,
            xy: m.y.x,
            xz: m.z.x,
            yz: m.z.y,
        }
    }

    /// Sum of the diagonal: no moment about any axis is more.
    pub(crate) fn trace(&self) -> f64 {
        self.xx + self.yy + self.zz
    }

    /// R·S·Rᵀ.
    #[inline]
    pub(crate) fn rotated(&self, r: &Mat3) -> Self {
        let a = r.x * self.xx + r.y * self.xy + r.z * self.xz;
        let b = r.x * self.xy + r.y * self.yy + r.z * self.yz;
        let c = r.x * self.xz + r.y * self.yz + r.z * self.zz;
        Self {
            xx: a.x * r.x.x + b.x * r.y.x + c.x * r.z.x,
            yy: a.y * r.x.y + b.y * r.y.y + c.y * r.z.y,
            zz: a.z * r.x.z + b.z * r.y.z + c.z * r.z.z,
            xy: a.x * r.x.y + b.x * r.y.y + c.x * r.z.y,
            xz: a.x * r.x.z + b.x * r.y.z + c.x * r.z.z,
            yz: a.y * r.x.z + b.y * r.y.z + c.y * r.z.z,
        }
    }

    /// The inertia of a point mass at `at`, about the origin.
    #[inline]
    pub(crate) fn point_mass(mass_kg: f64, at: Vec3) -> Self {
        let m = at * mass_kg;
        Self {
            xx: m.y * at.y + m.z * at.z,
            yy: m.x * at.x + m.z * at.z,
            zz: m.x * at.x + m.y * at.y,
            xy: -m.x * at.y,
            xz: -m.x * at.z,
            yz: -m.y * at.z,
        }
    }
}

impl Add for Sym3 {
    type Output = Self;
    #[inline]
    fn add(self, o: Self) -> Self {
        Self {
            xx: self.xx + o.xx,
            yy: self.yy + o.yy,
            zz: self.zz + o.zz,
            xy: self.xy + o.xy,
            xz: self.xz + o.xz,
            yz: self.yz + o.yz,
        }
    }
}

impl Mul<Vec3> for Sym3 {
    type Output = Vec3;
    #[inline]
    fn mul(self, v: Vec3) -> Vec3 {
        Vec3::new(
            Vec3::new(self.xx, self.xy, self.xz).dot(v),
            Vec3::new(self.xy, self.yy, self.yz).dot(v),
            Vec3::new(self.xz, self.yz, self.zz).dot(v),
        )
    }
}
