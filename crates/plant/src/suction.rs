//! The suction cup as a vacuum circuit: how well the lip seals, how the vacuum builds and leaks, what it pulls.

/// Number of rays from the lip (and of lip contacts in the model).
pub const LIPS: usize = 8;

/// Constants of the cup and its ejector. All chosen by hand after data sheets of 30 mm bellows cups, unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SuctionSettings {
    /// Gap up to which the soft lip still seals, m.
    pub gap_sealed_m: f64,
    /// Gap from which that part of the lip is fully open, m.
    pub gap_open_m: f64,
    /// Time in which the ejector evacuates the closed cup, s.
    pub evacuate_s: f64,
    /// Time in which a fully open lip vents the cup, s.
    pub vent_s: f64,
    /// Time in which the valve vents the cup when vacuum is off, s.
    pub release_s: f64,
}

impl Default for SuctionSettings {
    fn default() -> Self {
        Self {
            gap_sealed_m: 0.0012,
            gap_open_m: 0.0045,
            evacuate_s: 0.05,
            vent_s: 0.005,
            release_s: 0.02,
        }
    }
}

/// How the lip meets what is below it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seal {
    /// Share of the lip that leaks, 0 (tight) to 1 (open), the surface's own porosity added.
    pub leak: f64,
    /// Body under most of the sealed lip, if any.
    pub body: Option<usize>,
}

impl Seal {
    /// Nothing under the cup.
    pub const OPEN: Self = Self { leak: 1.0, body: None };
}

/// Leak of one part of the lip at `gap_m` from the surface below it; `None` = nothing below.
#[must_use]
pub fn leak_of(gap_m: Option<f64>, settings: &SuctionSettings) -> f64 {
    gap_m.map_or(1.0, |gap| {
        ((gap - settings.gap_sealed_m) / (settings.gap_open_m - settings.gap_sealed_m)).clamp(0.0, 1.0)
    })
}

/// The vacuum in the cup.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suction {
    settings: SuctionSettings,
    level: f64,
}

impl Suction {
    /// A cup at ambient pressure.
    #[must_use]
    pub fn new(settings: SuctionSettings) -> Self {
        Self { settings, level: 0.0 }
    }

    /// Vacuum level, 0 (ambient) to 1 (the ejector's best).
    #[must_use]
    pub fn level(&self) -> f64 {
        self.level
    }

    /// Moves on by `period_s`: pumped while on and leaking by the seal, vented by the valve while off.
    /// First-order circuit, integrated exactly, so that it is stable for any step:
    /// d level/dt = (1 − level)/evacuate − level·leak/vent.
    pub fn advance(&mut self, is_on: bool, seal: &Seal, period_s: f64) {
        let s = &self.settings;
        let (fill, empty) = if is_on {
            (1.0 / s.evacuate_s, seal.leak / s.vent_s)
        } else {
            (0.0, 1.0 / s.release_s)
        };
        let rate = fill + empty;
        let settled = fill / rate;
        self.level = settled + (self.level - settled) * (-rate * period_s).exp();
        if !is_on && self.level < 0.01 {
            self.level = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;
    use proptest::prelude::*;

    const STEP_S: f64 = 0.002;

    fn after(seconds: f64, is_on: bool, leak: f64, from: f64) -> f64 {
        let mut cup = Suction {
            level: from,
            ..Suction::new(SuctionSettings::default())
        };
        for _ in 0..(seconds / STEP_S).round() as usize {
            cup.advance(is_on, &Seal { leak, body: None }, STEP_S);
        }
        cup.level()
    }

    #[test]
    fn a_tight_cup_is_evacuated_in_a_few_time_constants() {
        assert!(after(0.05, true, 0.0, 0.0) > 0.6);
        assert!(after(0.5, true, 0.0, 0.0) > 0.999);
    }

    #[test]
    fn an_open_cup_never_gets_a_grip() {
        assert!(after(5.0, true, 1.0, 0.0) < 0.1);
    }

    #[test]
    fn a_cup_that_is_torn_off_loses_its_vacuum_within_20_ms() {
        assert!(after(0.02, true, 1.0, 1.0) < 0.12);
    }

    #[test]
    fn the_valve_vents_the_cup_to_exactly_nothing() {
        assert_eq!(after(0.3, false, 0.0, 1.0), 0.0);
    }

    #[test]
    fn a_gap_leaks_nothing_then_more_then_all() {
        let settings = SuctionSettings::default();
        assert_eq!(leak_of(Some(-0.002), &settings), 0.0);
        assert_eq!(leak_of(Some(settings.gap_sealed_m), &settings), 0.0);
        assert_eq!(leak_of(Some(settings.gap_open_m), &settings), 1.0);
        assert_eq!(leak_of(None, &settings), 1.0);
        let half = (settings.gap_sealed_m + settings.gap_open_m) / 2.0;
        assert!((leak_of(Some(half), &settings) - 0.5).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn the_level_stays_between_ambient_and_the_ejectors_best(
            steps in proptest::collection::vec((any::<bool>(), 0.0..=1.0_f64, 1e-6..10.0_f64), 1..60)
        ) {
            let mut cup = Suction::new(SuctionSettings::default());
            for (is_on, leak, period_s) in steps {
                cup.advance(is_on, &Seal { leak, body: None }, period_s);
                prop_assert!((0.0..=1.0).contains(&cup.level()));
            }
        }

        #[test]
        fn more_leak_never_means_more_vacuum(a in 0.0..=1.0_f64, b in 0.0..=1.0_f64, seconds in 0.0..0.5_f64) {
            let (less, more) = (a.min(b), a.max(b));
            prop_assert!(after(seconds, true, more, 0.0) <= after(seconds, true, less, 0.0) + 1e-12);
        }

        #[test]
        fn the_step_does_not_matter(leak in 0.0..=1.0_f64) {
            let mut once = Suction::new(SuctionSettings::default());
            once.advance(true, &Seal { leak, body: None }, 0.1);
            prop_assert!((once.level() - after(0.1, true, leak, 0.0)).abs() < 1e-9);
        }
    }
}
