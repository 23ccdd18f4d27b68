//! How punctual a real-time run is.

use crate::bench::Histogram;
use spinal_journal::wire::{Put, Take};

/// Shares of all ticks that are told.
const SHARES: [f64; 4] = [0.5, 0.99, 0.999, 0.9999];

/// Quantiles of a duration, ns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantiles {
    /// Half of all are at most this.
    pub p50_ns: i64,
    /// 99 %.
    pub p99_ns: i64,
    /// 99.9 %.
    pub p999_ns: i64,
    /// 99.99 %.
    pub p9999_ns: i64,
    /// The longest.
    pub max_ns: i64,
}

impl Quantiles {
    /// The quantiles of a histogram.
    #[must_use]
    pub fn of(histogram: &Histogram) -> Quantiles {
        let [p50_ns, p99_ns, p999_ns, p9999_ns] = SHARES.map(|share| histogram.quantile_ns(share));
        Quantiles {
            p50_ns,
            p99_ns,
            p999_ns,
            p9999_ns,
            max_ns: histogram.max_ns(),
        }
    }

    fn put(&self, put: &mut Put<'_>) {
        for value in [self.p50_ns, self.p99_ns, self.p999_ns, self.p9999_ns, self.max_ns] {
            put.i64(value);
        }
    }

    fn take(take: &mut Take<'_>) -> Option<Quantiles> {
        let (p50_ns, p99_ns, p999_ns) = (take.i64()?, take.i64()?, take.i64()?);
        Some(Quantiles {
            p50_ns,
            p99_ns,
            p999_ns,
            p9999_ns: take.i64()?,
            max_ns: take.i64()?,
        })
    }
}

/// Counts and histograms that a loop keeps.
#[derive(Clone, Debug, Default)]
pub struct Timing {
    /// Ticks done.
    pub ticks: u64,
    /// Ticks lost because the thread woke up one or more periods late.
    pub missed: u64,
    /// How long after the deadline the thread woke up.
    pub wake: Histogram,
    /// From wake-up to the end of the tick's work.
    pub execution: Histogram,
}

/// What is told of a running loop, about once a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimingSummary {
    /// When, ns.
    pub at_ns: i64,
    /// Ticks done.
    pub ticks: u64,
    /// Ticks lost.
    pub missed: u64,
    /// Journal entries lost because the ring was full.
    pub journal_dropped: u64,
    /// Messages to the host lost because the ring was full.
    pub events_dropped: u64,
    /// Messages from other processes that could not be read.
    pub damaged: u64,
    /// 1 = the journal's writer has ended, for instance because the disk is full.
    pub is_journal_lost: bool,
    /// Wake-up latency.
    pub wake: Quantiles,
    /// Execution time.
    pub execution: Quantiles,
}

impl TimingSummary {
    /// Bytes of an encoded summary.
    pub const BYTES: usize = 7 * 8 + 2 * 5 * 8;

    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let mut put = Put::new(&mut bytes);
        put.i64(self.at_ns);
        for count in [
            self.ticks,
            self.missed,
            self.journal_dropped,
            self.events_dropped,
            self.damaged,
        ] {
            put.u64(count);
        }
        put.u64(u64::from(self.is_journal_lost));
        self.wake.put(&mut put);
        self.execution.put(&mut put);
        bytes
    }

    /// A summary; `None` when the bytes are not exactly one.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<TimingSummary> {
        let mut take = Take::new(bytes);
        let summary = TimingSummary {
            at_ns: take.i64()?,
            ticks: take.u64()?,
            missed: take.u64()?,
            journal_dropped: take.u64()?,
            events_dropped: take.u64()?,
            damaged: take.u64()?,
            is_journal_lost: take.u64()? != 0,
            wake: Quantiles::take(&mut take)?,
            execution: Quantiles::take(&mut take)?,
        };
        take.is_empty().then_some(summary)
    }
}
