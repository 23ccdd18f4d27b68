//! The writer thread of real-time runs.

use crate::entry::Kind;
use crate::error::JournalError;
use crate::tap::{Tap, Tapped};
use crate::writer::{Summary, Writer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Pause between two looks into the ring. Chosen by hand: far below the sync interval, cheap enough to be ignored.
const POLL: Duration = Duration::from_millis(5);
/// Most entries between two looks at the sync interval: a tick that is faster than the disk must not starve it.
const ROUND_ENTRIES: u32 = 4096;

/// How a recording is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Bytes of the ring between tick and thread.
    pub ring_bytes: usize,
    /// Longest time until an entry is on the disk.
    pub sync_interval: Duration,
}

impl Default for Recording {
    fn default() -> Self {
        Recording {
            ring_bytes: 4 << 20,
            sync_interval: Duration::from_millis(50),
        }
    }
}

/// A running writer thread.
#[derive(Debug)]
pub struct Recorder {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<Summary, JournalError>>,
}

/// Starts the writer thread; the [`Tap`] goes to the tick.
///
/// # Errors
/// When the thread cannot be started.
pub fn record(writer: Writer, recording: Recording) -> Result<(Tap, Recorder), JournalError> {
    let (tap, tapped) = Tap::new(recording.ring_bytes);
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    let run = move || drain(writer, tapped, &asked, recording.sync_interval);
    let spawned = std::thread::Builder::new().name("journal".into()).spawn(run);
    let thread = spawned.map_err(|source| JournalError::Io {
        doing: "start the thread of",
        path: "writer".into(),
        source,
    })?;
    Ok((tap, Recorder { stop, thread }))
}

impl Recorder {
    /// Writes what is in the ring, closes the journal and tells what was written.
    ///
    /// # Errors
    /// What the writer met: a full disk, for instance.
    pub fn finish(self) -> Result<Summary, JournalError> {
        self.stop.store(true, Ordering::Release);
        self.thread.join().map_err(|_| JournalError::WriterDied)?
    }
}

fn drain(
    mut writer: Writer,
    mut tapped: Tapped,
    stop: &AtomicBool,
    interval: Duration,
) -> Result<Summary, JournalError> {
    let mut body = Vec::with_capacity(1 << 15);
    let mut synced = Instant::now();
    loop {
        // Read before draining: what was appended before the stop is then in the ring.
        let is_last = stop.load(Ordering::Acquire) || tapped.is_abandoned();
        let mut is_urgent = false;
        let mut taken = 0;
        while (is_last || taken < ROUND_ENTRIES)
            && let Some((kind, at_ns)) = tapped.next_into(&mut body)
        {
            writer.append(kind, at_ns, &body)?;
            is_urgent |= kind == Kind::Note;
            taken += 1;
        }
        if is_last {
            return writer.close();
        }
        if is_urgent || synced.elapsed() >= interval {
            writer.sync()?;
            synced = Instant::now();
        }
        if taken < ROUND_ENTRIES {
            std::thread::sleep(POLL);
        }
    }
}
