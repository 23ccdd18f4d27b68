//! The checked description of an arm.

use crate::angle::sin_cos;
use std::fmt;

use crate::JOINTS_MAX;
use crate::chain::Chain;
use crate::spatial::{Mat3, Pose, Vec3};
use crate::symmetric::Sym3;

/// One revolute joint and the link that it moves. At joint position 0 the joint frame equals `T_parent_joint`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Joint {
    /// Fixed pose of the joint frame in the parent's joint frame (in the base for the first).
    pub T_parent_joint: Pose,
    /// Axis of rotation in the joint frame, unit length.
    pub axis: Vec3,
    /// Mass of the link, kg.
    pub mass_kg: f64,
    /// Centre of mass in the joint frame, m.
    pub com_m: Vec3,
    /// Inertia about the centre of mass, axes of the joint frame, kg·m².
    pub inertia_kg_m2: Mat3,
    /// Rotor inertia seen at the joint (MuJoCo: armature), kg·m².
    pub armature_kg_m2: f64,
    /// Lowest position that inverse kinematics may return, rad.
    pub position_min_rad: f64,
    /// Highest position that inverse kinematics may return, rad.
    pub position_max_rad: f64,
}

/// What is bolted to the last joint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tool {
    /// Fixed pose of the tool frame in the last joint frame.
    pub T_joint_tool: Pose,
    /// Mass, kg; 0 = a frame only.
    pub mass_kg: f64,
    /// Centre of mass in the tool frame, m.
    pub com_m: Vec3,
    /// Inertia about the centre of mass, axes of the tool frame, kg·m².
    pub inertia_kg_m2: Mat3,
}

/// One row of a standard Denavit–Hartenberg table, `T = Rz(q + offset)·Tz(d)·Tx(a)·Rx(alpha)`, with the link that it ends in.
/// Source: Siciliano et al., Robotics: Modelling, Planning and Control, §2.8.2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DhRow {
    /// Link length, m.
    pub a_m: f64,
    /// Link offset, m.
    pub d_m: f64,
    /// Link twist, rad.
    pub alpha_rad: f64,
    /// Added to the joint position, rad.
    pub offset_rad: f64,
    /// Mass of the link, kg.
    pub mass_kg: f64,
    /// Centre of mass in the frame at the end of this row, m.
    pub com_m: Vec3,
    /// Inertia about the centre of mass, axes of the frame at the end of this row, kg·m².
    pub inertia_kg_m2: Mat3,
    /// Rotor inertia seen at the joint, kg·m².
    pub armature_kg_m2: f64,
    /// Lowest joint position, rad.
    pub position_min_rad: f64,
    /// Highest joint position, rad.
    pub position_max_rad: f64,
}

/// Why a description is not an arm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ModelError {
    /// The number of joints is outside 1..=32.
    JointCount(usize),
    /// A fixed transform has a non-finite number or no rotation; the joint (the tool: number of joints).
    Transform(usize),
    /// An axis is not of unit length within 1e-6; the joint.
    Axis(usize),
    /// A mass is negative or not finite, or a centre of mass not finite; the joint.
    Mass(usize),
    /// An inertia is not finite, not symmetric, or negative on its diagonal; the joint.
    Inertia(usize),
    /// Position limits are not finite or not in order; the joint.
    Limits(usize),
    /// Gravity is not finite.
    Gravity,
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JointCount(n) => write!(f, "the arm has {n} joints; allowed are 1 to {JOINTS_MAX}"),
            Self::Transform(i) => write!(
                f,
                "the fixed transform of link {i} is not finite or its rotation not orthonormal"
            ),
            Self::Axis(i) => write!(f, "the axis of joint {i} is not of length 1; normalise it"),
            Self::Mass(i) => write!(
                f,
                "link {i} has a mass that is negative or not finite, or a centre of mass not finite"
            ),
            Self::Inertia(i) => write!(f, "the inertia of link {i} must be finite, symmetric and not negative"),
            Self::Limits(i) => write!(
                f,
                "the position limits of joint {i} must be finite, the lower below the upper"
            ),
            Self::Gravity => write!(f, "the gravity vector must be finite"),
        }
    }
}

impl std::error::Error for ModelError {}

/// A link in the form that the algorithms run on: its frame is turned so that the joint axis is z.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body {
    pub T_parent_body: Pose,
    pub mass_kg: f64,
    pub com_m: Vec3,
    pub inertia_kg_m2: Sym3,
    pub armature_kg_m2: f64,
    pub position_min_rad: f64,
    pub position_max_rad: f64,
}

/// A serial arm of revolute joints with its inertia. Immutable once made.
#[derive(Clone, Debug)]
pub struct ArmModel {
    pub(crate) bodies: Box<[Body]>,
    pub(crate) chain: Chain,
    pub(crate) T_body_tool: Pose,
    pub(crate) gravity_m_s2: Vec3,
}

