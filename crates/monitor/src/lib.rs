//! The independent monitor: a second opinion on what the robot really does.
//!
//! It shares no code with the gate and none with the arm model, and gets every number from outside. It looks at *measured* positions only:
//! joint positions and speeds, the tool's speed and place, whether a stop that was announced really happens, whether System 1's tick is
//! alive. What passes a limit by more than its tolerance makes it ask for stops, category 2, then 1, then 0; the last by its own lane to
//! the robot. Pure: no clock, no I/O, no allocation after `new`.
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing)]
// Containment is written positively, so that NaN fails it; the opposite is then `!(low <= x)`.
#![allow(clippy::neg_cmp_op_on_partial_ord)]

mod braking;
mod chain;
mod ladder;
mod limits;
mod monitor;
mod speed;
mod word;

pub use chain::{Chain, Link};
pub use limits::{JointRange, LimitError, Limits, Times, Tolerance, Wall, Zone};
pub use monitor::{Monitor, Pulse, Reading};
pub use word::{Check, Stop, WORD_BYTES, Word};

/// The most joints that can be watched.
pub const JOINTS_MAX: usize = 32;
