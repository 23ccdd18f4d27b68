//! The simulated robot at real-time pace: a thread of its own, as a robot's controller is a computer of its own.
//!
//! It takes commands from and gives readings to the run's shared memory. This is the far side of the border: what arrives here has
//! left the gate as a `Command`, so the bytes are taken as they are. Without fresh commands the brakes go on.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use spinal_gate::Power;
use spinal_journal::wire::{
    MEASURED_BYTES_MAX, PEOPLE_BYTES_MAX, TIMED_COMMAND_BYTES_MAX, decode_timed_command, encode_measured, encode_people,
};
use spinal_link::{Flag, LatestReader, LatestWriter, LinkError};
use spinal_monitor::{Stop, WORD_BYTES, Word};
use spinal_reflex::RobotPort;
use spinal_reflex::shell::{Pace, machine};

use crate::MujocoPlant;
use crate::lane::SafetyLane;
use crate::playback::{Playback, Target};

/// Time between two looks at commands and readings, ns: 1 kHz, as System 1's tick.
const PERIOD_NS: i64 = 1_000_000;
/// Real-time priority, below System 1's.
const PRIORITY: i32 = 70;
/// A robot that hears nothing for this long stops by itself, ns. Chosen by hand.
const SILENCE_MAX_NS: i64 = 100_000_000;
/// Time between two snapshots for the cameras, ns.
const SNAPSHOT_NS: i64 = 8_000_000;
/// Longest wait for the thread to take the next scene. Chosen by hand: a thousand ticks.
const SWAP_WAIT: Duration = Duration::from_secs(1);

/// Why the thread cannot be had.
#[derive(Debug)]
pub enum RealtimeError {
    /// A channel cannot be used.
    Link(LinkError),
    /// No thread could be started.
    Thread(std::io::Error),
    /// The thread has ended or does not answer.
    Gone,
}

impl fmt::Display for RealtimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(error) => write!(f, "a channel of the simulated robot cannot be used: {error}"),
            Self::Thread(error) => write!(f, "the thread of the simulated robot cannot be started: {error}"),
            Self::Gone => write!(f, "the thread of the simulated robot has ended or does not answer"),
        }
    }
}

impl std::error::Error for RealtimeError {}

impl From<LinkError> for RealtimeError {
    fn from(error: LinkError) -> Self {
        Self::Link(error)
    }
}

/// All positions of the model at one instant, for drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// When, ns.
    pub at_ns: i64,
    /// MuJoCo's `qpos`.
    pub positions: Vec<f64>,
    /// MuJoCo's `mocap_pos`: where the figure of the person is, m.
    pub person_m: Vec<f64>,
}

/// A plant that runs in its own thread until it is stopped or dropped.
pub struct RealtimePlant {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Box<MujocoPlant>>>,
}

#[derive(Default)]
struct Shared {
    is_ending: AtomicBool,
    missed: AtomicU64,
    silences: AtomicU64,
    exchange: Mutex<Exchange>,
    exchanged: Condvar,
    snapshot: Mutex<Snapshot>,
}

#[derive(Default)]
struct Exchange {
    next: Option<Box<MujocoPlant>>,
    before: Option<Box<MujocoPlant>>,
}

impl RealtimePlant {
    /// Starts the plant on the channels `command`, `measured`, `people`, `monitor` and `estop` in the run's folder. It is in its safe state
    /// until the first command.
    ///
    /// # Errors
    /// When a channel or the thread cannot be had.
    pub fn start(plant: Box<MujocoPlant>, channels: &Path) -> Result<Self, RealtimeError> {
        let mut station = Station {
            plant,
            command: LatestReader::open(&channels.join("command"))?,
            measured: LatestWriter::open(&channels.join("measured"))?,
            estop: Flag::open(&channels.join("estop"))?,
            monitor: LatestReader::open(&channels.join("monitor"))?,
            lane: SafetyLane::default(),
            people: LatestWriter::open(&channels.join("people"))?,
            playback: Playback::new(),
            heard_ns: None,
            generation: 0,
            snapshot_ns: 0,
        };
        let shared = Arc::new(Shared::default());
        let seen = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("plant".into())
            .spawn(move || {
                // A robot's controller is a computer of its own: the load on this one must not make it late. Refused = ordinary.
                let _ = machine::prioritise(PRIORITY);
                let mut pace = Pace::new(PERIOD_NS);
                while !seen.is_ending.load(Ordering::Relaxed) {
                    let wake = pace.wait();
                    seen.missed.fetch_add(wake.missed, Ordering::Relaxed);
                    station.tick(wake.at_ns, &seen);
                }
                station.plant
            })
            .map_err(RealtimeError::Thread)?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    /// Swaps in another plant of the same model between two ticks; the arm goes on where it is. Returns the plant before.
    ///
    /// # Errors
    /// When the thread has ended; the offered plant is lost with it.
    pub fn swap(&mut self, next: Box<MujocoPlant>) -> Result<Box<MujocoPlant>, RealtimeError> {
        let mut exchange = lock(&self.shared.exchange);
        exchange.next = Some(next);
        let waited = self
            .shared
            .exchanged
            .wait_timeout_while(exchange, SWAP_WAIT, |exchange| exchange.before.is_none());
        let (mut exchange, _) = waited.unwrap_or_else(PoisonError::into_inner);
        exchange.before.take().ok_or(RealtimeError::Gone)
    }

    /// The newest positions.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        lock(&self.shared.snapshot).clone()
    }

