//! The real-time loop, its benchmark and replay for Python.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use numpy::PyReadonlyArray1;
use pyo3::exceptions::{PyKeyboardInterrupt, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spinal_reflex::shell::beside_load;
use spinal_reflex::shell::machine::StopSignals;
use spinal_reflex::shell::realtime::{self, Ending, RealtimeConfig, RealtimeReport};
use spinal_reflex::shell::{Quantiles, TimingSummary, replay};

use crate::arm::Arm;
use crate::errors;
use crate::journal::hex;
use crate::lockstep::{detail_of, system};
use crate::monitor::MonitorLimits;
use crate::profile::{Profile, Settings};

/// Runs System 1 in real time in this thread until it is told to end.
#[pyfunction]
#[pyo3(signature = (profile, settings, arm, *, channels, journal, run_id, meta = "{}", detail = "full", segment_bytes = 268_435_456,
    priority = 80, cpu = None, monitor = None))]
#[allow(clippy::too_many_arguments)] // all but the parts of the system are named
pub fn run_reflex<'py>(
    py: Python<'py>,
    profile: &Profile,
    settings: &Settings,
    arm: Option<&Arm>,
    channels: PathBuf,
    journal: PathBuf,
    run_id: &str,
    meta: &str,
    detail: &str,
    segment_bytes: u64,
    priority: i32,
    cpu: Option<usize>,
    monitor: Option<&MonitorLimits>,
) -> PyResult<Bound<'py, PyDict>> {
    if cfg!(feature = "seeded-bugs") {
        let text = "this build has bugs seeded in its gate, for tests only; build without the feature seeded-bugs";
        return Err(PyValueError::new_err(text));
    }
    let config = RealtimeConfig {
        system: system(profile, settings, arm),
        channels,
        journal,
        segment_bytes,
        detail: detail_of(detail)?,
        run_id: run_id.into(),
        meta: meta.into(),
        started_unix_ns: unix_ns(),
        priority: priority_of(priority)?,
        cpu,
        monitor: monitor.map(|limits| limits.watching.clone()),
    };
    let signals = StopSignals::take();
    let report = py.detach(|| realtime::run(&config, signals.flag()));
    drop(signals);
    report_dict(py, report.map_err(errors::shell)?)
}

fn report_dict(py: Python<'_>, report: RealtimeReport) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    let ending = match report.ending {
        Ending::Shutdown => "shutdown",
        Ending::Signal => "signal",
        Ending::ParentGone => "parent_gone",
    };
    dict.set_item("ending", ending)?;
    dict.set_item("was_at_rest", report.was_at_rest)?;
    dict.set_item("warnings", report.warnings)?;
    let timing = timing_dict(py, &report.timing)?;
    let (histograms, summary) = (&report.histograms, &report.timing);
    for (name, histogram, quantiles) in [
        ("wake", &histograms.wake, &summary.wake),
        ("execution", &histograms.execution, &summary.execution),
    ] {
        let (edges_ns, counts) = histogram.outline();
        let part = quantiles_dict(py, quantiles)?;
        part.set_item("edges_ns", edges_ns)?;
        part.set_item("counts", counts)?;
        timing.set_item(name, part)?;
    }
    dict.set_item("timing", timing)?;
    dict.set_item(
        "journal_head",
        report.journal.as_ref().ok().map(|summary| hex(&summary.head)),
    )?;
    dict.set_item(
        "journal_bytes",
        report.journal.as_ref().ok().map(|summary| summary.bytes),
    )?;
    dict.set_item("journal_problem", report.journal.err().map(|error| error.to_string()))?;
    Ok(dict)
}