impl ArmModel {
    /// An arm of these joints, from the base outwards, with its tool and the gravity vector in the base frame (m/s²).
    ///
    /// # Errors
    /// The first thing in the description that is wrong.
    pub fn new(joints: &[Joint], tool: &Tool, gravity_m_s2: Vec3) -> Result<Self, ModelError> {
        if !(1..=JOINTS_MAX).contains(&joints.len()) {
            return Err(ModelError::JointCount(joints.len()));
        }
        for (i, joint) in joints.iter().enumerate() {
            check_joint(i, joint)?;
        }
        check_link(
            joints.len(),
            &tool.T_joint_tool,
            tool.mass_kg,
            tool.com_m,
            &tool.inertia_kg_m2,
        )?;
        if !gravity_m_s2.is_finite() {
            return Err(ModelError::Gravity);
        }
        let mut parent_turn = Mat3::IDENTITY; // from the body frame (axis = z) to the joint frame, of the parent
        let mut bodies = Vec::with_capacity(joints.len());
        for (i, joint) in joints.iter().enumerate() {
            let turn = rotation_that_maps_z_to(joint.axis);
            let to_parent = Pose {
                rotation: parent_turn.transpose(),
                translation_m: Vec3::ZERO,
            };
            let from_body = Pose {
                rotation: turn,
                translation_m: Vec3::ZERO,
            };
            let link = if i + 1 == joints.len() {
                with_tool(joint, tool)
            } else {
                Lump::of(joint)
            };
            bodies.push(Body {
                T_parent_body: to_parent * joint.T_parent_joint * from_body,
                mass_kg: link.mass_kg,
                com_m: turn.transpose() * link.com_m,
                inertia_kg_m2: link.inertia_kg_m2.rotated(&turn.transpose()),
                armature_kg_m2: joint.armature_kg_m2,
                position_min_rad: joint.position_min_rad,
                position_max_rad: joint.position_max_rad,
            });
            parent_turn = turn;
        }
        let to_body = Pose {
            rotation: parent_turn.transpose(),
            translation_m: Vec3::ZERO,
        };
        Ok(Self {
            chain: Chain::of(&bodies, gravity_m_s2),
            bodies: bodies.into_boxed_slice(),
            T_body_tool: to_body * tool.T_joint_tool,
            gravity_m_s2,
        })
    }

    /// An arm from a standard Denavit–Hartenberg table. `tool.T_joint_tool` is given in the frame at the end of the last row.
    ///
    /// # Errors
    /// As [`ArmModel::new`].
    pub fn from_dh(rows: &[DhRow], T_base_first: Pose, tool: &Tool, gravity_m_s2: Vec3) -> Result<Self, ModelError> {
        let mut joints = Vec::with_capacity(rows.len());
        let mut parent_end = T_base_first;
        for (i, row) in rows.iter().enumerate() {
            let finite = [row.a_m, row.d_m, row.alpha_rad, row.offset_rad]
                .iter()
                .all(|value| value.is_finite());
            if !finite {
                return Err(ModelError::Transform(i));
            }
            let turn = Pose {
                rotation: Mat3::IDENTITY.turned_about_z(sin_cos(row.offset_rad).0, sin_cos(row.offset_rad).1),
                ..Pose::IDENTITY
            };
            let twist = Mat3::rotation_x(row.alpha_rad);
            let end = Pose {
                rotation: twist,
                translation_m: Vec3::new(row.a_m, 0.0, row.d_m),
            };
            joints.push(Joint {
                T_parent_joint: parent_end * turn,
                axis: Vec3::new(0.0, 0.0, 1.0),
                mass_kg: row.mass_kg,
                com_m: end.apply(row.com_m),
                inertia_kg_m2: twist * row.inertia_kg_m2 * twist.transpose(),
                armature_kg_m2: row.armature_kg_m2,
                position_min_rad: row.position_min_rad,
                position_max_rad: row.position_max_rad,
            });
            parent_end = end;
        }
        let tool = Tool {
            T_joint_tool: parent_end * tool.T_joint_tool,
            ..*tool
        };
        Self::new(&joints, &tool, gravity_m_s2)
    }

    /// No tool position can be further from the base's origin than this, m: the lengths of all links and of the tool together.
    #[must_use]
    pub fn reach_m(&self) -> f64 {
        let links: f64 = self
            .bodies
            .iter()
            .map(|body| body.T_parent_body.translation_m.norm())
            .sum();
        links + self.T_body_tool.translation_m.norm()
    }

    /// How far, at most, from each joint's axis the tool or any joint's origin outwards of it can be, m.
    #[must_use]
    pub fn levers_m(&self) -> crate::Joints {
        let mut levers_m = [0.0; JOINTS_MAX];
        let mut lever_m = self.T_body_tool.translation_m.norm();
        for (lever, body) in levers_m.iter_mut().zip(&self.bodies).rev() {
            *lever = lever_m;
            lever_m += body.T_parent_body.translation_m.norm();
        }
        levers_m
    }

