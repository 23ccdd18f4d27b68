//! What can go wrong with a channel.

use std::fmt;
use std::path::PathBuf;

/// A channel that cannot be used. Each message says what, the value, what is allowed and what to do next.
#[derive(Debug)]
pub enum LinkError {
    /// The operating system refused.
    Io {
        /// What was being done.
        doing: &'static str,
        /// The channel's file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The file is no channel of this kind, layout and size.
    Layout {
        /// The channel's file.
        path: PathBuf,
        /// What does not fit.
        what: &'static str,
        /// The value found.
        found: u64,
        /// What was expected.
        expected: u64,
    },
    /// Another process holds this end.
    Busy {
        /// The channel's file.
        path: PathBuf,
        /// `writer` or `reader`.
        end: &'static str,
    },
    /// A message that does not fit.
    TooLong {
        /// Bytes of the message.
        bytes: usize,
        /// Bytes that fit.
        capacity: usize,
    },
    /// No whole message could be read: the writer is faster than the reader, or the memory was damaged.
    Torn {
        /// Readings tried.
        attempts: u32,
    },
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { doing, path, source } => {
                write!(
                    f,
                    "cannot {doing} the channel {}: {source}; check that the run's folder in shared memory exists",
                    path.display()
                )
            }
            Self::Layout {
                path,
                what,
                found,
                expected,
            } => write!(
                f,
                "{} is not the expected channel: its {what} is {found:#x}, expected {expected:#x}; \
                 make sure that all processes of the run are of one version and made the channel for this run",
                path.display()
            ),
            Self::Busy { path, end } => {
                write!(
                    f,
                    "the {end} end of the channel {} is held by another process; only one may hold it; end that process first",
                    path.display()
                )
            }
            Self::TooLong { bytes, capacity } => {
                write!(
                    f,
                    "a message has {bytes} bytes, the channel takes at most {capacity}; make the channel larger or the message smaller"
                )
            }
            Self::Torn { attempts } => {
                write!(
                    f,
                    "no whole message after {attempts} attempts; the writer overtakes the reader or the memory is damaged; read again or restart the writer"
                )
            }
        }
    }
}

impl std::error::Error for LinkError {}
