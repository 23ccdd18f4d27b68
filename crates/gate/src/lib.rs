//! The gate decides what moves: it admits proposals and lets no command pass from which a stop inside every limit does not exist.
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::disallowed_methods)]
// Containment is written positively, so that NaN fails it; the opposite is then `!(low <= x)`.
#![allow(clippy::neg_cmp_op_on_partial_ord)]

mod admit;
mod body;
mod clearance;
mod command;
mod contact;
mod crest;
mod error;
mod gate;
mod gentleness;
mod geometry;
mod headroom;
mod hint;
mod implied;
mod joint;
mod measured;
mod motion;
mod path;
mod people;
mod plan;
mod profile;
mod proposal;
mod quartet;
mod resolve;
mod sample;
#[cfg(feature = "seeded-bugs")]
#[allow(clippy::indexing_slicing)] // a bug on purpose
pub mod seeded;
mod semantics;
mod separation;
mod shape;
mod stop;
mod sweep;
mod units;
mod verdict;
mod whole;
mod wire;
mod wish;

pub use admit::{Admission, Commanded, admit};
pub use clearance::{Clearance, Nearest};
pub use command::{Command, Mode, Power};
pub use contact::{BodyRegion, Contact, ContactSpeed, ContactTerm, ContactType, REGIONS_MAX};
pub use error::ConfigError;
pub use gate::Gate;
pub use geometry::{CAPSULES_MAX, Geometry, LinkShape, PAIRS_MAX, Part, Place, Role, SOLIDS_MAX};
pub use measured::{INPUTS_MAX, Measured};
pub use people::{PERSONS_MAX, People, PeopleLimits, PeopleReading, Person};
pub use profile::{ArmLimits, JointLimits, Profile};
pub use proposal::{Proposal, STEPS_MAX};
pub use resolve::Resolved;
pub use semantics::{Frame, Semantics};
pub use separation::{Separation, SeparationTerms, StopFacts};
pub use shape::{Capsule, Cuboid, Gap, Plane, Solid};
pub use verdict::{Check, FINDINGS_MAX, Finding, Limited, Outcome, Verdict, WHOLE};
pub use wire::{DecodeError, PROPOSAL_BYTES_MAX};
pub use wish::Wish;

/// The most joints that a profile, a proposal or a command can have.
pub const DOF_MAX: usize = 32;
