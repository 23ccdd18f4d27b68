//! Verifying a segment: read it to the end and report.

use crate::entry::Kind;
use crate::error::JournalError;
use crate::header::{Hash, Header, HeaderFault};
use crate::read::{Journal, Problem};
use std::path::Path;

/// What the verification of one segment found.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The header, when it is whole.
    pub header: Option<Header>,
    /// Entries that fit the chain.
    pub entries: u64,
    /// Entries of each kind, in the order of [`Kind::ALL`].
    pub counts: [u64; Kind::ALL.len()],
    /// Chain hash after the last entry that fits.
    pub head: Hash,
    /// Entries that were on the disk for certain, by the last sync mark.
    pub synced_entries: u64,
    /// Whether the segment was closed on purpose.
    pub is_closed: bool,
    /// Bytes of an unfinished entry at the end, left by a writer that was killed.
    pub torn_bytes: u64,
    /// Entries lost because the ring was full, as the gap entries say.
    pub lost_entries: u64,
    /// Instants of the first and the last entry, ns.
    pub span_ns: Option<(i64, i64)>,
    /// What does not fit: damage or tampering. A torn tail is not a problem.
    pub problem: Option<Problem>,
}

/// Checks one segment file against its hash chain.
///
/// # Errors
/// Only when the file cannot be read; damage is in the report.
pub fn verify(path: &Path) -> Result<Report, JournalError> {
    let bytes = std::fs::read(path).map_err(|source| JournalError::Io {
        doing: "read",
        path: path.into(),
        source,
    })?;
    Ok(match Journal::from_bytes(bytes) {
        Ok(journal) => verify_entries(&journal),
        Err((length, fault)) => without_header(length, fault),
    })
}

fn verify_entries(journal: &Journal) -> Report {
    let mut entries = journal.entries();
    let mut counts = [0; Kind::ALL.len()];
    let mut lost_entries = 0;
    let mut span_ns = None;
    for entry in entries.by_ref() {
        if let Some(count) = counts.get_mut(entry.kind as usize - 1) {
            *count += 1;
        }
        if entry.kind == Kind::Gap {
            lost_entries += crate::wire::Take::new(entry.body).u64().unwrap_or(0);
        }
        let first = span_ns.map_or(entry.at_ns, |(first, _)| first);
        span_ns = Some((first, entry.at_ns));
    }
    Report {
        header: Some(journal.header().clone()),
        entries: entries.position(),
        counts,
        head: entries.head(),
        synced_entries: entries.synced(),
        is_closed: entries.is_closed(),
        torn_bytes: entries.torn_bytes(),
        lost_entries,
        span_ns,
        problem: entries.problem().cloned(),
    }
}

fn without_header(length: usize, fault: HeaderFault) -> Report {
    let problem = match fault {
        HeaderFault::Torn => None,
        HeaderFault::Damaged(what) => Some(what),
        HeaderFault::Version(_) => Some("it has a format version that this build does not read"),
    };
    Report {
        header: None,
        entries: 0,
        counts: [0; Kind::ALL.len()],
        head: [0; 32],
        synced_entries: 0,
        is_closed: false,
        torn_bytes: if problem.is_none() { length as u64 } else { 0 },
        lost_entries: 0,
        span_ns: None,
        problem: problem.map(|what| Problem {
            offset: 0,
            bytes: length as u64,
            entry: None,
            kind: None,
            what,
        }),
    }
}
