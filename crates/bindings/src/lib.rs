//! Python bindings: they convert, they never decide. One file a noun.

mod arm;

use pyo3::prelude::*;

/// The compiled core of Spinal.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<arm::Arm>()?;
    module.add("UnreachableError", module.py().get_type::<arm::UnreachableError>())?;
    Ok(())
}
