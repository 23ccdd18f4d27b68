//! Where the joints were commanded to be, by consumed action time.

use crate::spline::Knot;

/// The last second or so of commanded motion. A chunk begins from where the robot was commanded to be when its observation was made.
pub(crate) struct History {
    entries: Box<[(i64, Knot)]>,
    newest: usize,
}

/// Action time between two entries, ns.
const SPACING_NS: i64 = 10_000_000;
const ENTRIES: usize = 128;

impl History {
    pub fn new() -> Self {
        Self {
            entries: vec![(i64::MIN, Knot::ZERO); ENTRIES].into_boxed_slice(),
            newest: 0,
        }
    }

    /// Notes the motion at this action time. While action time stands still, the newest entry follows the robot.
    pub fn note(&mut self, played_ns: i64, motion: &Knot) {
        let next = (self.newest + 1) % ENTRIES;
        let before = if self.newest == 0 { ENTRIES - 1 } else { self.newest - 1 };
        // The newest entry moves along until it is a spacing away from the one before it.
        if let Some(&(before_ns, _)) = self.entries.get(before)
            && self
                .entries
                .get(self.newest)
                .is_some_and(|(at, _)| at.saturating_sub(before_ns) >= SPACING_NS && *at < played_ns)
        {
            self.newest = next;
        }
        if let Some(entry) = self.entries.get_mut(self.newest) {
            *entry = (played_ns, *motion);
        }
    }

    /// The motion commanded at this action time, from the last entry not after it; nothing when that was too long ago.
    pub fn at(&self, played_ns: i64) -> Option<Knot> {
        let past = self
            .entries
            .iter()
            .filter(|(at, _)| *at != i64::MIN && *at <= played_ns);
        let (at_ns, knot) = past.max_by_key(|(at, _)| *at)?;
        let later_s = played_ns.saturating_sub(*at_ns) as f64 * 1e-9;
        let mut there = *knot;
        for (position, velocity) in there.position_rad.iter_mut().zip(&there.velocity_rad_s) {
            *position += velocity * later_s;
        }
        Some(there)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::{ENTRIES, History, SPACING_NS};
    use crate::spline::Knot;

    fn knot(position: f64, velocity: f64) -> Knot {
        let mut knot = Knot::ZERO;
        (knot.position_rad[0], knot.velocity_rad_s[0]) = (position, velocity);
        knot
    }

    /// One second a tick of a millisecond, moving at 2 rad/s.
    fn second() -> History {
        let mut history = History::new();
        for ms in 0..=3000 {
            history.note(ms * 1_000_000, &knot(2e-3 * ms as f64, 2.0));
        }
        history
    }

    #[test]
    fn the_past_is_known_for_a_second() {
        let history = second();
        for ms in [3000, 2999, 2995, 2871, 2000, 1800] {
            let found = history.at(ms * 1_000_000).unwrap().position_rad[0];
            assert!((found - 2e-3 * ms as f64).abs() < 1e-9, "{ms} ms: {found}");
        }
        assert!(history.at(3_000_000_000 - (ENTRIES as i64 + 2) * SPACING_NS).is_none());
    }

    #[test]
    fn while_action_time_stands_still_the_newest_motion_counts() {
        let mut history = second();
        history.note(3_000_000_000, &knot(9.0, 0.0));
        history.note(3_000_000_000, &knot(10.0, 0.0));
        assert_eq!(history.at(3_000_000_000).unwrap().position_rad[0], 10.0);
        assert!((history.at(2_980_000_000).unwrap().position_rad[0] - 5.96).abs() < 1e-9);
    }

    #[test]
    fn nothing_is_known_before_the_beginning() {
        assert!(History::new().at(0).is_none());
    }
}
