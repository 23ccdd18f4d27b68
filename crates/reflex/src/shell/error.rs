//! What keeps a shell from starting or ending well. What goes wrong in a run is a fault and journaled, not an error.

use crate::ConfigError;
use spinal_journal::JournalError;
use spinal_link::LinkError;
use std::fmt;

/// Why a shell cannot start, or could not end well.
#[derive(Debug)]
pub enum ShellError {
    /// The profile, the settings or the arm cannot be run with.
    Config(ConfigError),
    /// The journal's file.
    Journal(JournalError),
    /// A channel.
    Link(LinkError),
    /// A journal that cannot be replayed, and why.
    Replay(String),
    /// The independent monitor cannot be had, and why.
    Monitor(String),
    /// The operating system refused something that cannot be done without.
    Machine {
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
}

impl fmt::Display for ShellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => write!(f, "{error}"),
            Self::Journal(error) => write!(f, "{error}"),
            Self::Link(error) => write!(f, "{error}"),
            Self::Replay(why) => write!(f, "the journal cannot be replayed: {why}"),
            Self::Monitor(why) => write!(f, "the independent monitor cannot be had: {why}"),
            Self::Machine { doing, source } => write!(f, "cannot {doing}: {source}"),
        }
    }
}

impl std::error::Error for ShellError {}

impl From<ConfigError> for ShellError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<JournalError> for ShellError {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<LinkError> for ShellError {
    fn from(error: LinkError) -> Self {
        Self::Link(error)
    }
}
