//! The journal: an append-only, hash-chained record of everything that System 1 was told, decided and did.
//!
//! A *segment* is one file: a header (who, which profile and settings, the head hash of the segment before) and then
//! entries. Entry n is chained to all before it: `h_n = SHA-256(h_{n-1} || entry)`; `h_0` is the hash of the header.
//! A `Sync` entry says that everything before it is on the disk, so that a journal has a meaning after `kill -9`:
//! what is cut off behind the last whole entry is a *torn tail*, anything else that does not fit is a *problem*.
//!
//! The tick never touches a file: it copies entries into a ring ([`Tap`]), a thread writes them ([`record`]). In
//! lockstep the same [`Writer`] runs inline.
#![forbid(unsafe_code)]

mod entry;
mod error;
mod folder;
mod header;
mod read;
mod recorder;
mod tap;
mod verify;
pub mod wire;
mod writer;

pub use entry::{BODY_BYTES_MAX, ENTRY_HEAD_BYTES, ENTRY_TAIL_BYTES, Entry, Kind, Sync, decode_event, encode_event};
pub use error::JournalError;
pub use folder::{segments, verify_folder};
pub use header::{Detail, Hash, Header};
pub use read::{Entries, Journal, Place, Problem};
pub use recorder::{Recorder, Recording, record};
pub use tap::{Tap, Tapped};
pub use verify::{Report, verify};
pub use writer::{DIGEST_TICKS, Storage, Summary, Writer};
