//! What System 1 publishes about itself at every tick.

use bytemuck::{Pod, Zeroable};
use spinal_gate::{DOF_MAX, INPUTS_MAX, Mode};

use crate::Trigger;

/// The state of System 1 after a tick. Plain bytes without padding, so that it can be published as it lies in memory. Joint arrays hold `dof` values, then zeros.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Status {
    /// The tick, ns.
    pub now_ns: i64,
    /// Action time really consumed since start, ns. Stands still while no chunk is being played.
    pub played_ns: i64,
    /// Epoch of the authority in force; 0 without authority.
    pub epoch: u64,
    /// Sequence number of the chunk that is or was last played.
    pub sequence: u64,
    /// Ticks since start.
    pub ticks: u64,
    /// Proposals admitted whole.
    pub admitted: u64,
    /// Proposals admitted without their consumed steps.
    pub trimmed: u64,
    /// Proposals refused.
    pub refused: u64,
    /// Ticks in which at least one joint followed its stored stop because the candidate had none.
    pub gated: u64,
    /// Deadlines missed.
    pub deadline_misses: u64,
    /// Controls that had no effect (an old epoch, a reset while moving).
    pub controls_ignored: u64,
    /// Tightenings refused: they would have loosened, had no meaning, were over or too long.
    pub tightenings_refused: u64,
    /// When the measured state was taken, ns.
    pub measured_at_ns: i64,
    /// Commanded positions, rad.
    pub position_command_rad: [f64; DOF_MAX],
    /// Commanded velocities, rad/s.
    pub velocity_command_rad_s: [f64; DOF_MAX],
    /// Measured positions, rad.
    pub position_measured_rad: [f64; DOF_MAX],
    /// Estimated velocities, rad/s.
    pub velocity_estimate_rad_s: [f64; DOF_MAX],
    /// External torque estimate, N·m.
    pub torque_residual_nm: [f64; DOF_MAX],
    /// The separation from people, m: distance of the person with the least room, what is required, its terms Sh, Sr, Ss, C, Zd, Zr, and
    /// the distance at which a robot that waits goes on (0 = it does not wait). All zero where nobody is looked for.
    pub people: [f64; 9],
    /// Plain inputs of the robot port.
    pub inputs: [f64; INPUTS_MAX],
    /// Largest distance between command and measurement over the joints, rad.
    pub tracking_error_rad: f64,
    /// Commanded gripper, 0..1.
    pub gripper: f64,
    /// Share of the profile's joint speeds that is allowed; 1 = all of it.
    pub speed_scale: f64,
    /// Source of the authority in force; `u32::MAX` without authority.
    pub source: u32,
    /// Number of joints.
    pub dof: u32,
    /// `Mode` as a number.
    pub mode: u8,
    /// `Trigger` as a number.
    pub trigger: u8,
    /// 1 = drives powered.
    pub power: u8,
    /// 1 = at rest (commanded velocity and acceleration are zero).
    pub at_rest: u8,
    /// 1 = an emergency stop is pressed and not released.
    pub estop: u8,
    /// What the independent monitor asks for, as a number of `spinal_monitor::Stop`.
    pub monitor_stop: u8,
    /// Why, as a number of `spinal_monitor::Check`.
    pub monitor_check: u8,
    /// 0 = there is no monitor, 1 = it lives, 2 = it is silent.
    pub monitor_life: u8,
    /// Why less than all speed is allowed, as a number of [`crate::TightenReason`]; 0 when nothing is tightened.
    pub tighten_reason: u8,
    /// What the gate limited the motion for last, as the number of a `spinal_gate::Check`; 255 = never.
    pub limited_by: u8,
    /// Zero.
    pub reserved: [u8; 6],
}

impl Status {
    /// The mode; an unknown number reads as the worst one.
    #[must_use]
    pub fn mode(&self) -> Mode {
        match self.mode {
            0 => Mode::Track,
            1 => Mode::Sos,
            2 => Mode::Ss2,
            3 => Mode::Ss1,
            _ => Mode::Sto,
        }
    }

    /// The trigger; `None` for an unknown number.
    #[must_use]
    pub fn trigger(&self) -> Option<Trigger> {
        Trigger::from_number(self.trigger)
    }
}
