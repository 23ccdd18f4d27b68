//! What reaches the robot. Only this crate can construct one.

use crate::DOF_MAX;

/// What System 1 is doing. Later ones are worse; the worst asked for wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Mode {
    /// Following admitted proposals.
    Track = 0,
    /// Safe operating stop (SOS): at rest, position held, power on.
    Sos = 1,
    /// Safe stop 2 (SS2): controlled stop, then SOS. IEC 60204-1 category 2.
    Ss2 = 2,
    /// Safe stop 1 (SS1): controlled stop, then power off. Category 1.
    Ss1 = 3,
    /// Safe torque off (STO): power removed at once. Category 0.
    Sto = 4,
}

impl Mode {
    /// The stop category of IEC 60204-1: 0 = power removed at once, 1 = controlled stop, then power removed, 2 = controlled stop, power
    /// kept. `None` for what is no stopping: following, and standing still under power.
    #[must_use]
    pub const fn category(self) -> Option<u8> {
        match self {
            Self::Track | Self::Sos => None,
            Self::Ss2 => Some(2),
            Self::Ss1 => Some(1),
            Self::Sto => Some(0),
        }
    }
}

/// Whether the drives may have power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Power {
    /// Drives powered.
    On = 1,
    /// Drives off, brakes on.
    Off = 0,
}

/// One tick's order to the robot. Its fields are private: only the gate makes one, and robot ports accept nothing else.
///
/// ```compile_fail,E0451
/// # // Hazard: H-22
/// let command = spinal_gate::Command {
///     at_ns: 0,
///     position_rad: [0.0; 32],
///     velocity_rad_s: [0.0; 32],
///     acceleration_rad_s2: [0.0; 32],
///     torque_nm: [0.0; 32],
///     gripper: 0.0,
///     mode: spinal_gate::Mode::Track,
///     power: spinal_gate::Power::On,
/// };
/// ```
///
/// Nor can one be changed:
///
/// ```compile_fail,E0616
/// # // Hazard: H-22
/// fn faster(mut command: spinal_gate::Command) -> spinal_gate::Command {
///     command.velocity_rad_s = [10.0; 32];
///     command
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Command {
    pub(crate) at_ns: i64,
    pub(crate) position_rad: [f64; DOF_MAX],
    pub(crate) velocity_rad_s: [f64; DOF_MAX],
    pub(crate) acceleration_rad_s2: [f64; DOF_MAX],
    pub(crate) torque_nm: [f64; DOF_MAX],
    pub(crate) gripper: f64,
    pub(crate) mode: Mode,
    pub(crate) power: Power,
}

impl Command {
    /// The tick that it belongs to, ns.
    #[must_use]
    pub fn at_ns(&self) -> i64 {
        self.at_ns
    }
    /// Joint positions, rad.
    #[must_use]
    pub fn position_rad(&self) -> &[f64; DOF_MAX] {
        &self.position_rad
    }
    /// Joint velocities, rad/s.
    #[must_use]
    pub fn velocity_rad_s(&self) -> &[f64; DOF_MAX] {
        &self.velocity_rad_s
    }
    /// Joint accelerations, rad/s².
    #[must_use]
    pub fn acceleration_rad_s2(&self) -> &[f64; DOF_MAX] {
        &self.acceleration_rad_s2
    }
    /// Joint torques, N·m: for ports that take torque; a feed-forward for the others.
    #[must_use]
    pub fn torque_nm(&self) -> &[f64; DOF_MAX] {
        &self.torque_nm
    }
    /// Gripper, 0..1.
    #[must_use]
    pub fn gripper(&self) -> f64 {
        self.gripper
    }
    /// Mode of this tick.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }
    /// Power of this tick.
    #[must_use]
    pub fn power(&self) -> Power {
        self.power
    }
}
