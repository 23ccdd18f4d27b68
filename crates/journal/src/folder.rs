//! The journal of a run: a folder of segments, each chained to the one before.

use crate::error::JournalError;
use crate::header::Hash;
use crate::read::Problem;
use crate::verify::{Report, verify};
use std::path::{Path, PathBuf};

const SUFFIX: &str = ".journal";
const PREFIX: &str = "segment-";

pub(crate) fn segment_name(number: u32) -> String {
    format!("{PREFIX}{number:06}{SUFFIX}")
}

/// The segments of a folder, oldest first.
///
/// # Errors
/// When the folder cannot be read.
pub fn segments(folder: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let error = |source| JournalError::Io {
        doing: "list",
        path: folder.into(),
        source,
    };
    let mut paths = Vec::new();
    for item in std::fs::read_dir(folder).map_err(error)? {
        let path = item.map_err(error)?.path();
        if path.extension().is_some_and(|extension| extension == "journal") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Number of the last segment, and the head hash that the next one carries on. What a killed writer left counts up to
/// its last whole entry; a segment without a whole header counts as none.
pub(crate) fn last_segment(folder: &Path) -> Result<Option<(u32, Hash)>, JournalError> {
    let mut number = None;
    for path in segments(folder)?.iter().rev() {
        let report = verify(path)?;
        let found = report
            .header
            .as_ref()
            .map(|header| header.segment)
            .or_else(|| number_in_name(path));
        number = number.max(found);
        if report.header.is_some() {
            return Ok(Some((number.unwrap_or(0), report.head)));
        }
    }
    Ok(number.map(|number| (number, [0; 32])))
}

fn number_in_name(path: &Path) -> Option<u32> {
    path.file_name()?
        .to_str()?
        .strip_prefix(PREFIX)?
        .strip_suffix(SUFFIX)?
        .parse()
        .ok()
}

/// Verifies each segment of a folder and that each carries the head hash of the one before.
///
/// A segment whose `previous_head` is zero begins a chain of its own (independent lockstep picks).
///
/// # Errors
/// When the folder or a file cannot be read, or there is no segment.
pub fn verify_folder(folder: &Path) -> Result<Vec<(PathBuf, Report)>, JournalError> {
    let mut reports: Vec<(PathBuf, Report)> = Vec::new();
    for path in segments(folder)? {
        let mut report = verify(&path)?;
        let previous = reports.iter().rev().find(|(_, report)| report.header.is_some());
        let previous = previous.map_or([0; 32], |(_, report)| report.head);
        let carried = report.header.as_ref().map(|header| header.previous_head);
        if report.problem.is_none() && carried.is_some_and(|head| head != previous && head != [0; 32]) {
            let what =
                "its header does not carry the head hash of the segment before; a segment is missing or was changed";
            report.problem = Some(Problem {
                offset: 0,
                bytes: 0,
                entry: None,
                kind: None,
                what,
            });
        }
        reports.push((path, report));
    }
    if reports.is_empty() {
        Err(JournalError::NoSegment { path: folder.into() })
    } else {
        Ok(reports)
    }
}
