//! The robot, as System 1 sees it.

use spinal_gate::{Command, Measured, PeopleReading};

/// A robot, real or simulated. It takes nothing but commands, and only the gate can make one.
pub trait RobotPort {
    /// The newest reading. `now_ns` is the tick that asks; the reading carries the instant at which it was really taken.
    fn read(&mut self, now_ns: i64) -> Measured;
    /// What the cell's sensor for people says, when it has something new to say. A robot that has no such sensor says nothing.
    fn see(&mut self, _now_ns: i64) -> Option<PeopleReading> {
        None
    }
    /// The independent monitor's own lane, told before each command: while `is_cut`, the robot is in its safe state whatever is commanded.
    fn cut(&mut self, is_cut: bool);
    /// Sends one command.
    fn write(&mut self, command: &Command);
}
