//! The shells around the pure tick: they own clocks, ports, channels and the journal, and decide nothing.
//!
//! [`Lockstep`] runs under a virtual clock; it drives the same [`Cycle`] as every other shell.

mod channels;
mod cycle;
mod error;
mod event;
mod lockstep;
mod system;
mod wire;

pub use channels::{EVENT_MESSAGE_BYTES_MAX, HOST_MESSAGE_BYTES_MAX, TIMING_BYTES_MAX, create_channels};
pub use cycle::{Cycle, Sink};
pub use error::ShellError;
pub use event::{EVENT_BYTES, Event};
pub use lockstep::{CLOCK_START_NS, Lockstep};
pub use system::System;
pub use wire::{
    CONTROL_BYTES, HostMessage, STATUS_BYTES, decode_control, decode_status, encode_control, encode_status,
};
