//! What the host may tell System 1.

use spinal_gate::Mode;

use crate::Tightening;

/// An order from the host: who may propose, stops, and less speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Control {
    /// Gives one source authority. The epoch must be higher than every epoch before it; otherwise the order is ignored and counted.
    Grant {
        /// The source that may propose.
        source: u32,
        /// The authority epoch, strictly increasing.
        epoch: u64,
    },
    /// Takes authority away: the robot decelerates along its verified stop and holds. Not a fault.
    Revoke,
    /// Asks for a stop and takes authority away. SOS and SS2 clear with the next grant, SS1 and STO need a reset. `Track` is no stop and is ignored.
    Stop(Mode),
    /// A person has looked: leaves a latched stop, once the robot is at rest. The motion starts again from the measured position, in SOS, without authority.
    Reset,
    /// An emergency stop was pressed: SS1. It comes by a lane of its own, ahead of everything else.
    EmergencyStop,
    /// The emergency stop is released. Nothing moves by that; it only lets a reset through again.
    EmergencyRelease,
    /// Makes the robot slower than its profile allows, for a while and for a reason. What would loosen is refused and counted.
    Tighten(Tightening),
}
