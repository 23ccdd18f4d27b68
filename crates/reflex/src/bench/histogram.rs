//! Counts of times, to better than 1 %.

/// A histogram of durations in ns: exact below 256 ns, then 128 steps an octave.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max_ns: i64,
}

/// Steps an octave.
const STEPS: u64 = 128;
const OCTAVES: usize = 40;
/// Steps that an outline puts together.
const OUTLINE: usize = 16;

impl Histogram {
    /// Without counts. All memory is taken here.
    #[must_use]
    pub fn new() -> Self {
        Self {
            counts: vec![0; STEPS as usize * OCTAVES],
            total: 0,
            max_ns: 0,
        }
    }

    /// Counts one duration; a negative one counts as zero.
    pub fn record(&mut self, duration_ns: i64) {
        self.max_ns = self.max_ns.max(duration_ns);
        self.total += 1;
        let last = self.counts.len() - 1;
        if let Some(count) = self.counts.get_mut(bucket(duration_ns.max(0) as u64).min(last)) {
            *count += 1;
        }
    }

    /// Number of durations.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Longest duration, ns.
    #[must_use]
    pub fn max_ns(&self) -> i64 {
        self.max_ns
    }

    /// The duration (ns, upper end of its step) that a share `q` of all durations does not exceed; 0 without durations.
    #[must_use]
    pub fn quantile_ns(&self, q: f64) -> i64 {
        let wanted = (q * self.total as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return upper_end(bucket as u64).min(self.max_ns);
            }
        }
        self.max_ns
    }

    /// For drawing: edges (ns, one more than counts) and counts, eight to an octave, from the first that is not empty to the last.
    #[must_use]
    pub fn outline(&self) -> (Vec<i64>, Vec<u64>) {
        let counts: Vec<u64> = self.counts.chunks(OUTLINE).map(|group| group.iter().sum()).collect();
        let Some(first) = counts.iter().position(|count| *count > 0) else {
            return (Vec::new(), Vec::new());
        };
        let last = counts.iter().rposition(|count| *count > 0).unwrap_or(first);
        let lower_end = |group: usize| match group {
            0 => 0,
            _ => upper_end((group * OUTLINE) as u64 - 1) + 1,
        };
        let edges = (first..=last + 1).map(lower_end).collect();
        (edges, counts.into_iter().take(last + 1).skip(first).collect())
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

fn bucket(ns: u64) -> usize {
    let octave = u64::from((ns / STEPS).checked_ilog2().unwrap_or(0));
    (octave * STEPS + (ns >> octave)) as usize
}

fn upper_end(bucket: u64) -> i64 {
    if bucket < 2 * STEPS {
        return bucket as i64;
    }
    let octave = bucket / STEPS - 1;
    let step = bucket - octave * STEPS;
    (((step + 1) << octave) - 1) as i64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]

    use super::Histogram;

    #[test]
    fn quantiles_are_exact_to_one_percent_and_never_too_small() {
        let mut histogram = Histogram::new();
        for ns in 1..=100_000 {
            histogram.record(ns);
        }
        for q in [0.001, 0.5, 0.99, 0.999, 1.0] {
            let exact = q * 100_000.0;
            let found = histogram.quantile_ns(q) as f64;
            assert!(exact <= found && found <= exact * 1.01, "{q}: {found}");
        }
        assert_eq!((histogram.total(), histogram.max_ns()), (100_000, 100_000));
    }

    #[test]
    fn an_outline_holds_every_duration_between_its_edges() {
        let mut histogram = Histogram::new();
        for ns in [700, 701, 5_000, 5_001, 5_002, 40_000] {
            histogram.record(ns);
        }
        let (edges, counts) = histogram.outline();
        assert_eq!((edges.len(), counts.iter().sum::<u64>()), (counts.len() + 1, 6));
        assert!(edges.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(edges[0] <= 700 && 40_000 < edges[edges.len() - 1]);
        let around_5_us = edges.partition_point(|edge| *edge <= 5_001) - 1;
        assert_eq!(counts[around_5_us], 3);
    }

    #[test]
    fn without_durations_everything_is_zero() {
        assert_eq!(Histogram::new().outline(), (vec![], vec![]));
        assert_eq!((Histogram::new().quantile_ns(0.5), Histogram::new().max_ns()), (0, 0));
    }
}
