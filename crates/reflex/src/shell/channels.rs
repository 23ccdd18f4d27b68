//! The channels of a real-time run whose messages System 1 defines.

use super::{STATUS_BYTES, ShellError, TimingSummary};
use spinal_gate::PROPOSAL_BYTES_MAX;
use spinal_journal::ENTRY_HEAD_BYTES;
use spinal_journal::wire::{MEASURED_BYTES_MAX, PEOPLE_BYTES_MAX, TIMED_COMMAND_BYTES_MAX, VERDICT_BYTES_MAX};
use spinal_link::{create_flag, create_latest, create_ring};
use spinal_monitor::WORD_BYTES;
use std::path::Path;

/// The longest message from the host: a note of 4 KiB.
pub const HOST_MESSAGE_BYTES_MAX: usize = 4097;
/// The longest message to the host, as an entry: every verdict, and proposals of usual length.
pub const EVENT_MESSAGE_BYTES_MAX: usize = 2048;
const _: () = assert!(ENTRY_HEAD_BYTES + VERDICT_BYTES_MAX <= EVENT_MESSAGE_BYTES_MAX);
/// Proposals, controls and events that may wait. Chosen by hand: seconds of each.
const PROPOSAL_SLOTS: usize = 16;
const CONTROL_SLOTS: usize = 64;
const EVENT_SLOTS: usize = 1024;

/// Makes `measured`, `people`, `command`, `status`, `timing`, `verdict`, `monitor` (newest wins), `proposals`, `controls`, `events` (queues), `estop`
/// and `reset` (flags) in the run's folder.
///
/// # Errors
/// When one exists already or there is no room.
pub fn create_channels(folder: &Path) -> Result<(), ShellError> {
    create_latest(&folder.join("measured"), MEASURED_BYTES_MAX)?;
    create_latest(&folder.join("command"), TIMED_COMMAND_BYTES_MAX)?;
    create_latest(&folder.join("status"), STATUS_BYTES)?;
    create_latest(&folder.join("people"), PEOPLE_BYTES_MAX)?;
    create_latest(&folder.join("timing"), TimingSummary::BYTES)?;
    create_latest(&folder.join("verdict"), VERDICT_BYTES_MAX)?;
    create_ring(&folder.join("proposals"), PROPOSAL_SLOTS, PROPOSAL_BYTES_MAX)?;
    create_ring(&folder.join("controls"), CONTROL_SLOTS, HOST_MESSAGE_BYTES_MAX)?;
    create_ring(&folder.join("events"), EVENT_SLOTS, EVENT_MESSAGE_BYTES_MAX)?;
    create_latest(&folder.join("monitor"), WORD_BYTES)?;
    create_flag(&folder.join("estop"))?;
    create_flag(&folder.join("reset"))?;
    Ok(())
}
