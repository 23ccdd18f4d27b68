//! How gentle motion and stop are made, so that the whole arm keeps torques, their rates and power, too.

use crate::Check;

/// Shares of every joint's acceleration and jerk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shares {
    pub acceleration: f64,
    pub jerk: f64,
}

impl Shares {
    pub const ALL: Self = Self {
        acceleration: 1.0,
        jerk: 1.0,
    };
}

/// What was learned from the paths that did not hold: lowered at once, forgotten slowly.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gentleness {
    /// Shares of what the joints have, and of what the headroom leaves them.
    learned: Shares,
    rise: f64,
}

/// What is left of a share that was too much. Chosen by hand.
const LESS: f64 = 0.9;
/// Gentlest shares: a gentler stop takes so long that little is gained. Chosen by hand.
const LEAST: Shares = Shares {
    acceleration: 0.2,
    jerk: 0.3,
};
/// A share grows by its own size in this time, s. Chosen by hand.
const FORGOTTEN_S: f64 = 0.1;

impl Gentleness {
    pub fn new(dt_s: f64) -> Self {
        Self {
            learned: Shares::ALL,
            rise: 1.0 + dt_s / FORGOTTEN_S,
        }
    }

    /// The shares for this tick, when the headroom leaves the joints this share of their jerk.
    pub fn shares(&self, headroom: f64) -> Shares {
        Shares {
            jerk: self.learned.jerk * headroom,
            ..self.learned
        }
    }

    /// One tick goes by.
    pub fn forget(&mut self) {
        self.learned.acceleration = (self.learned.acceleration * self.rise).min(1.0);
        self.learned.jerk = (self.learned.jerk * self.rise).min(1.0);
    }

    /// A path broke this limit: gentler, where that helps, otherwise as quick as can be. False when it is so already.
    pub fn learn(&mut self, check: Check) -> bool {
        let Shares { acceleration, jerk } = self.learned;
        let better = match check {
            Check::TorqueRate => Shares {
                jerk: (jerk * LESS).max(LEAST.jerk),
                acceleration,
            },
            Check::Torque | Check::Power => Shares {
                acceleration: (acceleration * LESS).max(LEAST.acceleration),
                jerk,
            },
            _ => Shares::ALL,
        };
        let is_other = better != self.learned;
        self.learned = better;
        is_other
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods)]

    use super::{Gentleness, LEAST, LESS, Shares};
    use crate::Check;

    fn learned(acceleration: f64, jerk: f64) -> Shares {
        Shares { acceleration, jerk }
    }

    #[test]
    fn what_is_too_much_is_lowered_and_all_else_is_made_as_quick_as_can_be() {
        let mut gentleness = Gentleness::new(1e-3);
        assert_eq!(gentleness.shares(1.0), Shares::ALL);
        assert!(gentleness.learn(Check::TorqueRate));
        assert_eq!(gentleness.shares(0.5), learned(1.0, LESS * 0.5));
        assert!(gentleness.learn(Check::Torque));
        assert!(gentleness.learn(Check::Power));
        assert_eq!(gentleness.shares(1.0), learned(LESS * LESS, LESS));
        assert!(gentleness.learn(Check::StoppingTime));
        assert_eq!(gentleness.shares(1.0), Shares::ALL);
        assert!(!gentleness.learn(Check::StoppingTime));
    }

    #[test]
    fn there_is_a_gentlest_stop_and_then_nothing_more_to_try() {
        let mut gentleness = Gentleness::new(1e-3);
        let lessons = |gentleness: &mut Gentleness, check| (0..100).filter(|_| gentleness.learn(check)).count();
        assert_eq!(lessons(&mut gentleness, Check::TorqueRate), 12);
        assert_eq!(lessons(&mut gentleness, Check::Torque), 16);
        assert_eq!(gentleness.shares(1.0), LEAST);
    }

    #[test]
    fn what_was_learned_is_forgotten_in_the_same_time_at_every_tick_rate() {
        for hz in [1e3, 1e4, 1e5] {
            let mut gentleness = Gentleness::new(1.0 / hz);
            gentleness.learned = learned(0.25, 0.3);
            for _ in 0..(0.1 * hz) as u32 {
                gentleness.forget();
            }
            let Shares { acceleration, jerk } = gentleness.shares(1.0);
            assert!(
                (acceleration / (0.25 * 1f64.exp()) - 1.0).abs() < 1e-2,
                "{acceleration}"
            );
            assert!((jerk / (0.3 * 1f64.exp()) - 1.0).abs() < 1e-2, "{jerk}");
            for _ in 0..hz as u32 {
                gentleness.forget();
            }
            assert_eq!(gentleness.shares(1.0), Shares::ALL);
        }
    }
}
