//! The safety profile: every limit, none with a default.

use crate::DOF_MAX;

/// Limits of one joint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JointLimits {
    /// Lowest position, rad.
    pub position_min_rad: f64,
    /// Highest position, rad.
    pub position_max_rad: f64,
    /// Highest speed, rad/s.
    pub velocity_max_rad_s: f64,
    /// Highest acceleration, rad/s².
    pub acceleration_max_rad_s2: f64,
    /// Highest jerk, rad/s³.
    pub jerk_max_rad_s3: f64,
    /// Highest motor torque, N·m.
    pub torque_max_nm: f64,
}

/// Every limit that System 1 holds, and the hash of the file that they came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// One entry a joint; the number of joints is its length (1..=32).
    pub joints: Vec<JointLimits>,
    /// Time between two ticks, ns.
    pub period_ns: i64,
    /// Largest allowed distance between commanded and measured position before a stop, rad.
    pub tracking_error_max_rad: f64,
    /// Oldest observation that a proposal may rest on, ns.
    pub observation_age_max_ns: i64,
    /// Longest time without a fresh admitted proposal before the robot stops, ns.
    pub proposal_gap_max_ns: i64,
    /// Oldest measured state before the robot stops, ns.
    pub measured_age_max_ns: i64,
    /// Largest jump at the splice between the motion now and a new chunk, rad.
    pub splice_jump_max_rad: f64,
    /// Deadline misses in a row before the robot stops.
    pub deadline_misses_max: u32,
    /// SHA-256 of the canonical profile.
    pub hash: [u8; 32],
}

impl Profile {
    /// Number of joints, at most [`DOF_MAX`].
    #[must_use]
    pub fn dof(&self) -> usize {
        self.joints.len().min(DOF_MAX)
    }
}
