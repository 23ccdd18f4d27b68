//! Slower than the signed profile allows, for a while and for a reason. Never quicker.

/// Longest time that a tightening may last, ns: one hour. Who wants it longer says so again. Chosen by hand.
pub const TIGHTENING_MAX_NS: i64 = 3_600_000_000_000;
/// How many are kept apart. Chosen by hand: several sources with a few each.
const SLOTS: usize = 8;

/// Why the robot is to be slower than its profile allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum TightenReason {
    /// A person wants it slower.
    Operator = 1,
    /// A monitor of the policy sees something new to it, or a failure coming.
    PolicyMonitor = 2,
    /// Sensing is degraded.
    Sensing = 3,
    /// Somebody is near.
    Person = 4,
    /// The robot, its tool or its load behaves oddly.
    Hardware = 5,
    /// The cell is being set up or tried out.
    Commissioning = 6,
}

impl TightenReason {
    /// All reasons, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Operator,
        Self::PolicyMonitor,
        Self::Sensing,
        Self::Person,
        Self::Hardware,
        Self::Commissioning,
    ];

    /// The reason with this number, if there is one.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| *reason as u8 == number)
    }

    /// Its name, as journals and pages show it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::PolicyMonitor => "policy_monitor",
            Self::Sensing => "sensing",
            Self::Person => "person",
            Self::Hardware => "hardware",
            Self::Commissioning => "commissioning",
        }
    }
}

/// The robot's joints may go no faster than `scale` times their limits until `until_ns`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tightening {
    /// More than 0, at most 1.
    pub scale: f64,
    /// The last instant at which it holds, ns.
    pub until_ns: i64,
    /// Why.
    pub reason: TightenReason,
}

impl Tightening {
    /// Nothing is tightened.
    const NONE: Self = Self {
        scale: 1.0,
        until_ns: i64::MIN,
        reason: TightenReason::Operator,
    };

    fn is_sound(&self, now_ns: i64) -> bool {
        self.scale > 0.0
            && self.scale <= 1.0
            && now_ns <= self.until_ns
            && self.until_ns.saturating_sub(now_ns) <= TIGHTENING_MAX_NS
    }

    fn holds(&self, now_ns: i64) -> bool {
        now_ns <= self.until_ns
    }
}

/// What is tightened now. Nothing takes a tightening back: it ends when its time is over, and then the signed profile holds again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tightenings {
    slots: [Tightening; SLOTS],
}

impl Tightenings {
    pub fn new() -> Self {
        Self {
            slots: [Tightening::NONE; SLOTS],
        }
    }

    /// Adds one. False, and nothing changes, when it would loosen, has no meaning, is over already or lasts too long.
    pub fn add(&mut self, new: &Tightening, now_ns: i64) -> bool {
        if !new.is_sound(now_ns) {
            return false;
        }
        // One that is no longer needed makes room: it is over, or the new one is as slow and lasts as long.
        let replaced =
            |old: &&mut Tightening| !old.holds(now_ns) || (new.scale <= old.scale && new.until_ns >= old.until_ns);
        if let Some(slot) = self.slots.iter_mut().find(replaced) {
            *slot = *new;
            return true;
        }
        // Without room it is joined with the one that ends first, so that neither is ever less than it was: slower and longer than asked.
        if let Some(slot) = self.slots.iter_mut().min_by_key(|slot| slot.until_ns) {
            if new.scale < slot.scale {
                (slot.scale, slot.reason) = (new.scale, new.reason);
            }
            slot.until_ns = slot.until_ns.max(new.until_ns);
        }
        true
    }

