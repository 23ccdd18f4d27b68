//! Python bindings: they convert, they never decide. One file a noun.

use pyo3::prelude::*;

/// The compiled core of Spinal.
#[pymodule]
fn _core(_module: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
