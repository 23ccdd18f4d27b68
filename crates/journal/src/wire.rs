//! Bytes of the records that cross a border: little-endian, exact bits, only the joints in use. Defined here once; the
//! journal and the channels of the real-time link carry the same bytes.

mod field;
mod people;
mod tick;
mod verdict;

pub use field::{Put, Take};
pub use people::{PEOPLE_BYTES_MAX, decode_people, encode_people};
pub use tick::{
    CommandRecord, MEASURED_BYTES_MAX, TICK_BYTES_MAX, TIMED_COMMAND_BYTES_MAX, TickRecord, decode_measured,
    decode_tick, decode_timed_command, encode_measured, encode_tick, encode_timed_command,
};
pub use verdict::{VERDICT_BYTES_MAX, decode_verdict, encode_verdict};
