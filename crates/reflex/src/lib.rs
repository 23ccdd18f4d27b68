//! System 1: the tick `estimate → track → gate → servo`, its watchdogs and stops. Pure: no clocks, no I/O, no allocation after `new`.
#![deny(clippy::indexing_slicing)]

mod control;
mod port;
mod reflex;
mod settings;
mod status;
mod trigger;

pub use control::Control;
pub use port::RobotPort;
pub use reflex::Reflex;
pub use settings::{ConfigError, Estimator, Observer, Servo, Settings};
pub use status::Status;
pub use trigger::{Clears, Trigger};
