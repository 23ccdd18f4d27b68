//! What the robot reports.

use crate::DOF_MAX;

/// The most plain inputs (vacuum, scale, …) that a robot port reports.
pub const INPUTS_MAX: usize = 8;

/// One reading of the robot. Joint arrays hold `dof` values, then zeros.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Measured {
    /// When it was taken, ns of the monotonic clock.
    pub at_ns: i64,
    /// Joint positions, rad.
    pub position_rad: [f64; DOF_MAX],
    /// Joint velocities as the robot reports them, rad/s.
    pub velocity_rad_s: [f64; DOF_MAX],
    /// Motor torques, N·m.
    pub torque_nm: [f64; DOF_MAX],
    /// Plain inputs; the cell file names them (for the simulated cell: 0 = vacuum level 0..1, 1 = destination scale in kg).
    pub inputs: [f64; INPUTS_MAX],
}
