//! Bugs on purpose, to show that the independent monitor catches a broken gate. Only with the feature `seeded-bugs`, which no shipped build
//! has: `spinal doctor` says so and System 1 refuses to run a robot with it. Each thread plants its own.

use std::cell::Cell;

use crate::{Command, Power, Profile};

/// What may be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Bug {
    /// The gate and admission do not see the position limits.
    PositionIgnored = 1,
    /// They take every speed limit for twice what it is.
    VelocityDoubled = 2,
    /// A stop is announced, and the robot goes on as fast as it was, under power.
    StopNeverExecuted = 4,
    /// The tick says the same thing for ever and counts no further.
    FrozenTick = 8,
    /// A number that is none goes out to the robot, and comes back in unseen.
    NanPasses = 16,
}

thread_local! {
    static PLANTED: Cell<u8> = const { Cell::new(0) };
}

/// Plants these bugs in this thread, in place of those before.
pub fn plant(bugs: &[Bug]) {
    PLANTED.set(bugs.iter().fold(0, |all, bug| all | *bug as u8));
}

/// Whether this bug is planted.
#[must_use]
pub fn is(bug: Bug) -> bool {
    PLANTED.get() & bug as u8 != 0
}

/// The profile as a broken gate sees it.
#[must_use]
pub fn profile(profile: &Profile) -> Profile {
    let mut seen = profile.clone();
    for joint in &mut seen.joints {
        if is(Bug::PositionIgnored) {
            (joint.position_min_rad, joint.position_max_rad) = (-500.0, 500.0);
        }
        if is(Bug::VelocityDoubled) {
            joint.velocity_max_rad_s *= 2.0;
        }
    }
    seen
}

/// The command as a broken gate sends it.
pub(crate) fn poison(command: &mut Command) {
    if is(Bug::NanPasses) && command.power == Power::On {
        command.position_rad[0] = f64::NAN;
    }
}
