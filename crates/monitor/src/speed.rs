//! Speeds from measured positions.

use crate::JOINTS_MAX;

/// Samples kept: enough for one every sixteenth of the window, with room.
const SAMPLES: usize = 24;
/// Parts of the window between two samples.
const PARTS: i64 = 16;
/// A longer time without a sample, in windows, starts again.
const GAP_WINDOWS: i64 = 10;

/// What is differentiated: the joints, then the tool's place.
pub(crate) type Values = [f64; JOINTS_MAX + 3];

/// Mean speeds over a window of time: as a filter it lets a steady speed through unchanged and is late by half the window.
#[derive(Clone, Debug)]
pub(crate) struct Speeds {
    window_ns: i64,
    samples: [(i64, Values); SAMPLES],
    /// How many of them are filled; the newest is the first.
    filled: usize,
}

impl Speeds {
    pub fn new(window_ns: i64) -> Self {
        Self {
            window_ns,
            samples: [(0, [0.0; JOINTS_MAX + 3]); SAMPLES],
            filled: 0,
        }
    }

    pub fn reset(&mut self) {
        self.filled = 0;
    }

    /// Takes values in and gives their rates per second, once half a window is there.
    pub fn update(&mut self, at_ns: i64, values: &Values) -> Option<Values> {
        let newest_ns = self.samples.first().map_or(0, |(newest_ns, _)| *newest_ns);
        let since_ns = at_ns.saturating_sub(newest_ns);
        if self.filled == 0 || !(0..=GAP_WINDOWS * self.window_ns).contains(&since_ns) {
            self.filled = 0;
            self.push(at_ns, values);
            return None;
        }
        let oldest = self.samples.iter().take(self.filled);
        let oldest = oldest
            .rev()
            .find(|(then_ns, _)| at_ns.saturating_sub(*then_ns) <= self.window_ns);
        let rates = oldest.and_then(|(then_ns, then)| {
            let span_ns = at_ns - then_ns;
            (2 * span_ns >= self.window_ns).then(|| std::array::from_fn(|i| rate(values.get(i), then.get(i), span_ns)))
        });
        if since_ns * PARTS >= self.window_ns {
            self.push(at_ns, values);
        }
        rates
    }

    fn push(&mut self, at_ns: i64, values: &Values) {
        self.samples.rotate_right(1);
        if let Some(first) = self.samples.first_mut() {
            *first = (at_ns, *values);
        }
        self.filled = (self.filled + 1).min(SAMPLES);
    }
}

fn rate(now: Option<&f64>, then: Option<&f64>, span_ns: i64) -> f64 {
    match (now, then) {
        (Some(now), Some(then)) => (now - then) / (span_ns as f64 * 1e-9),
        _ => f64::NAN,
    }
}
