//! Reading a segment: entries in order, each checked against the chain, until the end, a torn tail or a problem.

use crate::entry::{ENTRY_HEAD_BYTES, ENTRY_TAIL_BYTES, Entry, Kind, Sync, parse_entry_head};
use crate::error::JournalError;
use crate::header::{Hash, Header, HeaderFault};
use sha2::{Digest, Sha256};
use std::path::Path;

/// Bytes that do not fit the chain, and where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// First byte of the entry (or header) in which something does not fit.
    pub offset: u64,
    /// Bytes of that entry, as far as its length can be trusted.
    pub bytes: u64,
    /// Number of the entry; `None` for the header.
    pub entry: Option<u64>,
    /// Kind of the entry, where it can be read.
    pub kind: Option<Kind>,
    /// What does not fit.
    pub what: &'static str,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.entry {
            Some(entry) => {
                let kind = self.kind.map_or("unreadable", Kind::name);
                write!(
                    f,
                    "entry {entry} ({kind}, {} bytes) at byte {}: {}",
                    self.bytes, self.offset, self.what
                )
            }
            None => write!(f, "header at byte {}: {}", self.offset, self.what),
        }
    }
}

/// A segment in memory.
#[derive(Debug)]
pub struct Journal {
    bytes: Vec<u8>,
    header: Header,
    header_bytes: usize,
    header_hash: Hash,
}

impl Journal {
    /// Reads the file; its header must be whole.
    ///
    /// # Errors
    /// When the file cannot be read or its header is torn, damaged or of another version.
    pub fn open(path: &Path) -> Result<Journal, JournalError> {
        let bytes = std::fs::read(path).map_err(|source| JournalError::Io {
            doing: "read",
            path: path.into(),
            source,
        })?;
        Self::from_bytes(bytes).map_err(|(_, fault)| JournalError::Header {
            path: path.into(),
            what: fault_text(fault),
        })
    }

    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Result<Journal, (usize, HeaderFault)> {
        match Header::decode(&bytes) {
            Ok((header, header_bytes, header_hash)) => Ok(Journal {
                bytes,
                header,
                header_bytes,
                header_hash,
            }),
            Err(fault) => Err((bytes.len(), fault)),
        }
    }

    /// What stands before the entries.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The entries, each checked as it is reached.
    #[must_use]
    pub fn entries(&self) -> Entries<'_> {
        self.resume(self.start())
    }

    /// The place before the first entry.
    #[must_use]
    pub fn start(&self) -> Place {
        Place {
            at: self.header_bytes,
            chain: self.header_hash,
            count: 0,
            synced: 0,
            is_closed: false,
            torn_bytes: 0,
            problem: None,
        }
    }

    /// The entries from a place that [`Entries::place`] gave for this journal.
    #[must_use]
    pub fn resume(&self, place: Place) -> Entries<'_> {
        Entries {
            bytes: &self.bytes,
            place,
        }
    }
}

pub(crate) fn fault_text(fault: HeaderFault) -> String {
    match fault {
        HeaderFault::Torn => "it ends inside its header".into(),
        HeaderFault::Damaged(what) => what.into(),
        HeaderFault::Version(version) => format!("it has format version {version}, this build reads version 1"),
    }
}

/// How far a segment has been read, and what was found on the way.
#[derive(Clone, Debug)]
pub struct Place {
    at: usize,
    chain: Hash,
    count: u64,
    synced: u64,
    is_closed: bool,
    torn_bytes: u64,
    problem: Option<Problem>,
}

/// Goes through a segment. Stops at the first thing that does not fit; the getters then say why.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    bytes: &'a [u8],
    place: Place,
}

impl<'a> Entries<'a> {
    /// Where this reading stands.
    #[must_use]
    pub fn place(self) -> Place {
        self.place
    }
    /// Chain hash after the entries read so far.
    #[must_use]
    pub fn head(&self) -> Hash {
        self.place.chain
    }
    /// Entries read so far.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.place.count
    }
    /// Entries that the last sync mark covers.
    #[must_use]
    pub fn synced(&self) -> u64 {
        self.place.synced
    }
    /// Whether the segment's `Close` has been read.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.place.is_closed
    }
    /// Bytes behind the last whole entry that were cut off by a crash.
    #[must_use]
    pub fn torn_bytes(&self) -> u64 {
        self.place.torn_bytes
    }
    /// What does not fit, if anything.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        self.place.problem.as_ref()
    }

    fn stop(&mut self, length: usize, kind: Option<Kind>, what: &'static str) -> Option<Entry<'a>> {
        let (offset, entry) = (self.place.at as u64, Some(self.place.count));
        self.place.problem = Some(Problem {
            offset,
            bytes: length as u64,
            entry,
            kind,
            what,
        });
        self.place.at = self.bytes.len();
        None
    }

    fn stop_torn(&mut self) -> Option<Entry<'a>> {
        self.place.torn_bytes = (self.bytes.len() - self.place.at) as u64;
        self.place.at = self.bytes.len();
        None
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let rest = self.bytes.get(self.place.at..).unwrap_or(&[]);
        if rest.is_empty() {
            return None;
        }
        if self.place.is_closed {
            return self.stop(rest.len(), None, "there are bytes after the close");
        }
        let Some(head) = rest.get(..ENTRY_HEAD_BYTES) else {
            return self.stop_torn();
        };
        let Some((code, at_ns, length)) = parse_entry_head(head) else {
            // A file system may leave zeros where the data of a crashed writer never arrived.
            return if is_zero(rest.get(ENTRY_HEAD_BYTES..).unwrap_or(&[])) && rest.len() > ENTRY_HEAD_BYTES {
                self.stop_torn()
            } else {
                self.stop(ENTRY_HEAD_BYTES, None, "its first bytes were changed")
            };
        };
        let whole = ENTRY_HEAD_BYTES + length + ENTRY_TAIL_BYTES;
        let Some(tail) = rest.get(whole - ENTRY_TAIL_BYTES..whole) else {
            return self.stop_torn();
        };
        let hashed = rest.get(..whole - ENTRY_TAIL_BYTES).unwrap_or(&[]);
        let chain: Hash = Sha256::new()
            .chain_update(self.place.chain)
            .chain_update(hashed)
            .finalize()
            .into();
        let kind = Kind::from_code(code);
        if !chain.starts_with(tail) {
            let is_torn = is_zero(rest.get(whole - ENTRY_TAIL_BYTES..).unwrap_or(&[]));
            return if is_torn {
                self.stop_torn()
            } else {
                self.stop(whole, kind, "its bytes do not match the hash chain")
            };
        }
        let Some(kind) = kind else {
            return self.stop(whole, None, "its kind is unknown");
        };
        let body = hashed.get(ENTRY_HEAD_BYTES..).unwrap_or(&[]);
        if matches!(kind, Kind::Sync | Kind::Close) {
            let expected = Sync {
                entries: self.place.count,
                head: self.place.chain,
            };
            if Sync::decode(body) != Some(expected) {
                return self.stop(
                    whole,
                    Some(kind),
                    "its count or head hash is not that of the entries before it",
                );
            }
            self.place.synced = self.place.count;
            self.place.is_closed = kind == Kind::Close;
        }
        let entry = Entry {
            index: self.place.count,
            offset: self.place.at as u64,
            kind,
            at_ns,
            body,
        };
        self.place.chain = chain;
        self.place.count += 1;
        self.place.at += whole;
        Some(entry)
    }
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}
