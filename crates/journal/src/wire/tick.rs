//! What was measured and what was commanded, as bytes.

use super::{Put, Take};
use spinal_gate::{Command, DOF_MAX, INPUTS_MAX, Measured, Mode, Power};

/// The most bytes of an encoded [`Measured`].
pub const MEASURED_BYTES_MAX: usize = 8 + 8 + 3 * 8 * DOF_MAX + 8 * INPUTS_MAX;
/// The most bytes of an encoded [`Command`].
const COMMAND_BYTES_MAX: usize = 8 + 8 + 4 * 8 * DOF_MAX + 8;
/// The most bytes of a command as the `command` channel carries it.
pub const TIMED_COMMAND_BYTES_MAX: usize = 8 + COMMAND_BYTES_MAX;
/// The most bytes of an encoded tick.
pub const TICK_BYTES_MAX: usize = 8 + MEASURED_BYTES_MAX + COMMAND_BYTES_MAX;

/// The content of a command, read back. It is a record and not a [`Command`]: no robot port accepts it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CommandRecord {
    /// The tick that it belongs to, ns.
    pub at_ns: i64,
    /// Number of joints.
    pub dof: usize,
    /// Joint positions, rad.
    pub position_rad: [f64; DOF_MAX],
    /// Joint velocities, rad/s.
    pub velocity_rad_s: [f64; DOF_MAX],
    /// Joint accelerations, rad/s².
    pub acceleration_rad_s2: [f64; DOF_MAX],
    /// Joint torques, N·m.
    pub torque_nm: [f64; DOF_MAX],
    /// Gripper, 0..1.
    pub gripper: f64,
    /// Mode of the tick.
    pub mode: Mode,
    /// Power of the tick.
    pub power: Power,
}

/// One tick, read back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TickRecord {
    /// Whether the tick began later than one period after its deadline.
    pub deadline_missed: bool,
    /// What was measured.
    pub measured: Measured,
    /// What was commanded.
    pub command: CommandRecord,
}

/// Encodes the first `dof` joints; `None` when `out` is too small.
pub fn encode_measured(measured: &Measured, dof: usize, out: &mut [u8]) -> Option<usize> {
    let mut put = Put::new(out);
    put_measured(&mut put, measured, dof);
    put.finish()
}

/// Number of joints and reading; `None` when the bytes are not exactly one reading.
#[must_use]
pub fn decode_measured(bytes: &[u8]) -> Option<(usize, Measured)> {
    let mut take = Take::new(bytes);
    let read = take_measured(&mut take)?;
    take.is_empty().then_some(read)
}

/// Encodes a command with the instant at which the robot is meant to be there, ns; `None` when `out` is too small.
pub fn encode_timed_command(due_ns: i64, command: &Command, dof: usize, out: &mut [u8]) -> Option<usize> {
    let mut put = Put::new(out);
    put.i64(due_ns);
    put_command(&mut put, command, dof);
    put.finish()
}

/// When the robot is meant to be there, ns, and the content of the command; `None` when the bytes are not exactly that.
#[must_use]
pub fn decode_timed_command(bytes: &[u8]) -> Option<(i64, CommandRecord)> {
    let mut take = Take::new(bytes);
    let read = (take.i64()?, take_command(&mut take)?);
    take.is_empty().then_some(read)
}

/// Encodes a tick; `None` when `out` is too small.
pub fn encode_tick(
    measured: &Measured,
    command: &Command,
    deadline_missed: bool,
    dof: usize,
    out: &mut [u8],
) -> Option<usize> {
    let mut put = Put::new(out);
    put.u64(u64::from(deadline_missed));
    put_measured(&mut put, measured, dof);
    put_command(&mut put, command, dof);
    put.finish()
}

/// One tick; `None` when the bytes are not exactly one.
#[must_use]
pub fn decode_tick(bytes: &[u8]) -> Option<TickRecord> {
    let mut take = Take::new(bytes);
    let deadline_missed = match take.u64()? {
        0 => false,
        1 => true,
        _ => return None,
    };
    let (_, measured) = take_measured(&mut take)?;
    let command = take_command(&mut take)?;
    take.is_empty().then_some(TickRecord {
        deadline_missed,
        measured,
        command,
    })
}

fn put_measured(put: &mut Put<'_>, measured: &Measured, dof: usize) {
    put.u64(dof as u64);
    put.i64(measured.at_ns);
    put.f64s(&measured.position_rad, dof);
    put.f64s(&measured.velocity_rad_s, dof);
    put.f64s(&measured.torque_nm, dof);
    put.f64s(&measured.inputs, INPUTS_MAX);
}

fn take_measured(take: &mut Take<'_>) -> Option<(usize, Measured)> {
    let dof = usize::try_from(take.u64()?).ok()?;
    let at_ns = take.i64()?;
    let (position_rad, velocity_rad_s, torque_nm) = (take.f64s(dof)?, take.f64s(dof)?, take.f64s(dof)?);
    let inputs = take.f64s(INPUTS_MAX)?;
    Some((
        dof,
        Measured {
            at_ns,
            position_rad,
            velocity_rad_s,
            torque_nm,
            inputs,
        },
    ))
}

fn put_command(put: &mut Put<'_>, command: &Command, dof: usize) {
    put.u32(dof as u32);
    put.u16(command.mode() as u16);
    put.u16(command.power() as u16);
    put.i64(command.at_ns());
    put.f64s(command.position_rad(), dof);
    put.f64s(command.velocity_rad_s(), dof);
    put.f64s(command.acceleration_rad_s2(), dof);
    put.f64s(command.torque_nm(), dof);
    put.f64(command.gripper());
}

fn take_command(take: &mut Take<'_>) -> Option<CommandRecord> {
    let dof = usize::try_from(take.u32()?).ok()?;
    let mode = match take.u16()? {
        0 => Mode::Track,
        1 => Mode::Sos,
        2 => Mode::Ss2,
        3 => Mode::Ss1,
        4 => Mode::Sto,
        _ => return None,
    };
    let power = match take.u16()? {
        0 => Power::Off,
        1 => Power::On,
        _ => return None,
    };
    let at_ns = take.i64()?;
    let (position_rad, velocity_rad_s) = (take.f64s(dof)?, take.f64s(dof)?);
    let (acceleration_rad_s2, torque_nm) = (take.f64s(dof)?, take.f64s(dof)?);
    let gripper = take.f64()?;
    Some(CommandRecord {
        at_ns,
        dof,
        position_rad,
        velocity_rad_s,
        acceleration_rad_s2,
        torque_nm,
        gripper,
        mode,
        power,
    })
}
