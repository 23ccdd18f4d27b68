//! What the real-time loop holds, and one period of it.

use super::channels::{EVENT_MESSAGE_BYTES_MAX, HOST_MESSAGE_BYTES_MAX};
use super::clock::{Wake, monotonic_ns};
use super::monitor::Ear;
use super::realtime::{Ending, RealtimeConfig};
use super::timing::{Quantiles, Timing, TimingSummary};
use super::{Cycle, HostMessage, ShellError, Sink, encode_status};
use crate::{Control, Status};
use spinal_gate::{Command, Measured, Mode, PROPOSAL_BYTES_MAX};
use spinal_journal::wire::{
    MEASURED_BYTES_MAX, TIMED_COMMAND_BYTES_MAX, decode_measured, decode_people, encode_timed_command,
};
use spinal_journal::{Kind, Recorder, Recording, Storage, Tap, Writer, encode_event, record};
use spinal_link::{Flag, Flown, LatestReader, LatestWriter, Popped, RingReader, RingWriter};

/// Messages of the host taken in one tick; the rest waits in the ring.
const CONTROLS_PER_TICK: u32 = 8;
/// Proposals judged in one tick.
const PROPOSALS_PER_TICK: u32 = 2;
/// Longest wait for the robot to be at rest before the loop ends, ns.
const REST_WAIT_NS: i64 = 2_000_000_000;

/// Everything that the loop holds. All memory is taken in `open`.
pub(super) struct Station {
    cycle: Cycle<Outlet>,
    period_ns: i64,
    measured: LatestReader,
    people: LatestReader,
    command: LatestWriter,
    status: LatestWriter,
    timing_out: LatestWriter,
    proposals: RingReader,
    controls: RingReader,
    estop: Flag,
    estop_seen: Flown,
    ear: Option<Ear>,
    reading: Option<Measured>,
    generation: u64,
    people_generation: u64,
    damaged: u64,
    pub timing: Timing,
    ending: Option<(Ending, i64)>,
    message: Box<[u8]>,
}

impl Station {
    pub fn open(config: &RealtimeConfig) -> Result<(Station, Recorder), ShellError> {
        config.system.start()?;
        let channel = |name: &str| config.channels.join(name);
        let measured = LatestReader::open(&channel("measured"))?;
        let people = LatestReader::open(&channel("people"))?;
        let command = LatestWriter::open(&channel("command"))?;
        let status = LatestWriter::open(&channel("status"))?;
        let timing_out = LatestWriter::open(&channel("timing"))?;
        let proposals = RingReader::open(&channel("proposals"))?;
        let controls = RingReader::open(&channel("controls"))?;
        let events = RingWriter::open(&channel("events"))?;
        let estop = Flag::open(&channel("estop"))?;
        let ear = config.monitor.as_ref();
        let ear = ear.map(|watching| Ear::open(&config.channels, watching.silent_max_ns));
        let verdict = LatestWriter::open(&channel("verdict"))?;
        let header = config
            .system
            .header(&config.run_id, config.detail, config.started_unix_ns, &config.meta);
        let storage = Storage::Folder {
            folder: config.journal.clone(),
            segment_bytes: config.segment_bytes,
        };
        let (tap, recorder) = record(Writer::create(header, storage)?, Recording::default())?;
        let outlet = Outlet {
            tap,
            events,
            verdict,
            message: Box::new([0; EVENT_MESSAGE_BYTES_MAX]),
        };
        let bytes = PROPOSAL_BYTES_MAX.max(HOST_MESSAGE_BYTES_MAX).max(MEASURED_BYTES_MAX);
        let station = Station {
            cycle: Cycle::new(&config.system, outlet)?,
            period_ns: config.system.profile.period_ns,
            measured,
            people,
            command,
            status,
            timing_out,
            proposals,
            controls,
            estop,
            estop_seen: Flown {
                is_up: false,
                raises: 0,
            },
            ear: ear.transpose()?,
            reading: None,
            generation: 0,
            people_generation: 0,
            damaged: 0,
            timing: Timing::default(),
            ending: None,
            message: vec![0; bytes].into_boxed_slice(),
        };
        Ok((station, recorder))
    }

