//! What can go wrong with a journal as a file; damage inside one is a `Problem`, not an error.

use std::fmt;
use std::path::PathBuf;

/// A wrong call or a file that cannot be used. Each message says what, the value, what is allowed and what to do next.
#[derive(Debug)]
pub enum JournalError {
    /// The operating system refused.
    Io {
        /// What was being done.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// An entry body is longer than an entry may be.
    TooLong {
        /// Bytes given.
        bytes: usize,
    },
    /// The file does not start with a whole, undamaged segment header.
    Header {
        /// Where.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A folder has no segment.
    NoSegment {
        /// The folder.
        path: PathBuf,
    },
    /// The writer thread ended abnormally.
    WriterDied,
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { doing, path, source } => {
                write!(
                    f,
                    "cannot {doing} the journal {}: {source}; check the path, its rights and the free space",
                    path.display()
                )
            }
            Self::TooLong { bytes } => write!(
                f,
                "a journal entry has {bytes} bytes, allowed are at most {}; split the note",
                crate::entry::BODY_BYTES_MAX
            ),
            Self::Header { path, what } => {
                write!(
                    f,
                    "{} is not a usable journal: {what}; give a *.journal file that Spinal wrote",
                    path.display()
                )
            }
            Self::NoSegment { path } => {
                write!(
                    f,
                    "{} has no journal segment (*.journal); give the folder of a run",
                    path.display()
                )
            }
            Self::WriterDied => write!(
                f,
                "the journal's writer thread ended abnormally; the journal is whole up to its last sync"
            ),
        }
    }
}

impl std::error::Error for JournalError {}
