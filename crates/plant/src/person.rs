//! The person in the scene: where they walk, and what the cell's scanner sees of them.

use spinal_gate::{PeopleReading, Person};

use crate::noise::Noise;

/// How a person walks through the scene and how the scanner sees them.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonSettings {
    /// Where the person is and when: s since the scene began (rising, the first 0), x and y in m; straight and even in between. After the
    /// last the walk begins anew. Empty: nobody is there.
    pub way: Vec<[f64; 3]>,
    /// Height of the floor, m.
    pub floor_z_m: f64,
    /// Standard deviation of each coordinate that the scanner tells, m.
    pub noise_m: f64,
    /// Time between two looks of the scanner, ns.
    pub period_ns: i64,
    /// From a look until it is told, ns.
    pub delay_ns: i64,
    /// Seed of the noise.
    pub seed: u64,
}

/// Other numbers than the other sensors' with the same seed.
const SALT: u64 = 0x5045_4f50_4c45;

/// A person who walks, and their scanner.
#[derive(Clone, Debug)]
pub(crate) struct Walker {
    settings: PersonSettings,
    noise: Noise,
    since_ns: Option<i64>,
    told: Option<i64>,
}

impl Default for PersonSettings {
    /// Nobody is there, and the scanner says so 20 times a second.
    fn default() -> Self {
        Self {
            way: Vec::new(),
            floor_z_m: 0.0,
            noise_m: 0.0,
            period_ns: 50_000_000,
            delay_ns: 0,
            seed: 0,
        }
    }
}

impl PersonSettings {
    /// Whether a person can walk so.
    pub(crate) fn is_possible(&self) -> bool {
        let starts = self.way.first().is_none_or(|[at_s, ..]| *at_s == 0.0);
        let rises = self.way.windows(2).all(|pair| match pair {
            [[before_s, ..], [after_s, ..]] => before_s < after_s,
            _ => false,
        });
        let finite = self.way.iter().flatten().all(|value| value.is_finite());
        let numbers = self.floor_z_m.is_finite() && self.noise_m >= 0.0 && self.noise_m.is_finite();
        starts && rises && finite && numbers && self.period_ns > 0 && self.delay_ns >= 0
    }

    /// Where the person stands so long after the scene began.
    fn foot_m(&self, since_s: f64) -> Option<[f64; 3]> {
        let &[end_s, end_x, end_y] = self.way.last()?;
        let at_s = if end_s > 0.0 { since_s.rem_euclid(end_s) } else { 0.0 };
        let pairs = self.way.iter().zip(self.way.iter().skip(1));
        for ([from_s, from_x, from_y], [to_s, to_x, to_y]) in pairs {
            if at_s <= *to_s {
                let share = (at_s - from_s) / (to_s - from_s);
                return Some([
                    from_x + share * (to_x - from_x),
                    from_y + share * (to_y - from_y),
                    self.floor_z_m,
                ]);
            }
        }
        Some([end_x, end_y, self.floor_z_m])
    }
}

impl Walker {
    pub fn new(settings: PersonSettings) -> Self {
        Self {
            noise: Noise::new(settings.seed ^ SALT),
            settings,
            since_ns: None,
            told: None,
        }
    }

    /// Where the person stands now; the first call begins the walk. `None` = nobody is there.
    pub fn foot_m(&mut self, now_ns: i64) -> Option<[f64; 3]> {
        let since_ns = *self.since_ns.get_or_insert(now_ns);
        self.settings.foot_m((now_ns - since_ns) as f64 * 1e-9)
    }

