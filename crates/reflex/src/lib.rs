//! System 1: the tick `estimate → track → gate → servo`, its watchdogs and stops. Pure: no clocks, no I/O, no allocation after `new`.
#![deny(clippy::indexing_slicing, clippy::disallowed_methods)]
// Containment is written positively, so that NaN fails it; the opposite is then `!(low <= x)`.
#![allow(clippy::neg_cmp_op_on_partial_ord)]

#[allow(clippy::disallowed_methods)] // a robot, not a decision
pub mod analytic;
#[allow(clippy::disallowed_methods)] // makes targets, decides nothing
pub mod bench;
mod control;
mod estimator;
mod heard;
mod history;
mod observer;
mod pace;
mod port;
mod reflex;
mod safe_state;
mod servo;
mod settings;
pub mod shell;
mod spline;
mod status;
mod tightening;
mod tracker;
mod trigger;
mod watchdog;

pub use control::Control;
pub use heard::{HEARD_BYTES, Heard, Life};
pub use port::RobotPort;
pub use reflex::Reflex;
pub use safe_state::SafeState;
pub use settings::{Estimator, Observer, Servo, Settings};
pub use spinal_gate::ConfigError;
pub use status::Status;
pub use tightening::{TIGHTENING_MAX_NS, TightenReason, Tightening};
pub use trigger::{Clears, Trigger};