    /// The slowest that holds now; none when the signed profile holds as it is.
    pub fn active(&self, now_ns: i64) -> Option<Tightening> {
        let holding = self.slots.iter().filter(|slot| slot.holds(now_ns) && slot.scale < 1.0);
        holding.min_by(|a, b| a.scale.total_cmp(&b.scale)).copied()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use proptest::prelude::*;

    use super::*;

    const NOW_NS: i64 = 5_000;

    fn tightening(scale: f64, until_ns: i64) -> Tightening {
        Tightening {
            scale,
            until_ns,
            reason: TightenReason::Sensing,
        }
    }

    fn scale_at(tightenings: &Tightenings, now_ns: i64) -> f64 {
        tightenings.active(now_ns).map_or(1.0, |active| active.scale)
    }

    #[test]
    fn what_would_loosen_or_has_no_meaning_is_refused() {
        let mut tightenings = Tightenings::new();
        for scale in [
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            0.0,
            -0.0,
            -0.5,
            1.0 + f64::EPSILON,
            2.0,
        ] {
            assert!(!tightenings.add(&tightening(scale, NOW_NS + 10), NOW_NS), "{scale}");
        }
        for until_ns in [NOW_NS - 1, i64::MIN, 0, NOW_NS + TIGHTENING_MAX_NS + 1, i64::MAX] {
            assert!(!tightenings.add(&tightening(0.5, until_ns), NOW_NS), "{until_ns}");
        }
        assert_eq!(tightenings.active(NOW_NS), None);
        assert!(tightenings.add(&tightening(f64::MIN_POSITIVE, NOW_NS), NOW_NS));
        assert!(tightenings.add(&tightening(1.0, NOW_NS + TIGHTENING_MAX_NS), NOW_NS));
        assert_eq!(scale_at(&tightenings, NOW_NS), f64::MIN_POSITIVE);
        assert_eq!(tightenings.active(NOW_NS + 1), None);
    }

    #[test]
    fn the_smallest_wins_and_each_ends_in_its_own_time() {
        let mut tightenings = Tightenings::new();
        assert!(tightenings.add(&tightening(0.5, NOW_NS + 100), NOW_NS));
        assert!(tightenings.add(&tightening(0.2, NOW_NS + 50), NOW_NS));
        assert!(tightenings.add(&tightening(0.9, NOW_NS + 200), NOW_NS));
        for (later, scale) in [
            (0, 0.2),
            (50, 0.2),
            (51, 0.5),
            (100, 0.5),
            (101, 0.9),
            (200, 0.9),
            (201, 1.0),
        ] {
            assert_eq!(scale_at(&tightenings, NOW_NS + later), scale, "{later} ns later");
        }
    }

    #[test]
    fn every_reason_has_its_number_and_name() {
        for reason in TightenReason::ALL {
            assert_eq!(TightenReason::from_number(reason as u8), Some(reason));
        }
        for number in [0, 7, 255] {
            assert_eq!(TightenReason::from_number(number), None);
        }
        let mut names: Vec<_> = TightenReason::ALL.iter().map(|reason| reason.name()).collect();
        names.dedup();
        assert_eq!(names.len(), TightenReason::ALL.len());
    }

    proptest! {
        #[test]
        fn however_many_there_are_none_is_ever_less_than_it_was(
            asked in prop::collection::vec((0.01..=1.0f64, 0..1_000i64, 0..200i64), 1..60),
        ) {
            let mut tightenings = Tightenings::new();
            let mut taken: Vec<Tightening> = Vec::new();
            let mut now_ns = 0;
            for (scale, duration_ns, wait_ns) in asked {
                now_ns += wait_ns;
                let new = tightening(scale, now_ns + duration_ns);
                prop_assert!(tightenings.add(&new, now_ns));
                taken.push(new);
                let wanted = taken.iter().filter(|one| one.holds(now_ns)).fold(1.0, |least: f64, one| least.min(one.scale));
                prop_assert!(scale_at(&tightenings, now_ns) <= wanted);
                if taken.len() <= SLOTS {
                    prop_assert_eq!(scale_at(&tightenings, now_ns), wanted);
                }
            }
            prop_assert_eq!(scale_at(&tightenings, now_ns + 1_001), 1.0);
        }
    }
}