    /// Upper bounds for each joint, whatever the arm's shape: inertia about its axis (kg·m²) and first moment of mass (kg·m) of all that it moves,
    /// the inertia with its own rotor's.
    #[must_use]
    pub fn inertias_max(&self) -> (crate::Joints, crate::Joints) {
        let (mut inertias, mut moments) = ([0.0; JOINTS_MAX], [0.0; JOINTS_MAX]);
        for (joint, (inertia, moment)) in inertias.iter_mut().zip(&mut moments).enumerate() {
            let mut origin_m = 0.0;
            for (i, body) in self.bodies.iter().enumerate().skip(joint) {
                if i == joint {
                    *inertia += body.armature_kg_m2;
                } else {
                    origin_m += body.T_parent_body.translation_m.norm();
                }
                let lever_m = origin_m + body.com_m.norm();
                *inertia += body.mass_kg * lever_m * lever_m + body.inertia_kg_m2.trace();
                *moment += body.mass_kg * lever_m;
            }
        }
        (inertias, moments)
    }

    /// Number of joints.
    #[must_use]
    pub fn dof(&self) -> usize {
        self.bodies.len()
    }
}

fn check_joint(i: usize, joint: &Joint) -> Result<(), ModelError> {
    check_link(
        i,
        &joint.T_parent_joint,
        joint.mass_kg,
        joint.com_m,
        &joint.inertia_kg_m2,
    )?;
    let unit = (joint.axis.norm() - 1.0).abs() <= 1e-6;
    if !unit {
        return Err(ModelError::Axis(i));
    }
    if !(joint.armature_kg_m2.is_finite() && joint.armature_kg_m2 >= 0.0) {
        return Err(ModelError::Inertia(i));
    }
    let (low, high) = (joint.position_min_rad, joint.position_max_rad);
    if !(low.is_finite() && high.is_finite() && low < high) {
        return Err(ModelError::Limits(i));
    }
    Ok(())
}

fn check_link(i: usize, fixed: &Pose, mass_kg: f64, com_m: Vec3, inertia: &Mat3) -> Result<(), ModelError> {
    if !fixed.is_valid() {
        return Err(ModelError::Transform(i));
    }
    if !(mass_kg.is_finite() && mass_kg >= 0.0 && com_m.is_finite()) {
        return Err(ModelError::Mass(i));
    }
    let finite = inertia.x.is_finite() && inertia.y.is_finite() && inertia.z.is_finite();
    let skew = (inertia.transpose().x - inertia.x).norm() + (inertia.transpose().y - inertia.y).norm();
    let positive = inertia.x.x >= 0.0 && inertia.y.y >= 0.0 && inertia.z.z >= 0.0;
    if !(finite && skew <= 1e-9 && positive) {
        return Err(ModelError::Inertia(i));
    }
    Ok(())
}

/// Mass, centre and inertia of one rigid body.
struct Lump {
    mass_kg: f64,
    com_m: Vec3,
    inertia_kg_m2: Sym3,
}

impl Lump {
    fn of(joint: &Joint) -> Self {
        Self {
            mass_kg: joint.mass_kg,
            com_m: joint.com_m,
            inertia_kg_m2: Sym3::of(&joint.inertia_kg_m2),
        }
    }
}

/// The last link and the tool as one rigid body, in the last joint frame (parallel-axis theorem).
fn with_tool(joint: &Joint, tool: &Tool) -> Lump {
    let total = joint.mass_kg + tool.mass_kg;
    if tool.mass_kg == 0.0 {
        return Lump::of(joint);
    }
    let tool_com = tool.T_joint_tool.apply(tool.com_m);
    let com_m = (joint.com_m * joint.mass_kg + tool_com * tool.mass_kg) * (1.0 / total);
    let inertia_kg_m2 = Sym3::of(&joint.inertia_kg_m2)
        + Sym3::point_mass(joint.mass_kg, joint.com_m - com_m)
        + Sym3::of(&tool.inertia_kg_m2).rotated(&tool.T_joint_tool.rotation)
        + Sym3::point_mass(tool.mass_kg, tool_com - com_m);
    Lump {
        mass_kg: total,
        com_m,
        inertia_kg_m2,
    }
}

/// A rotation whose third column is `axis` (unit).
fn rotation_that_maps_z_to(axis: Vec3) -> Mat3 {
    let helper = if axis.x.abs() < 0.9 {
        Vec3::new(1.0, 0.0, 0.0)
    } else {
        Vec3::new(0.0, 1.0, 0.0)
    };
    if axis == Vec3::new(0.0, 0.0, 1.0) {
        return Mat3::IDENTITY;
    }
    let y = axis.cross(helper);
    let y = y * (1.0 / y.norm());
    Mat3::from_columns(y.cross(axis), y, axis)
}
