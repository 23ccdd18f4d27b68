//! System 1 against the machine's clock: the loop of the `reflex` process.
//!
//! If the process dies in any line, the robot port gets no new command: the robot's own watchdog (in a simulated cell
//! the plant's) must stop it, and the journal is whole up to its last sync.

use super::clock::Pace;
use super::monitor::{MonitorThread, Watching};
use super::station::Station;
use super::{ShellError, System, Timing, TimingSummary, machine};
use spinal_journal::{Detail, Summary};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// Time between two summaries, and between two looks for the parent process, ns.
const LOOK_EVERY_NS: i64 = 1_000_000_000;

/// What a real-time run is made from.
#[derive(Clone, Debug)]
pub struct RealtimeConfig {
    /// System 1.
    pub system: System,
    /// The run's folder in shared memory, with the channels of [`super::create_channels`].
    pub channels: PathBuf,
    /// The folder of the journal's segments.
    pub journal: PathBuf,
    /// Bytes after which a new segment begins.
    pub segment_bytes: u64,
    /// How much of each tick is stored.
    pub detail: Detail,
    /// Names the run.
    pub run_id: String,
    /// JSON for the journal's header.
    pub meta: String,
    /// Wall clock at the start, ns since 1970.
    pub started_unix_ns: i64,
    /// Priority in SCHED_FIFO, 1 to 99.
    pub priority: i32,
    /// The CPU to run on.
    pub cpu: Option<usize>,
    /// The independent monitor, in a thread of its own; `None` in benchmarks only.
    pub monitor: Option<Watching>,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The host said so.
    Shutdown,
    /// A signal, or the caller's flag.
    Signal,
    /// The process that started this one is gone.
    ParentGone,
}

/// What a run tells at its end.
#[derive(Debug)]
pub struct RealtimeReport {
    /// Why it ended.
    pub ending: Ending,
    /// Whether the robot was at rest when it ended.
    pub was_at_rest: bool,
    /// What the machine refused.
    pub warnings: Vec<String>,
    /// The last summary.
    pub timing: TimingSummary,
    /// Every wake-up latency and execution time of the run.
    pub histograms: Timing,
    /// What was journaled, or why the journal ended early.
    pub journal: Result<Summary, ShellError>,
}

/// Runs until the host, a signal or the death of the parent ends it; then stops the robot (SS2) and closes the journal.
///
/// # Errors
/// What keeps it from starting: a wrong system, channel or journal.
pub fn run(config: &RealtimeConfig, stop: &AtomicBool) -> Result<RealtimeReport, ShellError> {
    let (mut station, recorder) = Station::open(config)?;
    let watching = config.monitor.clone();
    let watching = watching.map(|watching| MonitorThread::start(watching.limits, &config.channels, config.priority));
    let watcher = watching.transpose()?;
    // The recorder's thread is there already and keeps its ordinary priority.
    let warnings = machine::prepare(config.priority, config.cpu);
    let mut pace = Pace::new(config.system.profile.period_ns);
    let parent = machine::parent();
    let mut next_look_ns = 0;
    loop {
        let wake = pace.wait();
        let (asked, _) = station.tick(&wake);
        let is_time_to_look = wake.at_ns >= next_look_ns;
        if is_time_to_look {
            next_look_ns = wake.at_ns + LOOK_EVERY_NS;
            station.tell_timing(wake.at_ns);
        }
        let ending = if stop.load(Ordering::Relaxed) {
            Some(Ending::Signal)
        } else if is_time_to_look && machine::parent() != parent {
            Some(Ending::ParentGone)
        } else {
            asked
        };
        if let Some(ending) = station.end_if_at_rest(ending, wake.at_ns) {
            let was_at_rest = station.is_at_rest();
            let timing = station.tell_timing(wake.at_ns);
            machine::release();
            let histograms = station.timing.clone();
            drop(watcher);
            drop(station);
            return Ok(RealtimeReport {
                ending,
                was_at_rest,
                warnings,
                timing,
                histograms,
                journal: recorder.finish().map_err(ShellError::from),
            });
        }
    }
}
