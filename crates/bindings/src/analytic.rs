//! `AnalyticPlant` for Python.

use numpy::PyReadonlyArray1;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use spinal_gate::DOF_MAX;
use spinal_reflex::analytic;

/// A robot in closed form, for tests and benchmarks.
#[pyclass(module = "spinal._core")]
pub struct AnalyticPlant {
    pub(crate) plant: analytic::AnalyticPlant,
}

#[pymethods]
impl AnalyticPlant {
    #[new]
    #[pyo3(signature = (position_rad, *, lag_s = 0.0, period_ns = 1_000_000))]
    fn new(position_rad: PyReadonlyArray1<'_, f64>, lag_s: f64, period_ns: i64) -> PyResult<Self> {
        let position = position_rad.as_array().to_vec();
        if position.is_empty() || position.len() > DOF_MAX {
            let text = format!("position_rad has {} values; allowed are 1 to {DOF_MAX}", position.len());
            return Err(PyValueError::new_err(text));
        }
        Ok(Self {
            plant: analytic::AnalyticPlant::new(&position, lag_s, period_ns, 0),
        })
    }
}