    /// One period: what came in, the tick, what goes out. Returns whether the host wants an end, and the command.
    pub fn tick(&mut self, wake: &Wake) -> (Option<Ending>, Option<Command>) {
        self.look_at_estop(wake.at_ns);
        if let Some(heard) = self.ear.as_mut().and_then(|ear| ear.listen(wake.at_ns)) {
            self.cycle.heed(&heard, wake.at_ns);
        }
        let asked = self.take_controls(wake.at_ns);
        self.take_proposals(wake.at_ns);
        self.take_reading();
        self.take_people(wake.at_ns);
        // Before the first reading there is nothing to command; the robot stands with its brakes on.
        let Some(reading) = self.reading else {
            return (asked, None);
        };
        let is_missed = wake.missed > 0 && self.timing.ticks > 0;
        let command = self.cycle.tick(wake.at_ns, &reading, is_missed);
        self.publish(&command, wake.deadline_ns + self.period_ns);
        self.timing.missed += if is_missed { wake.missed } else { 0 };
        self.timing.ticks += 1;
        self.timing.wake.record(wake.late_ns);
        self.timing.execution.record(monotonic_ns() - wake.at_ns);
        (asked, Some(command))
    }

    /// The state after the last tick.
    pub fn status(&self) -> &Status {
        self.cycle.status()
    }

    /// `due_ns`: the end of the tick's period by the loop's deadlines. The motion is even by these, not by when the thread woke up.
    fn publish(&mut self, command: &Command, due_ns: i64) {
        let mut bytes = [0; TIMED_COMMAND_BYTES_MAX];
        let length = encode_timed_command(due_ns, command, self.cycle.dof(), &mut bytes);
        let message = length.and_then(|length| bytes.get(..length));
        // Both channels were made for these messages; one that does not fit is counted and never sent cut.
        let is_sent = message.is_some_and(|message| self.command.write(message).is_ok())
            && self.status.write(encode_status(self.cycle.status())).is_ok();
        self.damaged += u64::from(!is_sent);
    }

    /// Before everything else, and by a lane of its own: no flood of messages can stand before it.
    fn look_at_estop(&mut self, now_ns: i64) {
        let seen = self.estop.read();
        let before = std::mem::replace(&mut self.estop_seen, seen);
        if seen.raises != before.raises || (seen.is_up && !before.is_up) {
            self.cycle.control(&Control::EmergencyStop, now_ns);
        }
        if !seen.is_up && (before.is_up || seen.raises != before.raises) {
            self.cycle.control(&Control::EmergencyRelease, now_ns);
        }
    }

    fn take_controls(&mut self, now_ns: i64) -> Option<Ending> {
        let mut asked = None;
        for _ in 0..CONTROLS_PER_TICK {
            let length = match self.controls.pop(&mut self.message) {
                Ok(Popped::Message(length)) => length,
                Ok(Popped::Empty) => break,
                Ok(Popped::Damaged) | Err(_) => {
                    self.damaged += 1;
                    continue;
                }
            };
            match HostMessage::decode(self.message.get(..length).unwrap_or(&[])) {
                Some(HostMessage::Control(control)) => self.cycle.control(&control, now_ns),
                Some(HostMessage::Note(note)) => self.cycle.note(note, now_ns),
                Some(HostMessage::Shutdown) => asked = Some(Ending::Shutdown),
                None => self.damaged += 1,
            }
        }
        asked
    }

    fn take_proposals(&mut self, now_ns: i64) {
        for _ in 0..PROPOSALS_PER_TICK {
            match self.proposals.pop(&mut self.message) {
                Ok(Popped::Message(length)) => {
                    let bytes = self.message.get(..length).unwrap_or(&[]);
                    self.cycle.offer_bytes(bytes, now_ns);
                }
                Ok(Popped::Empty) => break,
                Ok(Popped::Damaged) | Err(_) => self.damaged += 1,
            }
        }
    }

