//! The machine's monotonic clock and absolute deadlines.

/// CLOCK_MONOTONIC, ns.
#[must_use]
pub fn monotonic_ns() -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for one timespec, and this clock always exists on Linux.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Below this period a thread spins before each deadline, because waking up takes too large a share of it. Chosen by hand.
const SPIN_BELOW_NS: i64 = 500_000;
/// Time spun, ns: what a sleeping thread needs to wake up on an ordinary kernel.
const SPIN_NS: i64 = 60_000;

/// One wake-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wake {
    /// When the thread woke up, ns.
    pub at_ns: i64,
    /// How long after its deadline, ns.
    pub late_ns: i64,
    /// The newest deadline that had come by then, ns: whole periods after the first one, however late the thread was.
    pub deadline_ns: i64,
    /// Whole periods that have passed since the deadline: their ticks are lost, not caught up with.
    pub missed: u64,
}

/// Wakes at absolute deadlines, one period apart.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    period_ns: i64,
    deadline_ns: i64,
    spin_ns: i64,
}

impl Pace {
    /// The first deadline is one period from now.
    #[must_use]
    pub fn new(period_ns: i64) -> Pace {
        let spin_ns = if period_ns < SPIN_BELOW_NS { SPIN_NS } else { 0 };
        let mut pace = Pace {
            period_ns: period_ns.max(1),
            deadline_ns: 0,
            spin_ns,
        };
        pace.restart();
        pace
    }

    /// The next deadline is one period from now.
    pub fn restart(&mut self) {
        self.deadline_ns = monotonic_ns() + self.period_ns;
    }

    /// Waits for the next deadline that is not in the past.
    pub fn wait(&mut self) -> Wake {
        sleep_until(self.deadline_ns - self.spin_ns);
        let mut at_ns = monotonic_ns();
        while at_ns < self.deadline_ns {
            // Spinning, or a signal has ended the sleep.
            if self.deadline_ns - at_ns > self.spin_ns {
                sleep_until(self.deadline_ns - self.spin_ns);
            }
            std::hint::spin_loop();
            at_ns = monotonic_ns();
        }
        let late_ns = at_ns - self.deadline_ns;
        let missed = late_ns / self.period_ns;
        let deadline_ns = self.deadline_ns + missed * self.period_ns;
        self.deadline_ns = deadline_ns + self.period_ns;
        Wake {
            at_ns,
            late_ns,
            deadline_ns,
            missed: missed as u64,
        }
    }
}

fn sleep_until(instant_ns: i64) {
    let time = libc::timespec {
        tv_sec: instant_ns / 1_000_000_000,
        tv_nsec: instant_ns % 1_000_000_000,
    };
    // SAFETY: `time` is a valid timespec and no remaining time is asked for.
    unsafe {
        libc::clock_nanosleep(
            libc::CLOCK_MONOTONIC,
            libc::TIMER_ABSTIME,
            &raw const time,
            std::ptr::null_mut(),
        )
    };
}
