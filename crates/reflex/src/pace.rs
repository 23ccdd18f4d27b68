//! How fast action time passes: slower on a path that the arm may not follow at full speed.

use spinal_gate::{Check, Limited};

/// The share of real time at which a chunk is played. The gate stops the arm for a tick where the path asks for more than the whole arm
/// may; the pace then falls, so that the arm goes along the same path more slowly instead of braking and pushing in turns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace(f64);

/// How fast it falls while the gate limits the arm, and rises again, 1/s. Chosen by hand: full speed to a tenth in 0.15 s, back in 0.6 s.
const FALLS_1_S: f64 = 6.0;
const RISES_1_S: f64 = 1.5;
/// Action time never stands still because of the gate: what is in the way may be gone.
const SLOWEST: f64 = 0.1;

impl Pace {
    pub const FULL: Self = Self(1.0);

    /// The share, more than 0 and at most 1.
    pub fn share(self) -> f64 {
        self.0
    }

    /// The pace after a tick at which the gate limited the motion by this, and that may be `allowed` at most: what is tightened slows the
    /// whole path down, so that the arm stays on it.
    pub fn after_tick(self, limited: Option<Limited>, allowed: f64, period_s: f64) -> Self {
        // One joint that lags behind its wish catches up by itself.
        let is_slowed = limited.is_some_and(|limited| limited.check != Check::Viability);
        let slower = self.0 - FALLS_1_S * period_s;
        let next = if is_slowed {
            slower
        } else if self.0 > allowed {
            slower.max(allowed)
        } else {
            (self.0 + RISES_1_S * period_s).min(allowed)
        };
        Self(next.max(SLOWEST.min(allowed)).min(1.0))
    }
}