    /// Periods that passed without a look because the machine was late.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.shared.missed.load(Ordering::Relaxed)
    }

    /// How often the brakes went on because no command came.
    #[must_use]
    pub fn silences(&self) -> u64 {
        self.shared.silences.load(Ordering::Relaxed)
    }

    /// Ends the thread and returns the plant.
    ///
    /// # Errors
    /// When the thread has died.
    pub fn stop(mut self) -> Result<Box<MujocoPlant>, RealtimeError> {
        self.shared.is_ending.store(true, Ordering::Relaxed);
        let thread = self.thread.take().ok_or(RealtimeError::Gone)?;
        thread.join().map_err(|_| RealtimeError::Gone)
    }
}

impl Drop for RealtimePlant {
    fn drop(&mut self) {
        self.shared.is_ending.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // The plant's memory belongs to Python: it must not be freed while the thread still steps it.
            let _ = thread.join();
        }
    }
}

/// What the thread holds.
struct Station {
    plant: Box<MujocoPlant>,
    command: LatestReader,
    measured: LatestWriter,
    estop: Flag,
    monitor: LatestReader,
    lane: SafetyLane,
    people: LatestWriter,
    playback: Playback,
    heard_ns: Option<i64>,
    generation: u64,
    snapshot_ns: i64,
}

impl Station {
    fn tick(&mut self, now_ns: i64, shared: &Shared) {
        self.exchange(shared);
        let is_cut = self.is_cut_by_monitor();
        self.plant
            .cut(self.lane.wants_power_off(now_ns, self.estop.read().is_up, is_cut));
        self.listen(now_ns, shared);
        let reading = self.plant.read_played(now_ns, &self.playback);
        let mut bytes = [0; MEASURED_BYTES_MAX];
        let length = encode_measured(&reading, self.plant.dof(), &mut bytes);
        if let Some(message) = length.and_then(|length| bytes.get(..length)) {
            // The channel was made for this message; System 1's own watchdog sees it when nothing arrives.
            let _ = self.measured.write(message);
        }
        self.scan(now_ns);
        if now_ns - self.snapshot_ns >= SNAPSHOT_NS
            && let Ok(mut snapshot) = shared.snapshot.try_lock()
        {
            self.snapshot_ns = now_ns;
            snapshot.at_ns = reading.at_ns;
            self.plant.copy_positions(&mut snapshot.positions);
            self.plant.copy_person(&mut snapshot.person_m);
        }
    }

    /// Publishes what the scanner sees; System 1 takes silence for a person everywhere.
    fn scan(&mut self, now_ns: i64) {
        let mut bytes = [0; PEOPLE_BYTES_MAX];
        let reading = self.plant.see(now_ns);
        let length = reading.and_then(|reading| encode_people(&reading, &mut bytes));
        if let Some(message) = length.and_then(|length| bytes.get(..length)) {
            let _ = self.people.write(message);
        }
    }

    /// The independent monitor's own lane, past System 1.
    fn is_cut_by_monitor(&self) -> bool {
        let mut bytes = [0; WORD_BYTES];
        let read = self.monitor.read(&mut bytes).ok().flatten();
        let word = read.and_then(|read| Word::decode(bytes.get(..read.bytes)?));
        word.is_some_and(|word| word.stop == Stop::Sto)
    }

    fn exchange(&mut self, shared: &Shared) {
        let Ok(mut exchange) = shared.exchange.try_lock() else {
            return;
        };
        if let Some(mut next) = exchange.next.take() {
            next.take_over(&self.plant);
            exchange.before = Some(std::mem::replace(&mut self.plant, next));
            shared.exchanged.notify_all();
        }
    }

    /// Takes the newest command: gripper and power at once, the motion as it is played. Brakes after too long a silence, and before the
    /// first one.
    fn listen(&mut self, now_ns: i64, shared: &Shared) {
        let mut bytes = [0; TIMED_COMMAND_BYTES_MAX];
        let fresh = self.command.generation() != self.generation;
        let message = if fresh {
            self.command.read(&mut bytes).ok().flatten()
        } else {
            None
        };
        let record = message.and_then(|read| {
            self.generation = read.generation;
            decode_timed_command(bytes.get(..read.bytes)?)
        });
        if let Some((due_ns, record)) = record.filter(|(_, record)| record.dof == self.plant.dof()) {
            self.heard_ns = Some(now_ns);
            let powered = record.power == Power::On;
            if powered {
                let (position_rad, velocity_rad_s) = (record.position_rad, record.velocity_rad_s);
                self.playback.take(
                    due_ns,
                    Target {
                        position_rad,
                        velocity_rad_s,
                    },
                );
            } else {
                self.playback.clear();
            }
            self.plant
                .steer(&record.position_rad, &record.velocity_rad_s, record.gripper, powered);
            return;
        }
        match self.heard_ns {
            Some(heard_ns) if now_ns - heard_ns <= SILENCE_MAX_NS => {}
            Some(_) => {
                shared.silences.fetch_add(1, Ordering::Relaxed);
                self.heard_ns = None;
                self.playback.clear();
                self.plant.make_safe();
            }
            None => self.plant.make_safe(),
        }
    }
}

/// A lock whose content is whole even if a holder panicked: every write to it is a single assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
