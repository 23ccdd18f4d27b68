//! What System 2 asks for.

use crate::{DOF_MAX, Semantics};

/// The most steps that an action chunk can have.
pub const STEPS_MAX: usize = 64;

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
    /// Numbers used in each step: the joints, or 7 of a tool pose, or 6 of a tool delta or twist.
    pub dof: usize,
    /// Number of steps used.
    pub steps: usize,
    /// (steps, dof), units by `semantics`; entries past `steps` and `dof` are zero.
    pub targets: [[f64; DOF_MAX]; STEPS_MAX],
    /// (steps,), 0 = open or vacuum off, 1 = closed or vacuum on. Never averaged.
    pub gripper: [f64; STEPS_MAX],
}

impl Proposal {
    /// The targets of one joint, or of one place in a step, step by step.
    pub(crate) fn joint_targets(&self, joint: usize) -> impl Iterator<Item = f64> + Clone + '_ {
        let value = move |step: &[f64; DOF_MAX]| step.get(joint).copied().unwrap_or(f64::NAN);
        self.targets.iter().take(self.steps).map(value)
    }
}
