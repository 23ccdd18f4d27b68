//! An arm model as bytes, so that a journal holds all that a replay needs: little-endian f64, exact bits.

use crate::chain::Chain;
use crate::model::{ArmModel, Body};
use crate::spatial::{Mat3, Pose, Vec3};
use crate::symmetric::Sym3;
use crate::{JOINTS_MAX, ModelError};

/// Numbers of one body: fixed pose, mass, centre, inertia, armature, limits.
const BODY_NUMBERS: usize = 12 + 1 + 3 + 6 + 1 + 2;
/// Numbers after the bodies: tool pose and gravity.
const END_NUMBERS: usize = 12 + 3;

impl ArmModel {
    /// The model as bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut numbers = Vec::with_capacity(self.bodies.len() * BODY_NUMBERS + END_NUMBERS);
        for body in &self.bodies {
            put_pose(&mut numbers, &body.T_parent_body);
            numbers.push(body.mass_kg);
            put_vector(&mut numbers, body.com_m);
            let i = &body.inertia_kg_m2;
            numbers.extend([i.xx, i.yy, i.zz, i.xy, i.xz, i.yz]);
            numbers.extend([body.armature_kg_m2, body.position_min_rad, body.position_max_rad]);
        }
        put_pose(&mut numbers, &self.T_body_tool);
        put_vector(&mut numbers, self.gravity_m_s2);
        numbers.into_iter().flat_map(f64::to_le_bytes).collect()
    }

    /// The model that was encoded, bit for bit.
    ///
    /// # Errors
    /// When the bytes are of no whole model or hold numbers that are not finite.
    pub fn decode(bytes: &[u8]) -> Result<Self, ModelError> {
        let (chunks, rest) = bytes.as_chunks::<8>();
        let dof = chunks.len().saturating_sub(END_NUMBERS) / BODY_NUMBERS;
        let is_whole = rest.is_empty() && chunks.len() == dof * BODY_NUMBERS + END_NUMBERS;
        if !(is_whole && (1..=JOINTS_MAX).contains(&dof)) {
            return Err(ModelError::JointCount(dof));
        }
        let mut numbers = chunks.iter().map(|chunk| f64::from_le_bytes(*chunk));
        if !numbers.clone().all(f64::is_finite) {
            return Err(ModelError::Transform(dof));
        }
        let mut next = || numbers.next().unwrap_or(f64::NAN);
        let bodies: Box<[Body]> = (0..dof).map(|_| take_body(&mut next)).collect();
        let (T_body_tool, gravity_m_s2) = (take_pose(&mut next), take_vector(&mut next));
        Ok(Self {
            chain: Chain::of(&bodies, gravity_m_s2),
            bodies,
            T_body_tool,
            gravity_m_s2,
        })
    }
}

fn put_vector(numbers: &mut Vec<f64>, v: Vec3) {
    numbers.extend([v.x, v.y, v.z]);
}

fn put_pose(numbers: &mut Vec<f64>, pose: &Pose) {
    for v in [pose.rotation.x, pose.rotation.y, pose.rotation.z, pose.translation_m] {
        put_vector(numbers, v);
    }
}

fn take_vector(next: &mut impl FnMut() -> f64) -> Vec3 {
    let (x, y, z) = (next(), next(), next());
    Vec3::new(x, y, z)
}

fn take_pose(next: &mut impl FnMut() -> f64) -> Pose {
    let (x, y, z) = (take_vector(next), take_vector(next), take_vector(next));
    Pose {
        rotation: Mat3::from_columns(x, y, z),
        translation_m: take_vector(next),
    }
}

fn take_body(next: &mut impl FnMut() -> f64) -> Body {
    let T_parent_body = take_pose(next);
    let (mass_kg, com_m) = (next(), take_vector(next));
    let (xx, yy, zz, xy, xz, yz) = (next(), next(), next(), next(), next(), next());
    let inertia_kg_m2 = Sym3 { xx, yy, zz, xy, xz, yz };
    let (armature_kg_m2, position_min_rad, position_max_rad) = (next(), next(), next());
    Body {
        T_parent_body,
        mass_kg,
        com_m,
        inertia_kg_m2,
        armature_kg_m2,
        position_min_rad,
        position_max_rad,
    }
}
