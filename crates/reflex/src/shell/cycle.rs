//! System 1 with its journal: what every shell drives.

use super::{Event, encode_control};
use super::{ShellError, System};
use crate::{Control, Heard, Reflex, Status};
use spinal_gate::{Command, DecodeError, Measured, PROPOSAL_BYTES_MAX, PeopleReading, Proposal, Verdict};
use spinal_journal::Kind;
use spinal_journal::wire::{
    PEOPLE_BYTES_MAX, TICK_BYTES_MAX, VERDICT_BYTES_MAX, encode_people, encode_tick, encode_verdict,
};

/// Takes journal entries. It must not block, allocate or fail when it is used in the real-time tick.
pub trait Sink {
    /// Takes one entry.
    fn append(&mut self, kind: Kind, at_ns: i64, body: &[u8]);
}

/// System 1 and where its journal goes. Each call decides, then journals exactly what went in and what came out.
pub struct Cycle<S> {
    reflex: Reflex,
    sink: S,
    dof: usize,
    last: Event,
    tick_bytes: Box<[u8; TICK_BYTES_MAX]>,
    proposal_bytes: Box<[u8]>,
}

impl<S: Sink> Cycle<S> {
    /// System 1, started from its parts.
    ///
    /// # Errors
    /// What in the parts cannot be run with.
    pub fn new(system: &System, sink: S) -> Result<Cycle<S>, ShellError> {
        Ok(Cycle {
            reflex: system.start()?,
            sink,
            dof: system.profile.dof(),
            last: Event::BEFORE_START,
            tick_bytes: Box::new([0; TICK_BYTES_MAX]),
            proposal_bytes: vec![0; PROPOSAL_BYTES_MAX].into_boxed_slice(),
        })
    }

    /// Passes on an order from the host.
    pub fn control(&mut self, control: &Control, now_ns: i64) {
        self.sink.append(Kind::Control, now_ns, &encode_control(control));
        self.reflex.control(control, now_ns);
    }

    /// Has a proposal judged.
    pub fn offer(&mut self, proposal: &Proposal, now_ns: i64) -> Verdict {
        match proposal.encode(&mut self.proposal_bytes) {
            Some(length) => {
                self.sink
                    .append(Kind::Proposal, now_ns, self.proposal_bytes.get(..length).unwrap_or(&[]));
                let verdict = self.reflex.offer(proposal, now_ns);
                self.journal_verdict(&verdict, now_ns)
            }
            None => {
                self.sink.append(Kind::Proposal, now_ns, &[]);
                self.journal_verdict(&Verdict::unreadable(&[], &DecodeError::Short, now_ns), now_ns)
            }
        }
    }

    /// Has encoded bytes judged; what cannot be read is refused.
    pub fn offer_bytes(&mut self, bytes: &[u8], now_ns: i64) -> Verdict {
        self.sink.append(Kind::Proposal, now_ns, bytes);
        let verdict = match Proposal::decode(bytes) {
            Ok(proposal) => self.reflex.offer(&proposal, now_ns),
            Err(error) => Verdict::unreadable(bytes, &error, now_ns),
        };
        self.journal_verdict(&verdict, now_ns)
    }

    /// Takes what the independent monitor says.
    pub fn heed(&mut self, heard: &Heard, now_ns: i64) {
        self.sink.append(Kind::Monitor, now_ns, &heard.encode());
        self.reflex.heed(heard);
    }

    /// Takes what a sensor for people says.
    pub fn see(&mut self, reading: &PeopleReading, now_ns: i64) {
        let mut bytes = [0; PEOPLE_BYTES_MAX];
        if let Some(length) = encode_people(reading, &mut bytes) {
            self.sink
                .append(Kind::People, now_ns, bytes.get(..length).unwrap_or(&[]));
        }
        self.reflex.see(reading, now_ns);
    }

    /// One tick.
    pub fn tick(&mut self, now_ns: i64, measured: &Measured, deadline_missed: bool) -> Command {
        let command = self.reflex.tick(now_ns, measured, deadline_missed);
        if let Some(length) = encode_tick(
            measured,
            &command,
            deadline_missed,
            self.dof,
            self.tick_bytes.as_mut_slice(),
        ) {
            self.sink
                .append(Kind::Tick, now_ns, self.tick_bytes.get(..length).unwrap_or(&[]));
        }
        if let Some(event) = Event::since(&self.last, self.reflex.status()) {
            self.last = event;
            self.sink.append(Kind::Event, now_ns, &event.encode());
        }
        command
    }

    /// Journals text from the host.
    pub fn note(&mut self, note: &str, now_ns: i64) {
        self.sink.append(Kind::Note, now_ns, note.as_bytes());
    }

    /// The state after the last tick.
    #[must_use]
    pub fn status(&self) -> &Status {
        self.reflex.status()
    }

    /// Number of joints.
    #[must_use]
    pub fn dof(&self) -> usize {
        self.dof
    }

    /// Where the journal goes.
    pub fn sink(&mut self) -> &mut S {
        &mut self.sink
    }

    /// Gives the sink back.
    pub fn into_sink(self) -> S {
        self.sink
    }

    fn journal_verdict(&mut self, verdict: &Verdict, now_ns: i64) -> Verdict {
        let mut bytes = [0; VERDICT_BYTES_MAX];
        if let Some(length) = encode_verdict(verdict, &mut bytes) {
            self.sink
                .append(Kind::Verdict, now_ns, bytes.get(..length).unwrap_or(&[]));
        }
        *verdict
    }
}
