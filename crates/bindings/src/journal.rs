//! Journals for Python: verify, read, replay.

use std::collections::VecDeque;
use std::path::PathBuf;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use spinal_journal::wire::{Take, decode_people, decode_tick, decode_verdict};
use spinal_journal::{
    Journal, JournalError, Kind, Place, Report, Sync, decode_event as event_of, segments, verify, verify_folder,
};
use spinal_reflex::shell::{Event, decode_control};
use spinal_reflex::{Control, TightenReason, Trigger};

use crate::errors;
use crate::link::{command_dict, measured_dict};
use crate::monitor::heard_into;
use crate::people::people_into;
use crate::proposal::Proposal;
use crate::status::mode_name;
use crate::verdict::Verdict;

/// What the verification of a journal file, or of a folder of segments, found.
#[pyfunction]
pub fn verify_journal<'py>(py: Python<'py>, path: PathBuf) -> PyResult<Bound<'py, PyList>> {
    let reports = py.detach(|| {
        if path.is_dir() {
            verify_folder(&path)
        } else {
            verify(&path).map(|report| vec![(path, report)])
        }
    });
    let list = PyList::empty(py);
    for (path, report) in reports.map_err(errors::journal)? {
        list.append(report_dict(py, &path, &report)?)?;
    }
    Ok(list)
}

/// The entries of a journal file, or of a folder of segments, one by one.
#[pyfunction]
pub fn read_journal(path: PathBuf) -> PyResult<JournalReader> {
    let paths = if path.is_dir() {
        segments(&path).map_err(errors::journal)?
    } else {
        vec![path.clone()]
    };
    if paths.is_empty() {
        return Err(errors::journal(JournalError::NoSegment { path }));
    }
    let mut reader = JournalReader {
        paths: paths.into(),
        open: None,
    };
    reader.open_next()?;
    Ok(reader)
}

/// An iterator over entries as dicts.
#[pyclass(module = "spinal._core")]
pub struct JournalReader {
    paths: VecDeque<PathBuf>,
    open: Option<(Journal, Place)>,
}

#[pymethods]
impl JournalReader {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        while let Some((journal, place)) = self.open.take() {
            let mut entries = journal.resume(place);
            if let Some(entry) = entries.next() {
                let dict = entry_dict(py, entry.kind, entry.at_ns, entry.body)?;
                dict.set_item("index", entry.index)?;
                dict.set_item("offset", entry.offset)?;
                let place = entries.place();
                self.open = Some((journal, place));
                return Ok(Some(dict));
            }
            if let Some(problem) = entries.problem() {
                return Err(PyValueError::new_err(format!(
                    "the journal is damaged: {problem}; verify it to see all"
                )));
            }
            self.open_next()?;
        }
        Ok(None)
    }
}

impl JournalReader {
    fn open_next(&mut self) -> PyResult<()> {
        if let Some(path) = self.paths.pop_front() {
            let journal = Journal::open(&path).map_err(errors::journal)?;
            let start = journal.start();
            self.open = Some((journal, start));
        }
        Ok(())
    }
}

/// A message of the `events` ring as a dict.
#[pyfunction]
pub fn decode_event<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    let (kind, at_ns, body) =
        event_of(data).ok_or_else(|| PyValueError::new_err(format!("{} bytes are no event", data.len())))?;
    entry_dict(py, kind, at_ns, body)
}

/// An entry's kind, instant and content. A body that cannot be read is given as `data`.
fn entry_dict<'py>(py: Python<'py>, kind: Kind, at_ns: i64, body: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("kind", kind.name())?;
    dict.set_item("at_ns", at_ns)?;
    let is_read = match kind {
        Kind::Proposal => proposal_into(&dict, body)?,
        Kind::Verdict => verdict_into(&dict, body)?,
        Kind::Control => control_into(&dict, body)?,
        Kind::Tick => tick_into(&dict, body)?,
        Kind::Monitor => heard_into(&dict, body)?,
        Kind::People => match decode_people(body) {
            Some(reading) => people_into(&dict, &reading).map(|()| true)?,
            None => false,
        },
        Kind::TickDigest => digest_into(&dict, body)?,
        Kind::Event => event_into(&dict, body)?,
        Kind::Note => std::str::from_utf8(body)
            .map(|text| dict.set_item("text", text))
            .is_ok(),
        Kind::Sync | Kind::Close => sync_into(&dict, body)?,
        Kind::Gap => Take::new(body)
            .u64()
            .map(|lost| dict.set_item("lost_entries", lost))
            .is_some(),
    };
    if !is_read {
        dict.set_item("data", PyBytes::new(py, body))?;
    }
    Ok(dict)
}

fn proposal_into(dict: &Bound<'_, PyDict>, body: &[u8]) -> PyResult<bool> {
    let Ok(proposal) = spinal_gate::Proposal::decode(body) else {
        return Ok(false);
    };
    dict.set_item(
        "proposal",
        Proposal {
            proposal: Box::new(proposal),
        },
    )?;
    Ok(true)
}