/// The real-time loop beside the caller's load, alternating with a loop that does nothing.
#[pyfunction]
#[pyo3(signature = (profile, settings, arm, *, home_rad, seconds, channels, journal, priority = 80, cpu = None))]
#[allow(clippy::too_many_arguments)] // all but the parts of the system are named
pub fn bench_realtime<'py>(
    py: Python<'py>,
    profile: &Profile,
    settings: &Settings,
    arm: Option<&Arm>,
    home_rad: PyReadonlyArray1<'py, f64>,
    seconds: f64,
    channels: PathBuf,
    journal: PathBuf,
    priority: i32,
    cpu: Option<usize>,
) -> PyResult<Bound<'py, PyDict>> {
    if !(1.0..=3600.0).contains(&seconds) {
        return Err(PyValueError::new_err(format!(
            "seconds is {seconds}; allowed are 1 to 3600"
        )));
    }
    let home_rad = home_rad.as_array().to_vec();
    if home_rad.len() != profile.profile.dof() {
        let text = format!(
            "home_rad has {} values, the profile {} joints",
            home_rad.len(),
            profile.profile.dof()
        );
        return Err(PyValueError::new_err(text));
    }
    let config = RealtimeConfig {
        system: system(profile, settings, arm),
        channels,
        journal,
        segment_bytes: 1 << 30,
        detail: detail_of("full")?,
        run_id: "bench".into(),
        meta: "{}".into(),
        started_unix_ns: unix_ns(),
        priority: priority_of(priority)?,
        cpu,
        monitor: None,
    };
    let signals = StopSignals::take();
    let report = py.detach(|| beside_load::run(&config, &home_rad, seconds, signals.flag()));
    if signals.flag().load(Ordering::Relaxed) {
        return Err(PyKeyboardInterrupt::new_err("the benchmark was interrupted"));
    }
    let report = report.map_err(errors::shell)?;
    let dict = timing_dict(py, &report.timing)?;
    dict.set_item("baseline_ticks", report.baseline_ticks)?;
    dict.set_item("missed_baseline", report.missed_baseline)?;
    dict.set_item("wake_baseline", quantiles_dict(py, &report.wake_baseline)?)?;
    dict.set_item("violation_max", report.violation_max)?;
    dict.set_item("moving_ticks", report.moving_ticks)?;
    dict.set_item("admitted", report.admitted)?;
    dict.set_item("refused", report.refused)?;
    dict.set_item("latched_stops", report.latched_stops)?;
    dict.set_item("warnings", report.warnings)?;
    Ok(dict)
}

/// A message of the `timing` channel as a dict.
#[pyfunction]
pub fn decode_timing<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    let wrong = || PyValueError::new_err(format!("{} bytes are no timing", data.len()));
    timing_dict(py, &TimingSummary::decode(data).ok_or_else(wrong)?)
}

/// Replays a journal and compares what System 1 decides with what it decided then.
#[pyfunction]
pub fn replay_journal<'py>(py: Python<'py>, path: PathBuf) -> PyResult<Bound<'py, PyDict>> {
    let report = py.detach(|| replay(&path)).map_err(errors::shell)?;
    let dict = PyDict::new(py);
    dict.set_item("ticks", report.ticks)?;
    dict.set_item("verdicts", report.verdicts)?;
    dict.set_item("compared", report.compared)?;
    dict.set_item("is_identical", report.is_identical)?;
    let difference = report.first_difference.map(|difference| {
        let dict = PyDict::new(py);
        dict.set_item("path", difference.path.display().to_string())?;
        dict.set_item("entry", difference.entry)?;
        dict.set_item("offset", difference.offset)?;
        dict.set_item("kind", difference.kind.name())?;
        dict.set_item("at_ns", difference.at_ns)?;
        dict.set_item("replayed_kind", difference.replayed.map(spinal_journal::Kind::name))?;
        dict.set_item("byte", difference.byte)?;
        Ok::<_, PyErr>(dict)
    });
    dict.set_item("first_difference", difference.transpose()?)?;
    Ok(dict)
}

fn timing_dict<'py>(py: Python<'py>, timing: &TimingSummary) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("at_ns", timing.at_ns)?;
    dict.set_item("ticks", timing.ticks)?;
    dict.set_item("missed", timing.missed)?;
    dict.set_item("journal_dropped", timing.journal_dropped)?;
    dict.set_item("events_dropped", timing.events_dropped)?;
    dict.set_item("damaged", timing.damaged)?;
    dict.set_item("is_journal_lost", timing.is_journal_lost)?;
    dict.set_item("wake", quantiles_dict(py, &timing.wake)?)?;
    dict.set_item("execution", quantiles_dict(py, &timing.execution)?)?;
    Ok(dict)
}

fn quantiles_dict<'py>(py: Python<'py>, quantiles: &Quantiles) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("p50_ns", quantiles.p50_ns)?;
    dict.set_item("p99_ns", quantiles.p99_ns)?;
    dict.set_item("p999_ns", quantiles.p999_ns)?;
    dict.set_item("p9999_ns", quantiles.p9999_ns)?;
    dict.set_item("max_ns", quantiles.max_ns)?;
    Ok(dict)
}

fn priority_of(priority: i32) -> PyResult<i32> {
    if (1..=99).contains(&priority) {
        return Ok(priority);
    }
    Err(PyValueError::new_err(format!(
        "priority is {priority}; allowed are 1 to 99"
    )))
}

/// For people: when the run started.
fn unix_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
