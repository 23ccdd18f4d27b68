//! Absolute deadlines.

/// Wakes at absolute deadlines: sleeps until shortly before, then spins. Periods too short for a sleep are only spun.
pub(super) struct Pace {
    period_ns: i64,
    deadline_ns: i64,
    sleeps: bool,
}

/// Spun before a deadline, ns: what a sleeping thread needs to wake up on an ordinary kernel.
const SPIN_NS: i64 = 60_000;

impl Pace {
    pub fn new(period_ns: i64) -> Self {
        Self {
            period_ns,
            deadline_ns: 0,
            sleeps: period_ns > SPIN_NS,
        }
    }

    /// The first deadline is one period from now.
    pub fn restart(&mut self) {
        self.deadline_ns = monotonic_ns() + self.period_ns;
    }

    /// Waits for the deadline; returns how late it is then, ns.
    pub fn wait(&mut self) -> i64 {
        if self.sleeps {
            sleep_until(self.deadline_ns - SPIN_NS);
        }
        loop {
            let late = monotonic_ns() - self.deadline_ns;
            if late >= 0 {
                return late;
            }
            std::hint::spin_loop();
        }
    }

    /// To be called when the work of a period is done; returns the deadlines that passed meanwhile. Those are left out, not caught up with.
    pub fn finish(&mut self) -> u64 {
        let missed = (monotonic_ns() - self.deadline_ns) / self.period_ns;
        self.deadline_ns += self.period_ns * (missed + 1);
        missed.max(0) as u64
    }
}

/// CLOCK_MONOTONIC, ns.
pub(super) fn monotonic_ns() -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for one timespec, and this clock always exists on Linux.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

fn sleep_until(instant_ns: i64) {
    let time = libc::timespec {
        tv_sec: instant_ns / 1_000_000_000,
        tv_nsec: instant_ns % 1_000_000_000,
    };
    // SAFETY: `time` is a valid timespec and no remaining time is asked for. An early return (a signal) is caught by the spinning.
    unsafe {
        libc::clock_nanosleep(
            libc::CLOCK_MONOTONIC,
            libc::TIMER_ABSTIME,
            &raw const time,
            std::ptr::null_mut(),
        )
    };
}