    /// What the scanner tells now, when it has something new: its newest look that is old enough to be told.
    pub fn see(&mut self, now_ns: i64) -> Option<PeopleReading> {
        let since_ns = *self.since_ns.get_or_insert(now_ns);
        let look = (now_ns - since_ns - self.settings.delay_ns).div_euclid(self.settings.period_ns);
        if self.told.is_some_and(|told| told >= look) {
            return None;
        }
        self.told = Some(look);
        let looked_ns = look * self.settings.period_ns;
        let mut reading = PeopleReading::nobody(since_ns + looked_ns);
        // Before the scene began the person stood where the walk begins.
        if let Some([x, y, z]) = self.settings.foot_m((looked_ns.max(0)) as f64 * 1e-9) {
            let mut off_m = || self.noise.normal() * self.settings.noise_m;
            let foot_m = [x + off_m(), y + off_m(), z];
            let person = Person {
                foot_m,
                speed_m_s: None,
            };
            reading.count = 1;
            if let Some(first) = reading.persons.first_mut() {
                *first = person;
            }
        }
        Some(reading)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use super::*;

    const MS: i64 = 1_000_000;

    fn visit() -> PersonSettings {
        PersonSettings {
            way: vec![
                [0.0, 5.0, 0.0],
                [1.0, 5.0, 0.0],
                [4.0, 2.0, 0.0],
                [5.0, 2.0, 0.0],
                [8.0, 5.0, 0.0],
            ],
            floor_z_m: -0.7,
            noise_m: 0.0,
            period_ns: 50 * MS,
            delay_ns: 80 * MS,
            seed: 1,
        }
    }

    #[test]
    fn a_person_stands_walks_waits_leaves_and_comes_again() {
        let mut walker = Walker::new(visit());
        let start_ns = 7_000 * MS;
        for (at_s, x) in [
            (0.0, 5.0),
            (0.9, 5.0),
            (2.5, 3.5),
            (4.5, 2.0),
            (6.5, 3.5),
            (8.0, 5.0),
            (10.5, 3.5),
        ] {
            let foot_m = walker.foot_m(start_ns + (at_s * 1e9) as i64).unwrap();
            assert!(
                (foot_m[0] - x).abs() < 1e-9 && foot_m[1..] == [0.0, -0.7],
                "{at_s} s: {foot_m:?}"
            );
        }
    }

    #[test]
    fn the_scanner_tells_of_each_look_once_and_late() {
        let mut walker = Walker::new(visit());
        let start_ns = 7_000 * MS;
        let told: Vec<_> = (0..3000)
            .filter_map(|ms| walker.see(start_ns + ms * MS).map(|reading| (ms, reading)))
            .collect();
        assert_eq!(
            told.len(),
            61,
            "one each 50 ms, and the last look before the scene began"
        );
        for (ms, reading) in told {
            let age_ms = (start_ns + ms * MS - reading.at_ns) / MS;
            assert!((80..130).contains(&age_ms), "{ms} ms: {age_ms} ms old");
            let looked_s = (reading.at_ns - start_ns).max(0) as f64 * 1e-9;
            let x = 5.0 - (looked_s - 1.0).max(0.0);
            assert!((reading.persons[0].foot_m[0] - x).abs() < 1e-9, "{ms} ms: {reading:?}");
        }
    }

    #[test]
    fn where_nobody_is_the_scanner_says_so() {
        let mut walker = Walker::new(PersonSettings::default());
        assert_eq!(walker.foot_m(5), None);
        let reading = walker.see(5).unwrap();
        assert_eq!((reading.count, reading.is_alive, reading.at_ns), (0, true, 5));
    }

    #[test]
    fn the_same_seed_sees_the_same_and_the_noise_is_as_large_as_declared() {
        let noisy = PersonSettings {
            noise_m: 0.03,
            way: vec![[0.0, 5.0, 1.0]],
            ..visit()
        };
        let looks = |settings: &PersonSettings| -> Vec<f64> {
            let mut walker = Walker::new(settings.clone());
            (0..4000)
                .filter_map(|look| walker.see(look * 50 * MS))
                .map(|reading| reading.persons[0].foot_m[0])
                .collect()
        };
        let seen = looks(&noisy);
        assert_eq!(seen, looks(&noisy));
        assert_ne!(seen, looks(&PersonSettings { seed: 2, ..noisy }));
        let variance = seen.iter().map(|x| (x - 5.0) * (x - 5.0)).sum::<f64>() / seen.len() as f64;
        assert!((variance.sqrt() - 0.03).abs() < 0.002, "{}", variance.sqrt());
    }

    #[test]
    fn a_walk_that_nobody_can_walk_is_told() {
        assert!(visit().is_possible() && PersonSettings::default().is_possible());
        for way in [
            vec![[1.0, 0.0, 0.0]],
            vec![[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            vec![[0.0, f64::NAN, 0.0]],
        ] {
            assert!(!PersonSettings { way, ..visit() }.is_possible());
        }
    }
}