    /// The newest reading; an unreadable one leaves the old one, whose age then tells.
    fn take_reading(&mut self) {
        if self.measured.generation() == self.generation {
            return;
        }
        match self.measured.read(&mut self.message) {
            Ok(Some(read)) => match decode_measured(self.message.get(..read.bytes).unwrap_or(&[])) {
                Some((dof, reading)) if dof == self.cycle.dof() => {
                    self.generation = read.generation;
                    self.reading = Some(reading);
                }
                _ => self.damaged += 1,
            },
            Ok(None) => {}
            Err(_) => self.damaged += 1,
        }
    }

    /// What the sensor for people says now; what cannot be read leaves the old reading, whose age then tells.
    fn take_people(&mut self, now_ns: i64) {
        if self.people.generation() == self.people_generation {
            return;
        }
        match self.people.read(&mut self.message) {
            Ok(Some(read)) => {
                self.people_generation = read.generation;
                match decode_people(self.message.get(..read.bytes).unwrap_or(&[])) {
                    Some(reading) => self.cycle.see(&reading, now_ns),
                    None => self.damaged += 1,
                }
            }
            Ok(None) => {}
            Err(_) => self.damaged += 1,
        }
    }

    /// Begins to end when `ending` says so for the first time; says when it is done.
    pub fn end_if_at_rest(&mut self, ending: Option<Ending>, now_ns: i64) -> Option<Ending> {
        if let (None, Some(ending)) = (self.ending, ending) {
            self.ending = Some((ending, now_ns));
            self.cycle.control(&Control::Stop(Mode::Ss2), now_ns);
            // The stop takes effect with the next tick.
            return None;
        }
        let (ending, since_ns) = self.ending?;
        (self.is_at_rest() || now_ns - since_ns > REST_WAIT_NS).then_some(ending)
    }

    pub fn is_at_rest(&self) -> bool {
        self.reading.is_none() || self.cycle.status().at_rest == 1
    }

    pub fn tell_timing(&mut self, now_ns: i64) -> TimingSummary {
        let summary = TimingSummary {
            at_ns: now_ns,
            ticks: self.timing.ticks,
            missed: self.timing.missed,
            journal_dropped: self.cycle.sink().tap.dropped(),
            events_dropped: self.cycle.sink().events.dropped(),
            damaged: self.damaged,
            is_journal_lost: self.cycle.sink().tap.is_abandoned(),
            wake: Quantiles::of(&self.timing.wake),
            execution: Quantiles::of(&self.timing.execution),
        };
        self.damaged += u64::from(self.timing_out.write(&summary.encode()).is_err());
        summary
    }
}

/// Entries go to the journal's ring; what the host wants to know also to the `events` ring; the newest verdict to whoever proposes.
struct Outlet {
    tap: Tap,
    events: RingWriter,
    verdict: LatestWriter,
    message: Box<[u8; EVENT_MESSAGE_BYTES_MAX]>,
}

impl Sink for Outlet {
    fn append(&mut self, kind: Kind, at_ns: i64, body: &[u8]) {
        self.tap.append(kind, at_ns, body);
        if kind == Kind::Verdict {
            // The channel was made for the longest verdict.
            let _ = self.verdict.write(body);
        }
        match kind {
            Kind::Proposal | Kind::Verdict | Kind::Control | Kind::Event | Kind::Monitor => {
                // A proposal too long for the ring is in the journal; the host learns of it by its verdict.
                if let Some(length) = encode_event(kind, at_ns, body, self.message.as_mut_slice()) {
                    // A full ring drops and counts by itself.
                    let _ = self.events.push(self.message.get(..length).unwrap_or(&[]));
                }
            }
            Kind::People | Kind::Tick | Kind::TickDigest | Kind::Note | Kind::Sync | Kind::Gap | Kind::Close => {}
        }
    }
}

#[cfg(test)]
mod tests;
