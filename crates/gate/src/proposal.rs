//! What System 2 asks for.

use crate::DOF_MAX;

/// The most steps that an action chunk can have.
pub const STEPS_MAX: usize = 64;

/// What the numbers of an action chunk mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Semantics {
    /// Absolute joint positions in rad, in the profile's joint order.
    JointPosition = 1,
}

/// An action chunk with everything that is needed to judge it. Instants are nanoseconds of the monotonic clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Which source made it (a number that the composition root gives out).
    pub source: u32,
    /// The authority epoch that the source held; an older epoch has no authority.
    pub epoch: u64,
    /// Strictly increasing for a source and epoch.
    pub sequence: u64,
    /// When the source finished it.
    pub made_at_ns: i64,
    /// When the oldest sensor reading behind it was taken.
    pub observed_at_ns: i64,
    /// After this instant no step of it may start.
    pub valid_until_ns: i64,
    /// The tracker's `played_ns` at `observed_at_ns`: how much action time had really been consumed. Trimming uses this, never an estimated latency.
    pub observed_played_ns: i64,
    /// Hash of the safety profile that it was made for.
    pub profile_hash: [u8; 32],
    /// Meaning of `targets`.
    pub semantics: Semantics,
    /// Time between two steps. Step k (from 0) is to be reached (k + 1) periods after the observation.
    pub period_ns: i64,
    /// Number of joints used in each step.
    pub dof: usize,
    /// Number of steps used.
    pub steps: usize,
    /// (steps, dof), rad; entries past `steps` and `dof` are zero.
    pub targets: [[f64; DOF_MAX]; STEPS_MAX],
    /// (steps,), 0 = open or vacuum off, 1 = closed or vacuum on. Never averaged.
    pub gripper: [f64; STEPS_MAX],
}
