//! The robot's own clockwork: commands come unevenly over an ordinary machine, and are played evenly.
//!
//! A robot that goes for the newest command whenever it happens to look takes in now one, now three ticks of motion between two of its own
//! steps. At 3.14 rad/s a single tick of 1 ms too much is 3.1 mrad, and over 24 ms a joint that is really 0.13 rad/s too fast. So, as the
//! interpolators of industrial controllers do, each step takes what was meant for one instant, always equally long ago.

use spinal_gate::DOF_MAX;

/// How long after its instant a command is played, ns: so much later than its deadline may System 1 wake up and publish without the robot
/// noticing. Chosen by hand: a hundred times the usual lateness of a real-time thread, and less than 7 mm of way at the tool.
const SLACK_NS: i64 = 2_000_000;
/// Commands that are remembered: more than come in the slack at 1 kHz.
const KEPT: usize = 8;
/// Between commands further apart there is no way to be interpolated, ns.
const GAP_MAX_NS: i64 = 100_000_000;

/// Where the arm is meant to be, and how fast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Target {
    /// Joint positions, rad.
    pub position_rad: [f64; DOF_MAX],
    /// Joint velocities, rad/s.
    pub velocity_rad_s: [f64; DOF_MAX],
}

impl Target {
    const NOWHERE: Target = Target {
        position_rad: [0.0; DOF_MAX],
        velocity_rad_s: [0.0; DOF_MAX],
    };

    /// On the straight line to `other`: 0 here, 1 there.
    fn towards(&self, other: &Target, share: f64) -> Target {
        let between = |from: &[f64; DOF_MAX], to: &[f64; DOF_MAX]| {
            let mut at = *from;
            at.iter_mut().zip(to).for_each(|(at, to)| *at += share * (to - *at));
            at
        };
        Target {
            position_rad: between(&self.position_rad, &other.position_rad),
            velocity_rad_s: between(&self.velocity_rad_s, &other.velocity_rad_s),
        }
    }
}

/// The newest commands, each with the instant that it is meant for.
#[derive(Debug)]
pub(crate) struct Playback {
    /// The newest is the first.
    kept: [(i64, Target); KEPT],
    filled: usize,
}

impl Playback {
    pub fn new() -> Playback {
        Playback {
            kept: [(0, Target::NOWHERE); KEPT],
            filled: 0,
        }
    }

    /// Forgets all: after a rest without power or commands no way leads from the last command to the next.
    pub fn clear(&mut self) {
        self.filled = 0;
    }

    /// Takes the newest command in. One whose instant does not follow the one before, as after a restart of System 1, begins anew.
    pub fn take(&mut self, due_ns: i64, target: Target) {
        let last_ns = self.kept.first().map_or(0, |(last_ns, _)| *last_ns);
        if !(1..=GAP_MAX_NS).contains(&due_ns.saturating_sub(last_ns)) {
            self.filled = 0;
        }
        self.kept.rotate_right(1);
        if let Some(first) = self.kept.first_mut() {
            *first = (due_ns, target);
        }
        self.filled = (self.filled + 1).min(KEPT);
    }

    /// What a step that ends at `now_ns` goes for: between the two commands around that instant less the slack; the newest when the sender
    /// is later than that, the oldest when all are newer; `None` without any.
    pub fn at(&self, now_ns: i64) -> Option<Target> {
        let at_ns = now_ns.saturating_sub(SLACK_NS);
        let kept = self.kept.get(..self.filled)?;
        let (newest_ns, newest) = kept.first()?;
        if at_ns >= *newest_ns {
            return Some(*newest);
        }
        let pairs = kept.iter().skip(1).zip(kept);
        for ((before_ns, before), (after_ns, after)) in pairs {
            if at_ns >= *before_ns {
                let share = (at_ns - before_ns) as f64 / (after_ns - before_ns) as f64;
                return Some(before.towards(after, share));
            }
        }
        kept.last().map(|(_, oldest)| *oldest)
    }
}

#[cfg(test)]
mod tests;
