//! What the host may send and what System 1 publishes, as bytes.

use crate::{Control, Status, TightenReason, Tightening};
use spinal_gate::Mode;
use spinal_journal::wire::{Put, Take};

/// Bytes of an encoded control.
pub const CONTROL_BYTES: usize = 24;
const CONTROL: u8 = 1;
const NOTE: u8 = 2;
const SHUTDOWN: u8 = 3;

/// A message in the `controls` channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HostMessage<'a> {
    /// An order to System 1.
    Control(Control),
    /// JSON for the journal.
    Note(&'a str),
    /// Stop the robot (SS2), close the journal and end.
    Shutdown,
}

impl<'a> HostMessage<'a> {
    /// Its bytes: one for the kind, then the content.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Control(control) => [&[CONTROL][..], &encode_control(control)].concat(),
            Self::Note(note) => [&[NOTE][..], note.as_bytes()].concat(),
            Self::Shutdown => vec![SHUTDOWN],
        }
    }

    /// A message; `None` when the bytes are none.
    #[must_use]
    pub fn decode(bytes: &'a [u8]) -> Option<HostMessage<'a>> {
        match bytes.split_first()? {
            (&CONTROL, rest) => decode_control(rest).map(Self::Control),
            (&NOTE, rest) => std::str::from_utf8(rest).ok().map(Self::Note),
            (&SHUTDOWN, []) => Some(Self::Shutdown),
            _ => None,
        }
    }
}

/// The bytes of a control.
#[must_use]
pub fn encode_control(control: &Control) -> [u8; CONTROL_BYTES] {
    let (code, small, large, number) = match *control {
        Control::Grant { source, epoch } => (1, source, epoch, 0.0),
        Control::Revoke => (2, 0, 0, 0.0),
        Control::Stop(mode) => (3, mode as u32, 0, 0.0),
        Control::Reset => (4, 0, 0, 0.0),
        Control::EmergencyStop => (5, 0, 0, 0.0),
        Control::EmergencyRelease => (6, 0, 0, 0.0),
        Control::Tighten(Tightening {
            scale,
            until_ns,
            reason,
        }) => (7, u32::from(reason as u8), until_ns.cast_unsigned(), scale),
    };
    let mut bytes = [0; CONTROL_BYTES];
    let mut put = Put::new(&mut bytes);
    put.u32(code);
    put.u32(small);
    put.u64(large);
    put.f64(number);
    bytes
}

/// A control; `None` when the bytes are not exactly one.
#[must_use]
pub fn decode_control(bytes: &[u8]) -> Option<Control> {
    let mut take = Take::new(bytes);
    let (code, small, large, number) = (take.u32()?, take.u32()?, take.u64()?, take.f64()?);
    // A scale without meaning is decoded as it is: System 1 refuses and counts it, and the journal keeps what was asked for.
    if code == 7 {
        let reason = TightenReason::from_number(u8::try_from(small).ok()?)?;
        let tightening = Tightening {
            scale: number,
            until_ns: large.cast_signed(),
            reason,
        };
        return take.is_empty().then_some(Control::Tighten(tightening));
    }
    if number.to_bits() != 0 {
        return None;
    }
    let control = match (code, small, large) {
        (1, source, epoch) => Control::Grant { source, epoch },
        (2, 0, 0) => Control::Revoke,
        (3, 1, 0) => Control::Stop(Mode::Sos),
        (3, 2, 0) => Control::Stop(Mode::Ss2),
        (3, 3, 0) => Control::Stop(Mode::Ss1),
        (3, 4, 0) => Control::Stop(Mode::Sto),
        (4, 0, 0) => Control::Reset,
        (5, 0, 0) => Control::EmergencyStop,
        (6, 0, 0) => Control::EmergencyRelease,
        _ => return None,
    };
    take.is_empty().then_some(control)
}

/// Bytes of an encoded status.
pub const STATUS_BYTES: usize = size_of::<Status>();

/// The status as it lies in memory.
#[must_use]
pub fn encode_status(status: &Status) -> &[u8] {
    bytemuck::bytes_of(status)
}

/// A status; `None` when the bytes have another length or name more joints than there can be.
#[must_use]
pub fn decode_status(bytes: &[u8]) -> Option<Status> {
    let status: Status = bytemuck::try_pod_read_unaligned(bytes).ok()?;
    (status.dof as usize <= spinal_gate::DOF_MAX).then_some(status)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    #[test]
    fn every_host_message_survives_its_bytes_and_no_cut_one_does() {
        let controls = [
            Control::Grant {
                source: 3,
                epoch: 1 << 50,
            },
            Control::Revoke,
            Control::Stop(Mode::Sos),
            Control::Stop(Mode::Ss2),
            Control::Stop(Mode::Ss1),
            Control::Stop(Mode::Sto),
            Control::Reset,
            Control::EmergencyStop,
            Control::EmergencyRelease,
            Control::Tighten(Tightening {
                scale: 0.25,
                until_ns: -3,
                reason: TightenReason::Person,
            }),
        ];
        let messages = controls.map(HostMessage::Control).into_iter();
        for message in messages.clone().chain([HostMessage::Shutdown]) {
            let bytes = message.encode();
            assert_eq!(HostMessage::decode(&bytes), Some(message));
            assert!((0..bytes.len()).all(|cut| HostMessage::decode(&bytes[..cut]).is_none()));
        }
        let unknown_reason = {
            let mut bytes = messages.clone().last().unwrap().encode();
            bytes[5] = 99;
            bytes
        };
        assert_eq!(HostMessage::decode(&unknown_reason), None);
        let note = HostMessage::Note("{\"order\": \"A-1\"}");
        assert_eq!(HostMessage::decode(&note.encode()), Some(note));
        assert_eq!(HostMessage::decode(&[NOTE, 0xff]), None);
    }
}
