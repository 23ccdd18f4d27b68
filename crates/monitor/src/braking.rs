//! Whether a stop that was announced really happens.

use crate::Times;

/// Follows one stop from its announcement: until `stop_begin_ns` the speed may still be what it was; from then on it has to stay under a
/// straight line that reaches standstill at `stop_end_ns`, and from then on under standstill.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Braking {
    begun_ns: Option<i64>,
    speed: f64,
}

impl Braking {
    /// The highest speed allowed now, rad/s; `None` when no stop is announced or it has just been. `speed` is the fastest joint's.
    pub fn allowed(&mut self, now_ns: i64, is_stopping: bool, speed: f64, rest: f64, times: &Times) -> Option<f64> {
        if !is_stopping {
            *self = Self::default();
            return None;
        }
        let begun_ns = *self.begun_ns.get_or_insert(now_ns);
        let since_ns = now_ns.saturating_sub(begun_ns);
        if since_ns <= times.stop_begin_ns {
            self.speed = self.speed.max(speed);
            return None;
        }
        let whole_ns = times.stop_end_ns - times.stop_begin_ns;
        let left = (times.stop_end_ns - since_ns).max(0) as f64 / whole_ns as f64;
        Some(rest + self.speed * left)
    }
}