fn verdict_into(dict: &Bound<'_, PyDict>, body: &[u8]) -> PyResult<bool> {
    let Some(verdict) = decode_verdict(body) else {
        return Ok(false);
    };
    dict.set_item("verdict", Verdict { verdict })?;
    Ok(true)
}

fn control_into(dict: &Bound<'_, PyDict>, body: &[u8]) -> PyResult<bool> {
    let Some(control) = decode_control(body) else {
        return Ok(false);
    };
    match control {
        Control::Grant { source, epoch } => {
            dict.set_item("control", "grant")?;
            dict.set_item("source", source)?;
            dict.set_item("epoch", epoch)?;
        }
        Control::Revoke => dict.set_item("control", "revoke")?,
        Control::Stop(mode) => {
            dict.set_item("control", "stop")?;
            dict.set_item("mode", mode_name(mode))?;
        }
        Control::Reset => dict.set_item("control", "reset")?,
        Control::EmergencyStop => dict.set_item("control", "emergency_stop")?,
        Control::EmergencyRelease => dict.set_item("control", "emergency_release")?,
        Control::Tighten(tightening) => {
            dict.set_item("control", "tighten")?;
            dict.set_item("scale", tightening.scale)?;
            dict.set_item("until_ns", tightening.until_ns)?;
            dict.set_item("reason", tightening.reason.name())?;
        }
    }
    Ok(true)
}

fn tick_into(dict: &Bound<'_, PyDict>, body: &[u8]) -> PyResult<bool> {
    let Some(tick) = decode_tick(body) else {
        return Ok(false);
    };
    dict.set_item("deadline_missed", tick.deadline_missed)?;
    dict.set_item("measured", measured_dict(dict.py(), tick.command.dof, &tick.measured)?)?;
    dict.set_item("command", command_dict(dict.py(), &tick.command)?)?;
    Ok(true)
}

fn digest_into(dict: &Bound<'_, PyDict>, body: &[u8]) -> PyResult<bool> {
    let mut take = Take::new(body);
    let (Some(first), Some(last), Some(ticks), Some(hash)) = (take.i64(), take.i64(), take.u64(), take.array::<32>())
    else {
        return Ok(false);
    };
    dict.set_item("first_at_ns", first)?;
    dict.set_item("last_at_ns", last)?;
    dict.set_item("ticks", ticks)?;
    dict.set_item("sha256", hex(&hash))?;
    Ok(true)
}

fn event_into(dict: &Bound<'_, PyDict>, body: &[u8]) -> PyResult<bool> {
    let Some(event) = Event::decode(body) else {
        return Ok(false);
    };
    dict.set_item("mode", mode_name(event.mode()))?;
    dict.set_item("mode_before", mode_name(event.mode_before()))?;
    dict.set_item("trigger", event.trigger().map_or("unknown", Trigger::name))?;
    dict.set_item("is_powered", event.power == 1)?;
    dict.set_item("source", Some(event.source).filter(|source| *source != u32::MAX))?;
    dict.set_item("epoch", event.epoch)?;
    dict.set_item("sequence", event.sequence)?;
    dict.set_item("speed_scale", event.speed_scale)?;
    dict.set_item("tighten_reason", event.tighten_reason().map(TightenReason::name))?;
    Ok(true)
}

fn sync_into(dict: &Bound<'_, PyDict>, body: &[u8]) -> PyResult<bool> {
    let Some(sync) = Sync::decode(body) else {
        return Ok(false);
    };
    dict.set_item("entries", sync.entries)?;
    dict.set_item("head", hex(&sync.head))?;
    Ok(true)
}

fn report_dict<'py>(py: Python<'py>, path: &std::path::Path, report: &Report) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("path", path.display().to_string())?;
    dict.set_item("run_id", report.header.as_ref().map(|header| header.run_id.as_str()))?;
    dict.set_item("entries", report.entries)?;
    let counts = PyDict::new(py);
    for (kind, count) in Kind::ALL.iter().zip(report.counts) {
        counts.set_item(kind.name(), count)?;
    }
    dict.set_item("counts", counts)?;
    dict.set_item("head", hex(&report.head))?;
    dict.set_item("synced_entries", report.synced_entries)?;
    dict.set_item("is_closed", report.is_closed)?;
    dict.set_item("torn_bytes", report.torn_bytes)?;
    dict.set_item("lost_entries", report.lost_entries)?;
    dict.set_item("span_ns", report.span_ns)?;
    dict.set_item("problem", report.problem.as_ref().map(ToString::to_string))?;
    dict.set_item("problem_offset", report.problem.as_ref().map(|problem| problem.offset))?;
    dict.set_item(
        "problem_entry",
        report.problem.as_ref().and_then(|problem| problem.entry),
    )?;
    dict.set_item(
        "problem_kind",
        report.problem.as_ref().and_then(|problem| problem.kind).map(Kind::name),
    )?;
    Ok(dict)
}

/// A hash as text.
pub fn hex(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
