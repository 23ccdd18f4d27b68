//! `bench_tick`: the benchmark of System 1's tick for Python, and the allocator that counts for it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spinal_reflex::bench::{self, Histogram, TickReport};

/// The system's allocator; counts what each thread takes, so that "the tick takes no memory" is a measured number.
struct Counting;

thread_local! {
    static TAKEN: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    // While a thread ends its counter may be gone; nothing is measured then.
    let _ = TAKEN.try_with(|taken| taken.set(taken.get() + 1));
}

// SAFETY: everything is passed on to the system's allocator; counting touches only a thread-local number that needs no memory itself.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps to the same contract.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps to the same contract.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps to the same contract.
        unsafe { System.realloc(pointer, layout, size) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps to the same contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Heap allocations of this thread so far.
pub(crate) fn taken() -> u64 {
    TAKEN.with(Cell::get)
}

/// Ticks back to back for each second asked for, without a rate.
const UNPACED_TICKS_A_SECOND: f64 = 100_000.0;

#[pyfunction]
#[pyo3(signature = (*, hz = None, seconds = 5.0, dof = 6))]
pub fn bench_tick<'py>(py: Python<'py>, hz: Option<u32>, seconds: f64, dof: usize) -> PyResult<Bound<'py, PyDict>> {
    let go_on = || Python::attach(|py| py.check_signals().is_ok());
    let run = || match hz {
        Some(hz) => bench::paced(hz, seconds, dof, taken, go_on),
        None => bench::unpaced(1000, (seconds * UNPACED_TICKS_A_SECOND) as u64, dof, taken),
    };
    let report = py
        .detach(run)
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    py.check_signals()?;
    let out = to_dict(py, &report)?;
    if hz.is_some() {
        out.set_item("missed", report.missed)?;
        out.set_item("missed_baseline", report.missed_baseline)?;
        out.set_item("baseline_ticks", report.baseline_ticks)?;
        set_times(&out, "wake_", "_ns", &report.wake)?;
        set_times(&out, "wake_", "_ns_baseline", &report.wake_baseline)?;
    }
    Ok(out)
}

fn to_dict<'py>(py: Python<'py>, report: &TickReport) -> PyResult<Bound<'py, PyDict>> {
    let out = PyDict::new(py);
    out.set_item("ticks", report.ticks)?;
    set_times(&out, "", "_ns", &report.execution)?;
    set_times(&out, "offer_", "_ns", &report.offers)?;
    out.set_item("allocations", report.allocations)?;
    out.set_item("gated", report.gated)?;
    Ok(out)
}

/// Quantiles of times under their names.
pub(crate) fn set_times(out: &Bound<'_, PyDict>, before: &str, after: &str, times: &Histogram) -> PyResult<()> {
    for (name, q) in [("p50", 0.5), ("p99", 0.99), ("p999", 0.999)] {
        out.set_item(format!("{before}{name}{after}"), times.quantile_ns(q))?;
    }
    out.set_item(format!("{before}max{after}"), times.max_ns())
}
