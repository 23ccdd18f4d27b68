//! The independent monitor in a run: its own thread in real time, one look a tick in lockstep.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use spinal_gate::{DOF_MAX, Measured};
use spinal_journal::wire::{MEASURED_BYTES_MAX, decode_measured};
use spinal_link::{Flag, LatestReader, LatestWriter};
use spinal_monitor::{JOINTS_MAX, Limits, Monitor, Pulse, Reading, WORD_BYTES, Word};

use super::{Pace, STATUS_BYTES, ShellError, decode_status, machine};
use crate::{Control, Heard, Life, Status};

const _: () = assert!(DOF_MAX == JOINTS_MAX);

/// Time between two looks, ns. Chosen by hand: a joint at 3 rad/s goes 0.3° meanwhile.
const PERIOD_NS: i64 = 2_000_000;
/// How much above System 1's priority its watcher runs: it must see a tick that never ends.
const ABOVE: i32 = 5;

/// What a monitor is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Watching {
    /// What it holds.
    pub limits: Limits,
    /// Its own counter may stand still for so long before System 1 stops, ns.
    pub silent_max_ns: i64,
}

/// The reading as the monitor takes it: positions alone.
pub(super) fn reading_of(measured: &Measured) -> Reading {
    Reading {
        at_ns: measured.at_ns,
        position_rad: measured.position_rad,
    }
}

/// The status as the monitor takes it.
pub(super) fn pulse_of(status: &Status) -> Pulse {
    Pulse {
        ticks: status.ticks,
        is_stopping: status.mode != 0,
    }
}

/// A monitor thread that ends when it is dropped.
pub(super) struct MonitorThread {
    is_ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl MonitorThread {
    /// Starts it on the run's channels: `measured`, `status`, `estop` and `reset` in, `monitor` out.
    pub fn start(limits: Limits, channels: &Path, priority: i32) -> Result<MonitorThread, ShellError> {
        let mut outlook = Outlook::open(limits, channels)?;
        let is_ending = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&is_ending);
        let run = move || {
            // Refused = ordinary; System 1's warnings say so.
            let _ = machine::prioritise((priority + ABOVE).min(99));
            let mut pace = Pace::new(PERIOD_NS);
            while !asked.load(Ordering::Relaxed) {
                let wake = pace.wait();
                outlook.look(wake.at_ns);
            }
        };
        let thread = std::thread::Builder::new().name("monitor".into()).spawn(run);
        let thread = thread.map_err(|error| ShellError::Monitor(error.to_string()))?;
        Ok(MonitorThread {
            is_ending,
            thread: Some(thread),
        })
    }
}

impl Drop for MonitorThread {
    fn drop(&mut self) {
        self.is_ending.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A monitor that died has been noticed by its silence.
            let _ = thread.join();
        }
    }
}

/// The thread's ends of the channels.
struct Outlook {
    monitor: Monitor,
    measured: LatestReader,
    status: LatestReader,
    estop: Flag,
    reset: Flag,
    resets: u32,
    word: LatestWriter,
    reading: Option<Reading>,
    pulse: Option<Pulse>,
}

impl Outlook {
    fn open(limits: Limits, channels: &Path) -> Result<Outlook, ShellError> {
        let channel = |name: &str| channels.join(name);
        let reset = Flag::open(&channel("reset"))?;
        Ok(Outlook {
            monitor: Monitor::new(limits).map_err(|error| ShellError::Monitor(error.to_string()))?,
            measured: LatestReader::open(&channel("measured"))?,
            status: LatestReader::open(&channel("status"))?,
            estop: Flag::open(&channel("estop"))?,
            resets: reset.read().raises,
            reset,
            word: LatestWriter::open(&channel("monitor"))?,
            reading: None,
            pulse: None,
        })
    }

    fn look(&mut self, now_ns: i64) {
        let resets = self.reset.read().raises;
        if resets != self.resets {
            self.resets = resets;
            self.monitor.reset();
        }
        self.take();
        let word = self.monitor.look(
            now_ns,
            self.reading.as_ref(),
            self.pulse.as_ref(),
            self.estop.read().is_up,
        );
        // The channel was made for it; System 1 notices a word that does not come.
        let _ = self.word.write(&word.encode());
    }

