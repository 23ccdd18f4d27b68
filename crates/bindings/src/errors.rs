//! Every error of the core as a Python exception. Its text says what, the value, what is allowed and what to do next.

use pyo3::PyErr;
use pyo3::exceptions::{PyBlockingIOError, PyOSError, PyRuntimeError, PyValueError};
use spinal_gate::ConfigError;
use spinal_journal::JournalError;
use spinal_link::LinkError;
use spinal_reflex::shell::ShellError;

/// A wrong limit or setting: ValueError.
pub fn config(error: ConfigError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// OSError for what the operating system refused, ValueError for a file that is no journal.
pub fn journal(error: JournalError) -> PyErr {
    let text = error.to_string();
    match error {
        JournalError::Io { source, .. } => os_error(&source, text),
        JournalError::TooLong { .. } | JournalError::Header { .. } | JournalError::NoSegment { .. } => {
            PyValueError::new_err(text)
        }
        JournalError::WriterDied => PyRuntimeError::new_err(text),
    }
}

/// OSError for what the operating system refused or another process holds, BlockingIOError for a message that may be
/// read again, ValueError for a file or message that does not fit.
pub fn link(error: LinkError) -> PyErr {
    let text = error.to_string();
    match error {
        LinkError::Io { source, .. } => os_error(&source, text),
        LinkError::Busy { .. } => PyOSError::new_err(text),
        LinkError::Torn { .. } => PyBlockingIOError::new_err(text),
        LinkError::Layout { .. } | LinkError::TooLong { .. } => PyValueError::new_err(text),
    }
}

/// What keeps a shell from starting or ending well.
pub fn shell(error: ShellError) -> PyErr {
    match error {
        ShellError::Config(error) => config(error),
        ShellError::Journal(error) => journal(error),
        ShellError::Link(error) => link(error),
        ShellError::Replay(_) | ShellError::Monitor(_) => PyValueError::new_err(error.to_string()),
        ShellError::Machine { ref source, .. } => os_error(source, error.to_string()),
    }
}

/// Two arguments give OSError its errno and make it FileNotFoundError, FileExistsError and so on.
fn os_error(source: &std::io::Error, text: String) -> PyErr {
    match source.raw_os_error() {
        Some(code) => PyOSError::new_err((code, text)),
        None => PyOSError::new_err(text),
    }
}
