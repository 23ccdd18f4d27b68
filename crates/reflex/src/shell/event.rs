//! Changes of what System 1 is doing, for the journal and the host.

use crate::{Status, TightenReason, Trigger};
use bytemuck::Zeroable;
use spinal_gate::{Mode, Power};
use spinal_journal::wire::{Put, Take};

/// Bytes of an encoded event.
pub const EVENT_BYTES: usize = 40;

/// What System 1 is doing since a tick; made when something of it changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// What it is doing, as a number of [`Mode`].
    pub mode: u8,
    /// What it was doing before.
    pub mode_before: u8,
    /// Why it is stopped, as a number of [`Trigger`].
    pub trigger: u8,
    /// 1 = drives powered.
    pub power: u8,
    /// Source of the authority in force; `u32::MAX` without authority.
    pub source: u32,
    /// Epoch of the authority in force; 0 without authority.
    pub epoch: u64,
    /// Sequence number of the chunk that is or was last played.
    pub sequence: u64,
    /// Share of the profile's joint speeds that is allowed; 1 = all of it.
    pub speed_scale: f64,
    /// Why less is allowed, as a number of [`crate::TightenReason`]; 0 when nothing is tightened.
    pub tighten_reason: u64,
}

impl Event {
    /// What is the case before the first tick.
    pub(crate) const BEFORE_START: Event = Event {
        mode: Mode::Sos as u8,
        mode_before: Mode::Sos as u8,
        trigger: Trigger::Start as u8,
        power: Power::Off as u8,
        source: u32::MAX,
        epoch: 0,
        sequence: 0,
        speed_scale: 1.0,
        tighten_reason: 0,
    };

    /// The event that the status makes after `before`; `None` when nothing has changed. A new chunk alone is no event.
    pub(crate) fn since(before: &Event, status: &Status) -> Option<Event> {
        let now = Event {
            mode: status.mode,
            mode_before: before.mode,
            trigger: status.trigger,
            power: status.power,
            source: status.source,
            epoch: status.epoch,
            sequence: status.sequence,
            speed_scale: status.speed_scale,
            tighten_reason: u64::from(status.tighten_reason),
        };
        let what = |event: &Event| {
            let speed = (event.speed_scale.to_bits(), event.tighten_reason);
            (event.mode, event.trigger, event.power, event.source, event.epoch, speed)
        };
        (what(&now) != what(before)).then_some(now)
    }

    /// What System 1 is doing; an unknown number reads as the worst.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.named(self.mode).mode()
    }

    /// What it was doing before; an unknown number reads as the worst.
    #[must_use]
    pub fn mode_before(&self) -> Mode {
        self.named(self.mode_before).mode()
    }

    /// Why it is stopped; `None` for an unknown number.
    #[must_use]
    pub fn trigger(&self) -> Option<Trigger> {
        self.named(self.mode).trigger()
    }

    /// Why less speed is allowed; `None` when nothing is tightened, or for an unknown number.
    #[must_use]
    pub fn tighten_reason(&self) -> Option<TightenReason> {
        u8::try_from(self.tighten_reason)
            .ok()
            .and_then(TightenReason::from_number)
    }

    /// The status knows the names of the numbers.
    fn named(&self, mode: u8) -> Status {
        Status {
            mode,
            trigger: self.trigger,
            ..Status::zeroed()
        }
    }

    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; EVENT_BYTES] {
        let mut bytes = [0; EVENT_BYTES];
        let mut put = Put::new(&mut bytes);
        put.bytes(&[self.mode, self.mode_before, self.trigger, self.power]);
        put.u32(self.source);
        put.u64(self.epoch);
        put.u64(self.sequence);
        put.f64(self.speed_scale);
        put.u64(self.tighten_reason);
        bytes
    }

    /// An event; `None` when the bytes are not exactly one.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Event> {
        let mut take = Take::new(bytes);
        let [mode, mode_before, trigger, power] = take.array()?;
        let (source, epoch, sequence) = (take.u32()?, take.u64()?, take.u64()?);
        let (speed_scale, tighten_reason) = (take.f64()?, take.u64()?);
        take.is_empty().then_some(Event {
            mode,
            mode_before,
            trigger,
            power,
            source,
            epoch,
            sequence,
            speed_scale,
            tighten_reason,
        })
    }
}