    /// The newest there are. What cannot be read leaves the one before, whose age then tells.
    fn take(&mut self) {
        let mut bytes = [0; MEASURED_BYTES_MAX];
        if let Ok(Some(read)) = self.measured.read(&mut bytes)
            && let Some((_, measured)) = decode_measured(bytes.get(..read.bytes).unwrap_or(&[]))
        {
            self.reading = Some(reading_of(&measured));
        }
        let mut bytes = [0; STATUS_BYTES];
        if let Ok(Some(read)) = self.status.read(&mut bytes)
            && let Some(status) = decode_status(bytes.get(..read.bytes).unwrap_or(&[]))
        {
            self.pulse = Some(pulse_of(&status));
        }
    }
}

/// System 1's ear: the newest word, and whether its counter goes on.
pub(super) struct Ear {
    word: LatestReader,
    silent_max_ns: i64,
    heard: Heard,
    beats_ns: Option<i64>,
}

impl Ear {
    pub fn open(channels: &Path, silent_max_ns: i64) -> Result<Ear, ShellError> {
        Ok(Ear {
            word: LatestReader::open(&channels.join("monitor"))?,
            silent_max_ns,
            heard: Heard::NOBODY,
            beats_ns: None,
        })
    }

    /// What is heard now, when it is another thing than before.
    pub fn listen(&mut self, now_ns: i64) -> Option<Heard> {
        let before = self.heard;
        let mut bytes = [0; WORD_BYTES];
        if let Ok(Some(read)) = self.word.read(&mut bytes)
            && let Some(word) = Word::decode(bytes.get(..read.bytes).unwrap_or(&[]))
        {
            if word.beats != self.heard.word.beats {
                self.beats_ns = Some(now_ns);
            }
            self.heard.word = word;
        }
        let since_ns = now_ns.saturating_sub(*self.beats_ns.get_or_insert(now_ns));
        let is_alive = (0..=self.silent_max_ns).contains(&since_ns);
        self.heard.life = if is_alive { Life::Alive } else { Life::Silent };
        self.heard.is_news_after(&before).then_some(self.heard)
    }
}

/// The monitor under a virtual clock, in the tick's own thread.
pub(super) struct Beside {
    monitor: Monitor,
    is_estop_up: bool,
    heard: Heard,
}

impl Beside {
    pub fn new(limits: Limits) -> Result<Beside, ShellError> {
        Ok(Beside {
            monitor: Monitor::new(limits).map_err(|error| ShellError::Monitor(error.to_string()))?,
            is_estop_up: false,
            heard: Heard::NOBODY,
        })
    }

    /// Tells it what a person did; after a reset what is heard is another thing, until the next look.
    pub fn control(&mut self, control: &Control) -> Option<Heard> {
        match control {
            Control::EmergencyStop => self.is_estop_up = true,
            Control::EmergencyRelease => self.is_estop_up = false,
            Control::Reset => {
                self.monitor.reset();
                let reset = Heard {
                    word: Word::SILENCE,
                    life: Life::Alive,
                };
                let before = std::mem::replace(&mut self.heard, reset);
                return reset.is_news_after(&before).then_some(reset);
            }
            Control::Grant { .. } | Control::Revoke | Control::Stop(_) | Control::Tighten(_) => {}
        }
        None
    }

    /// One look; what is heard, when it is another thing than before.
    pub fn look(&mut self, now_ns: i64, measured: &Measured, status: &Status) -> Option<Heard> {
        let (reading, pulse) = (reading_of(measured), pulse_of(status));
        let word = self
            .monitor
            .look(now_ns, Some(&reading), Some(&pulse), self.is_estop_up);
        let heard = Heard {
            word,
            life: Life::Alive,
        };
        let before = std::mem::replace(&mut self.heard, heard);
        heard.is_news_after(&before).then_some(heard)
    }

    /// Whether it takes the power by its own lane.
    pub fn wants_power_off(&self) -> bool {
        self.heard.word.stop == spinal_monitor::Stop::Sto
    }
}
