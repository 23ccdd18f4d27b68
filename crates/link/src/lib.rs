//! The link: channels in shared memory between the processes of a real-time run. One file a channel.
//!
//! [`LatestWriter`] and [`LatestReader`] share the newest message of a fixed capacity; [`RingWriter`] and
//! [`RingReader`] share a bounded queue; a [`Flag`] is raised by anybody. Both channels are wait-free for the writer, bounded for the reader, and a process that
//! is killed in the middle of a write neither blocks nor corrupts the other side. Every message carries a check value:
//! memory that was scribbled over is reported, not believed. What the bytes mean is not the link's business.

mod channel;
mod error;
mod flag;
mod latest;
mod ring;

pub use error::LinkError;
pub use flag::{Flag, Flown, create_flag};
pub use latest::{LatestReader, LatestWriter, Read, create_latest};
pub use ring::{Popped, RingReader, RingWriter, create_ring};
