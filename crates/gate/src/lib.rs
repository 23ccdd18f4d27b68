//! The gate decides what moves: it admits proposals and lets no command pass from which a stop inside every limit does not exist.
#![forbid(unsafe_code)]

mod command;
mod measured;
mod profile;
mod proposal;
mod verdict;

pub use command::{Command, Mode, Power};
pub use measured::{INPUTS_MAX, Measured};
pub use profile::{JointLimits, Profile};
pub use proposal::{Proposal, STEPS_MAX, Semantics};
pub use verdict::{Check, FINDINGS_MAX, Finding, Outcome, Verdict};

/// The most joints that a profile, a proposal or a command can have.
pub const DOF_MAX: usize = 32;
