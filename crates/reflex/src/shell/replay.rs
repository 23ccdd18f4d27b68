//! A journal replayed: System 1 is built again from the header, is given what came in, and must decide the same, bit for bit.

use super::{Cycle, ShellError, Sink, System, decode_control};
use crate::Heard;
use spinal_journal::wire::{decode_people, decode_tick};
use spinal_journal::{Detail, Entry, Journal, Kind, segments};
use std::path::{Path, PathBuf};

/// What a replay found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayReport {
    /// Ticks replayed.
    pub ticks: u64,
    /// Verdicts replayed.
    pub verdicts: u64,
    /// Entries that System 1 made and that were compared.
    pub compared: u64,
    /// Whether every one was the same, bit for bit.
    pub is_identical: bool,
    /// The first one that was not.
    pub first_difference: Option<Difference>,
}

/// Where a replay first differs from its journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The segment.
    pub path: PathBuf,
    /// The entry in it.
    pub entry: u64,
    /// The entry's first byte in the file.
    pub offset: u64,
    /// What the journal has there.
    pub kind: Kind,
    /// The instant, ns.
    pub at_ns: i64,
    /// What the replay made in its place.
    pub replayed: Option<Kind>,
    /// First byte of the entry's body that is another one.
    pub byte: usize,
}

/// Replays a journal file, or the segments of a folder in order.
///
/// # Errors
/// When it cannot be read, is damaged, has a gap, or holds digests in place of ticks.
pub fn replay(path: &Path) -> Result<ReplayReport, ShellError> {
    let paths = if path.is_dir() {
        segments(path)?
    } else {
        vec![path.to_path_buf()]
    };
    let mut report = ReplayReport {
        ticks: 0,
        verdicts: 0,
        compared: 0,
        is_identical: true,
        first_difference: None,
    };
    let mut run: Option<Run> = None;
    for path in paths {
        let journal = Journal::open(&path)?;
        let header = journal.header();
        if header.detail == Detail::Digest {
            let why = "it holds digests in place of ticks; run the same seed again and compare the head hashes, or journal with full detail";
            return Err(ShellError::Replay(why.into()));
        }
        if header.starts_fresh {
            if let Some(before) = &mut run {
                before.find_left_over(&mut report);
            }
            run = Some(Run {
                cycle: Cycle::new(&System::from_header(header)?, Made::default())?,
                close: None,
            });
        }
        let Some(run) = &mut run else {
            return Err(ShellError::Replay(
                "its first segment is missing; give the whole folder".into(),
            ));
        };
        run.close = replay_segment(&path, &journal, &mut run.cycle, &mut report)?;
        if !report.is_identical {
            return Ok(report);
        }
    }
    if let Some(run) = &mut run {
        run.find_left_over(&mut report);
    }
    Ok(report)
}

/// One System 1 from its start over all its segments, and where its last segment was closed.
struct Run {
    cycle: Cycle<Made>,
    close: Option<(PathBuf, u64, i64)>,
}

impl Run {
    /// Nothing may be left over that a closed journal does not have. A killed writer may have lost the end of it.
    fn find_left_over(&mut self, report: &mut ReplayReport) {
        let Some((path, entry, at_ns)) = self.close.take() else {
            return;
        };
        if let Some((replayed, _, _)) = self.cycle.sink().waiting.pop_front() {
            let replayed = Some(replayed);
            report.is_identical = false;
            report.first_difference.get_or_insert(Difference {
                path,
                entry,
                offset: 0,
                kind: Kind::Close,
                at_ns,
                replayed,
                byte: 0,
            });
        }
    }
}

/// Returns the place of the close, when the segment has one.
fn replay_segment(
    path: &Path,
    journal: &Journal,
    cycle: &mut Cycle<Made>,
    report: &mut ReplayReport,
) -> Result<Option<(PathBuf, u64, i64)>, ShellError> {
    let mut entries = journal.entries();
    let mut last_at_ns = 0;
    for entry in entries.by_ref() {
        last_at_ns = entry.at_ns;
        match entry.kind {
            Kind::Proposal => {
                cycle.offer_bytes(entry.body, entry.at_ns);
            }
            Kind::Control => {
                let control = decode_control(entry.body).ok_or_else(|| unreadable(&entry))?;
                cycle.control(&control, entry.at_ns);
            }
            Kind::People => {
                let reading = decode_people(entry.body).ok_or_else(|| unreadable(&entry))?;
                cycle.see(&reading, entry.at_ns);
            }
            Kind::Monitor => {
                let heard = Heard::decode(entry.body).ok_or_else(|| unreadable(&entry))?;
                cycle.heed(&heard, entry.at_ns);
            }
            Kind::Tick => {
                let tick = decode_tick(entry.body).ok_or_else(|| unreadable(&entry))?;
                cycle.tick(entry.at_ns, &tick.measured, tick.deadline_missed);
            }
            Kind::Gap => {
                let why = format!(
                    "{}: entry {} says that entries were lost before it",
                    path.display(),
                    entry.index
                );
                return Err(ShellError::Replay(why));
            }
            Kind::Verdict | Kind::Event => {}
            Kind::TickDigest | Kind::Note | Kind::Sync | Kind::Close => continue,
        }
        if let Some(difference) = cycle.sink().compare(&entry) {
            let Compared { replayed, byte } = difference;
            let (kind, at_ns) = (entry.kind, entry.at_ns);
            report.is_identical = false;
            report.first_difference = Some(Difference {
                path: path.into(),
                entry: entry.index,
                offset: entry.offset,
                kind,
                at_ns,
                replayed,
                byte,
            });
            return Ok(None);
        }
        report.compared += 1;
        report.ticks += u64::from(entry.kind == Kind::Tick);
        report.verdicts += u64::from(entry.kind == Kind::Verdict);
    }
    match entries.problem() {
        Some(problem) => Err(ShellError::Replay(format!(
            "{}: {problem}; verify it first",
            path.display()
        ))),
        None => Ok(entries
            .is_closed()
            .then(|| (path.to_path_buf(), entries.position().saturating_sub(1), last_at_ns))),
    }
}

fn unreadable(entry: &Entry<'_>) -> ShellError {
    ShellError::Replay(format!(
        "entry {} ({}) at byte {} cannot be read",
        entry.index,
        entry.kind.name(),
        entry.offset
    ))
}

/// What the replayed System 1 journals, waiting to be compared. A proposal makes a verdict, a tick may make an event.
#[derive(Default)]
struct Made {
    waiting: std::collections::VecDeque<(Kind, i64, Vec<u8>)>,
}

struct Compared {
    replayed: Option<Kind>,
    byte: usize,
}

impl Made {
    fn compare(&mut self, entry: &Entry<'_>) -> Option<Compared> {
        match self.waiting.pop_front() {
            Some((kind, at_ns, body)) if kind == entry.kind && at_ns == entry.at_ns => {
                let same = body.iter().zip(entry.body).take_while(|(a, b)| a == b).count();
                let is_same = same == body.len() && same == entry.body.len();
                (!is_same).then_some(Compared {
                    replayed: Some(kind),
                    byte: same,
                })
            }
            other => Some(Compared {
                replayed: other.map(|(kind, _, _)| kind),
                byte: 0,
            }),
        }
    }
}

impl Sink for Made {
    fn append(&mut self, kind: Kind, at_ns: i64, body: &[u8]) {
        self.waiting.push_back((kind, at_ns, body.to_vec()));
    }
}
