//! System 1 under a virtual clock: the same tick, faster than real time, and the same bytes for the same inputs.

use super::monitor::Beside;
use super::{Cycle, ShellError, Sink, System};
use crate::{Control, RobotPort, Status};
use spinal_gate::{PeopleReading, Proposal, Verdict};
use spinal_journal::{Header, JournalError, Kind, Storage, Summary, Writer};
use spinal_monitor::Limits;

/// Where the virtual clock starts, ns. Not zero, so that ages and instants before the start are not negative.
pub const CLOCK_START_NS: i64 = 1_000_000_000;

/// A run under a virtual clock that only [`Lockstep::advance`] moves. The journal is written inline.
pub struct Lockstep {
    cycle: Cycle<Inline>,
    monitor: Option<Beside>,
    now_ns: i64,
    period_ns: i64,
}

impl Lockstep {
    /// A run that has not ticked yet. `header` names the run; [`System::header`] makes it.
    ///
    /// # Errors
    /// A system that cannot be run with, or a journal that cannot be made.
    pub fn new(system: &System, header: Header, storage: Storage) -> Result<Lockstep, ShellError> {
        // The system first: a wrong one must not leave an empty journal behind.
        system.start()?;
        let sink = Inline {
            writer: Some(Writer::create(header, storage)?),
            fault: None,
        };
        Ok(Lockstep {
            cycle: Cycle::new(system, sink)?,
            monitor: None,
            now_ns: CLOCK_START_NS,
            period_ns: system.profile.period_ns,
        })
    }

    /// The same run with the independent monitor beside it, which looks once a tick.
    ///
    /// # Errors
    /// Limits that it cannot hold.
    pub fn watched(mut self, limits: Limits) -> Result<Lockstep, ShellError> {
        self.monitor = Some(Beside::new(limits)?);
        Ok(self)
    }

    /// Runs so many ticks: read, tick, write, and the clock goes on by one period.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn advance<P: RobotPort + ?Sized>(&mut self, port: &mut P, ticks: u32) -> Result<(), ShellError> {
        for _ in 0..ticks {
            let measured = port.read(self.now_ns);
            if let Some(reading) = port.see(self.now_ns) {
                self.cycle.see(&reading, self.now_ns);
            }
            if let Some(monitor) = &mut self.monitor {
                if let Some(heard) = monitor.look(self.now_ns, &measured, self.cycle.status()) {
                    self.cycle.heed(&heard, self.now_ns);
                }
                port.cut(monitor.wants_power_off());
            }
            let command = self.cycle.tick(self.now_ns, &measured, false);
            port.write(&command);
            self.now_ns += self.period_ns;
        }
        self.check_journal()
    }

    /// Has a proposal judged now.
    pub fn offer(&mut self, proposal: &Proposal) -> Verdict {
        self.cycle.offer(proposal, self.now_ns)
    }

    /// Has encoded bytes judged now.
    pub fn offer_bytes(&mut self, bytes: &[u8]) -> Verdict {
        self.cycle.offer_bytes(bytes, self.now_ns)
    }

    /// Passes on what a sensor for people says now, where the robot port has none of its own.
    pub fn see(&mut self, reading: &PeopleReading) {
        self.cycle.see(reading, self.now_ns);
    }

    /// Passes on an order.
    pub fn control(&mut self, control: &Control) {
        if let Some(heard) = self.monitor.as_mut().and_then(|monitor| monitor.control(control)) {
            self.cycle.heed(&heard, self.now_ns);
        }
        self.cycle.control(control, self.now_ns);
    }

    /// Journals text (JSON).
    pub fn note(&mut self, note: &str) {
        self.cycle.note(note, self.now_ns);
    }

    /// The state after the last tick.
    #[must_use]
    pub fn status(&self) -> &Status {
        self.cycle.status()
    }

    /// The instant of the next tick, ns of the virtual clock.
    #[must_use]
    pub fn now_ns(&self) -> i64 {
        self.now_ns
    }

    /// Closes the journal and tells its head hash.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn finish(self) -> Result<Summary, ShellError> {
        let Inline { writer, fault } = self.cycle.into_sink();
        match (fault, writer) {
            (Some(error), _) => Err(error.into()),
            (None, None) => Err(JournalError::WriterDied.into()),
            (None, Some(writer)) => Ok(writer.close()?),
        }
    }

    fn check_journal(&mut self) -> Result<(), ShellError> {
        self.cycle.sink().fault.take().map_or(Ok(()), |error| Err(error.into()))
    }
}

/// Writes inline and keeps the first fault until the shell asks.
struct Inline {
    /// None after a fault: a journal with a hole in it is not gone on with.
    writer: Option<Writer>,
    fault: Option<JournalError>,
}

impl Sink for Inline {
    fn append(&mut self, kind: Kind, at_ns: i64, body: &[u8]) {
        if let Some(Err(error)) = self.writer.as_mut().map(|writer| writer.append(kind, at_ns, body)) {
            self.fault = Some(error);
            self.writer = None;
        }
    }
}
