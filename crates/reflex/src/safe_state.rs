//! What is safe for this robot when everything else has failed.

use spinal_gate::Mode;

/// The robot's safe state. It belongs to the robot and has no default in a cell's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SafeState {
    /// Power off: brakes hold the robot.
    PowerOffWithBrakes = 0,
    /// A robot without brakes would fall: it is braked under power and held where it stands, until a person acts.
    HoldPowered = 1,
}

impl SafeState {
    /// The worst stop that is safe for this robot in place of the one asked for: without brakes, power off becomes a stop that holds.
    #[must_use]
    pub const fn stop(self, asked: Mode) -> Mode {
        match (self, asked) {
            (Self::HoldPowered, Mode::Ss1 | Mode::Sto) => Mode::Ss2,
            (Self::PowerOffWithBrakes, asked) | (Self::HoldPowered, asked @ (Mode::Track | Mode::Sos | Mode::Ss2)) => {
                asked
            }
        }
    }

    /// The safe state with this number, if there is one.
    #[must_use]
    pub fn from_number(number: u8) -> Option<SafeState> {
        [Self::PowerOffWithBrakes, Self::HoldPowered]
            .into_iter()
            .find(|state| *state as u8 == number)
    }
}
