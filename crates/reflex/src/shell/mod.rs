//! The shells around the pure tick: they own clocks, ports, channels and the journal, and decide nothing.
//!
//! [`Lockstep`] runs under a virtual clock, [`realtime`] against the machine's; both drive the same [`Cycle`].

#[allow(clippy::disallowed_methods)] // makes targets, decides nothing
pub mod beside_load;
mod channels;
mod clock;
mod cycle;
mod error;
mod event;
mod lockstep;
pub mod machine;
mod monitor;
mod people;
pub mod realtime;
mod replay;
mod shapes;
mod station;
mod system;
mod timing;
mod wire;

pub use channels::{EVENT_MESSAGE_BYTES_MAX, HOST_MESSAGE_BYTES_MAX, create_channels};
pub use clock::{Pace, Wake, monotonic_ns};
pub use cycle::{Cycle, Sink};
pub use error::ShellError;
pub use event::{EVENT_BYTES, Event};
pub use lockstep::{CLOCK_START_NS, Lockstep};
pub use monitor::Watching;
pub use replay::{Difference, ReplayReport, replay};
pub use system::System;
pub use timing::{Quantiles, Timing, TimingSummary};
pub use wire::{
    CONTROL_BYTES, HostMessage, STATUS_BYTES, decode_control, decode_status, encode_control, encode_status,
};
