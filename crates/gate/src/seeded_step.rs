//! What a tick does with a bug in it. Only with the feature `seeded-bugs`.

use super::Gate;
use crate::seeded::{Bug, is};
use crate::{Command, Mode, Power};

impl Gate {
    /// The command of a broken tick; `None` when this one is sound.
    pub(super) fn broken_step(&mut self, mode: Mode, at_ns: i64) -> Option<Command> {
        if self.power == Power::Off {
            return None;
        }
        if is(Bug::FrozenTick) {
            return Some(self.command(Mode::Track, at_ns));
        }
        if is(Bug::StopNeverExecuted) && mode != Mode::Track {
            let since_s = (at_ns - self.now_ns) as f64 * 1e-9;
            self.now_ns = at_ns;
            for joint in &mut self.joints {
                joint.state.position += joint.state.velocity * since_s;
                joint.state.acceleration = 0.0;
            }
            self.publish();
            return Some(self.command(mode, at_ns));
        }
        None
    }
}
