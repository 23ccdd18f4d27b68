//! The arm's links in frames from one to the next of which it takes two plain turns, which is what the equations of motion run on.

use crate::model::{ArmModel, Body};
use crate::real::Real;
use crate::spatial::{Mat3, Vec3};
use crate::symmetric::Sym3;

/// All links. Each one's frame is that of [`crate::Posture::link`], turned about the joint's axis until its x is at a right angle to the
/// axis of the next joint too: then a turn about x and one about the own z lead to the next frame.
/// Source: Craig, Introduction to Robotics, §3.4 (link frames); the turns are the z–x–z Euler angles of the fixed rotations.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub links: Box<[Link]>,
    pub gravity_m_s2: Vec3,
}

/// A link, in its frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    /// Of the turn about the parent's x.
    pub sin: f64,
    pub cos: f64,
    /// Added to the joint's position, rad.
    pub offset_rad: f64,
    /// From the parent's origin to this one's, in the parent's frame, m.
    pub lever_m: Vec3,
    pub mass_kg: f64,
    pub com_m: Vec3,
    pub inertia_kg_m2: Sym3,
    pub armature_kg_m2: f64,
    /// By which its frame is turned about the joint's axis.
    turn: Mat3,
}

impl Chain {
    pub fn of(bodies: &[Body], gravity_m_s2: Vec3) -> Self {
        let turns: Vec<[f64; 3]> = bodies.iter().map(|body| z_x_z(&body.T_parent_body.rotation)).collect();
        let first = |i: usize| turns.get(i).map_or(0.0, |[first, ..]| *first);
        let about_z = |angle_rad: f64| {
            let (sin, cos) = crate::angle::sin_cos(angle_rad);
            Mat3::IDENTITY.turned_about_z(sin, cos)
        };
        let links = bodies
            .iter()
            .zip(&turns)
            .enumerate()
            .map(|(i, (body, &[own, tilt, last]))| {
                let (sin, cos) = crate::angle::sin_cos(tilt);
                let turn = about_z(first(i + 1));
                let back = turn.transpose();
                Link {
                    sin,
                    cos,
                    offset_rad: last + first(i + 1),
                    lever_m: about_z(own).transpose() * body.T_parent_body.translation_m,
                    mass_kg: body.mass_kg,
                    com_m: back * body.com_m,
                    inertia_kg_m2: body.inertia_kg_m2.rotated(&back),
                    armature_kg_m2: body.armature_kg_m2,
                    turn,
                }
            });
        Self {
            links: links.collect(),
            gravity_m_s2: about_z(first(0)).transpose() * gravity_m_s2,
        }
    }
}

/// The rotation from a link's frame to its parent's: about the parent's x, then about the own z.
pub(crate) struct Turn<'a, T> {
    pub link: &'a Link,
    /// Of the turn about the own z.
    pub sin: T,
    pub cos: T,
}

impl<T: Real> Turn<'_, T> {
    /// A vector of the parent's frame, in the link's.
    #[inline]
    pub fn outwards(&self, v: Vec3<T>) -> Vec3<T> {
        let (sin, cos) = (T::splat(self.link.sin), T::splat(self.link.cos));
        let y = v.y.times_plus(cos, v.z * sin);
        let z = v.z.times_plus(cos, -(v.y * sin));
        Vec3::new(
            v.x.times_plus(self.cos, y * self.sin),
            y.times_plus(self.cos, -(v.x * self.sin)),
            z,
        )
    }

    /// A vector of the link's frame, in the parent's.
    #[inline]
    pub fn inwards(&self, v: Vec3<T>) -> Vec3<T> {
        let (sin, cos) = (T::splat(self.link.sin), T::splat(self.link.cos));
        let x = v.x.times_plus(self.cos, -(v.y * self.sin));
        let y = v.x.times_plus(self.sin, v.y * self.cos);
        Vec3::new(x, y.times_plus(cos, -(v.z * sin)), y.times_plus(sin, v.z * cos))
    }
}

impl ArmModel {
    /// A point of link `i`, given in the frame of [`crate::Posture::link`], in the frame of [`crate::Twist`]; `None` past the last link.
    #[must_use]
    pub fn in_twist_frame_m(&self, i: usize, point_m: Vec3) -> Option<Vec3> {
        self.chain.links.get(i).map(|link| link.turn.transpose() * point_m)
    }
}

/// The angles (rad) of a rotation that is one about z, then x, then z again.
fn z_x_z(rotation: &Mat3) -> [f64; 3] {
    let axis = rotation.z;
    let sin = (axis.x * axis.x + axis.y * axis.y).sqrt();
    let tilt = libm::atan2(sin, axis.z);
    // With parallel axes one turn about z is enough.
    let first = if sin > 1e-12 { libm::atan2(axis.x, -axis.y) } else { 0.0 };
    let (sin, cos) = crate::angle::sin_cos(first);
    // The last turn is that of x, seen from where the first two lead.
    let along = Vec3::new(cos, sin, 0.0);
    let across = rotation.z.cross(along);
    [first, tilt, libm::atan2(rotation.x.dot(across), rotation.x.dot(along))]
}
