//! Where every link is at given joint positions: the base of all other algorithms.

use crate::angle::sin_cos;
use crate::model::{ArmModel, Body};
use crate::spatial::{Mat3, Pose, Vec3};
use crate::symmetric::Sym3;
use crate::{JOINTS_MAX, Joints};

/// One column a joint: how fast the tool moves (m/rad) and turns (rad/rad), in the base frame, at the tool's origin.
#[derive(Clone, Copy, Debug)]
pub struct Jacobian {
    /// Linear velocity of the tool's origin per joint velocity.
    pub linear: [Vec3; JOINTS_MAX],
    /// Angular velocity of the tool per joint velocity.
    pub angular: [Vec3; JOINTS_MAX],
}

/// One link in the base frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub rotation: Mat3,
    pub axis: Vec3,
    pub origin_m: Vec3,
    pub com_m: Vec3,
}

impl Placed {
    const ZERO: Self = Self {
        rotation: Mat3::IDENTITY,
        axis: Vec3::ZERO,
        origin_m: Vec3::ZERO,
        com_m: Vec3::ZERO,
    };

    /// The link's inertia about its centre of mass, along the axes of the base, kg·m².
    pub fn inertia_kg_m2(&self, body: &Body) -> Sym3 {
        body.inertia_kg_m2.rotated(&self.rotation)
    }
}

/// All links placed in the base frame at some joint positions. Made once, moved in place every tick, shared by the dynamics.
#[derive(Clone, Debug)]
pub struct Posture {
    pub(crate) placed: [Placed; JOINTS_MAX],
    T_base_tool: Pose,
}

impl Default for Posture {
    fn default() -> Self {
        Self {
            placed: [Placed::ZERO; JOINTS_MAX],
            T_base_tool: Pose::IDENTITY,
        }
    }
}

impl Posture {
    /// Places all links of `model` at joint positions `q` (rad).
    pub fn move_to(&mut self, model: &ArmModel, q: &Joints) {
        let mut T_base_body = Pose::IDENTITY;
        for ((placed, body), &angle) in self.placed.iter_mut().zip(&model.bodies).zip(q) {
            let (sin, cos) = sin_cos(angle);
            let fixed = T_base_body * body.T_parent_body;
            T_base_body = Pose {
                rotation: fixed.rotation.turned_about_z(sin, cos),
                ..fixed
            };
            *placed = Placed {
                rotation: T_base_body.rotation,
                axis: T_base_body.rotation.z,
                origin_m: T_base_body.translation_m,
                com_m: T_base_body.apply(body.com_m),
            };
        }
        self.T_base_tool = T_base_body * model.T_body_tool;
    }

    /// Pose of the tool in the base frame.
    #[must_use]
    pub fn tool(&self) -> Pose {
        self.T_base_tool
    }

    /// Origin of joint `i`'s frame in the base frame, m; `None` past the last joint slot.
    #[must_use]
    pub fn joint_origin_m(&self, i: usize) -> Option<Vec3> {
        self.placed.get(i).map(|placed| placed.origin_m)
    }

    /// Pose of link `i`'s frame in the base frame: its origin is joint `i`'s, its z is the joint's axis. At joint position 0 it is the
    /// joint's frame, turned by a fixed rotation where the axis is not z there. `None` past the last joint slot.
    #[must_use]
    pub fn link(&self, i: usize) -> Option<Pose> {
        self.placed.get(i).map(|placed| Pose {
            rotation: placed.rotation,
            translation_m: placed.origin_m,
        })
    }

    /// The geometric Jacobian at the tool's origin.
    #[must_use]
    pub fn jacobian(&self, model: &ArmModel) -> Jacobian {
        let mut jacobian = Jacobian {
            linear: [Vec3::ZERO; JOINTS_MAX],
            angular: [Vec3::ZERO; JOINTS_MAX],
        };
        let columns = jacobian.linear.iter_mut().zip(jacobian.angular.iter_mut());
        for ((linear, angular), placed) in columns.zip(&self.placed).take(model.dof()) {
            *angular = placed.axis;
            *linear = placed.axis.cross(self.T_base_tool.translation_m - placed.origin_m);
        }
        jacobian
    }
}

impl ArmModel {
    /// Pose of the tool in the base frame at joint positions `q` (rad).
    #[must_use]
    pub fn forward_kinematics(&self, q: &Joints) -> Pose {
        let mut T_base_body = Pose::IDENTITY;
        for (body, &angle) in self.bodies.iter().zip(q) {
            let (sin, cos) = sin_cos(angle);
            let fixed = T_base_body * body.T_parent_body;
            T_base_body = Pose {
                rotation: fixed.rotation.turned_about_z(sin, cos),
                ..fixed
            };
        }
        T_base_body * self.T_body_tool
    }

    /// The geometric Jacobian at the tool's origin, base frame, at joint positions `q` (rad).
    #[must_use]
    pub fn jacobian(&self, q: &Joints) -> Jacobian {
        self.posture(q).jacobian(self)
    }

    /// All links placed at joint positions `q` (rad).
    #[must_use]
    pub fn posture(&self, q: &Joints) -> Posture {
        let mut posture = Posture::default();
        posture.move_to(self, q);
        posture
    }
}

/// The rotation vector (axis × angle, rad) that turns `from` into `to`, in the frame that both are given in.
/// Source: logarithm of SO(3); near half a turn the axis is read from the symmetric part of the matrix.
pub(crate) fn rotation_error(from: &Mat3, to: &Mat3) -> Vec3 {
    // Sum of the column cross products = 2·sin(angle)·axis; the trace = 1 + 2·cos(angle).
    let twice_sin = from.x.cross(to.x) + from.y.cross(to.y) + from.z.cross(to.z);
    let sin = 0.5 * twice_sin.norm();
    let cos = 0.5 * (from.x.dot(to.x) + from.y.dot(to.y) + from.z.dot(to.z) - 1.0);
    let angle = libm::atan2(sin, cos);
    if sin > 1e-9 {
        return twice_sin * (0.5 * angle / sin);
    }
    if cos > 0.0 {
        return twice_sin * 0.5;
    }
    // Half a turn: R + I = 2·axis·axisᵀ; its longest column gives the axis.
    let turn = *to * from.transpose() + Mat3::IDENTITY;
    let longest = [turn.x, turn.y, turn.z]
        .into_iter()
        .fold(Vec3::ZERO, |a, b| if b.norm() > a.norm() { b } else { a });
    longest * (std::f64::consts::PI / longest.norm().max(1e-12))
}
