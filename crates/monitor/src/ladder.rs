//! From what is found to what is asked for: category 2, then 1, then 0.

use crate::{Check, Stop, Times};

/// One thing found at one look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Finding {
    pub check: Check,
    pub joint: u16,
    pub value: f64,
    pub limit: f64,
}

impl Finding {
    fn excess(&self) -> f64 {
        self.value - self.limit
    }
}

/// The stop asked for. It only gets worse, until a person's reset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ladder {
    pub stop: Stop,
    pub why: Option<Finding>,
    pub asked_ns: i64,
    /// Since when, in awake time, this stop has not helped.
    standing_ns: i64,
}

impl Ladder {
    pub const GROUND: Ladder = Ladder {
        stop: Stop::None,
        why: None,
        asked_ns: 0,
        standing_ns: 0,
    };

    /// Takes this look's worst finding in. `awake_ns` counts the time that the monitor was awake, `now_ns` is for people.
    pub fn climb(&mut self, found: Option<Finding>, awake_ns: i64, now_ns: i64, times: &Times) {
        let Some(found) = found else {
            self.standing_ns = awake_ns;
            return;
        };
        let first = found.check.first_stop();
        if self.stop < first {
            self.step(first, found, awake_ns, now_ns);
            return;
        }
        // Another violation that comes on top of the first counts as growth.
        let grows = self
            .why
            .is_none_or(|why| why.check != found.check || found.excess() > why.excess());
        let patience_ns = if grows {
            times.escalate_growing_ns
        } else {
            times.escalate_ns
        };
        if self.stop < Stop::Sto && awake_ns - self.standing_ns >= patience_ns {
            self.step(self.stop.next(), found, awake_ns, now_ns);
        }
    }

    fn step(&mut self, stop: Stop, found: Finding, awake_ns: i64, now_ns: i64) {
        *self = Ladder {
            stop,
            why: Some(found),
            asked_ns: now_ns,
            standing_ns: awake_ns,
        };
    }
}
