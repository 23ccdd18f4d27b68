//! The arm as rigid-body mechanics knows it: where the tool is, what moves it, and which joints reach a pose.
//!
//! Pure functions of a checked [`ArmModel`]; nothing allocates after construction and nothing can panic.
//! Frames: `base` is the frame that the first joint's fixed transform starts from (choose the world to have results in the
//! world); `tool` is the frame of [`Tool`]. Units: m, rad, kg, N·m, s.
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::disallowed_methods)]
// Frames are written as in robotics texts: `T_base_tool` maps tool coordinates to base.
#![allow(non_snake_case)]

mod angle;
mod chain;
mod dynamics;
mod inverse;
mod model;
mod momentum;
mod motion;
mod posture;
mod real;
mod spatial;
mod symmetric;
mod wire;

pub use dynamics::MassMatrix;
pub use inverse::{IK_TOLERANCE, IkError, SEED_DISTANCE_MAX_RAD};
pub use model::{ArmModel, DhRow, Joint, ModelError, Tool};
pub use momentum::MomentumTerms;
pub use motion::{Motion, Twist};
pub use posture::{Jacobian, Posture};
pub use real::{Four, Real};
pub use spatial::{Mat3, Pose, Vec3};

/// The most joints that a model can have.
pub const JOINTS_MAX: usize = 32;

/// One value a joint; entries past the model's `dof` are ignored on input and zero on output.
pub type Joints = [f64; JOINTS_MAX];
