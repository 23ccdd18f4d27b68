//! `Verdict` for Python.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use spinal_gate::{Outcome, WHOLE};
use spinal_journal::wire::decode_verdict;

/// The gate's answer to a proposal; immutable.
#[pyclass(frozen, module = "spinal._core")]
pub struct Verdict {
    pub(crate) verdict: spinal_gate::Verdict,
}

#[pymethods]
impl Verdict {
    #[staticmethod]
    fn from_bytes(data: &[u8]) -> PyResult<Self> {
        let verdict = decode_verdict(data);
        let verdict = verdict.ok_or_else(|| PyValueError::new_err("the bytes are no verdict of this version"))?;
        Ok(Self { verdict })
    }
    #[getter]
    fn source(&self) -> u32 {
        self.verdict.source
    }
    #[getter]
    fn sequence(&self) -> u64 {
        self.verdict.sequence
    }
    #[getter]
    fn at_ns(&self) -> i64 {
        self.verdict.at_ns
    }
    #[getter]
    fn outcome(&self) -> &'static str {
        outcome_name(self.verdict.outcome)
    }
    #[getter]
    fn is_admitted(&self) -> bool {
        self.verdict.is_admitted()
    }
    #[getter]
    fn first_step(&self) -> u16 {
        self.verdict.first_step
    }
    #[getter]
    fn dropped(&self) -> u32 {
        self.verdict.dropped
    }
    #[getter]
    fn findings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        findings(py, &self.verdict)
    }
    fn __repr__(&self) -> String {
        let checks: Vec<&str> = self.verdict.findings().map(|finding| finding.check.name()).collect();
        let outcome = outcome_name(self.verdict.outcome);
        format!(
            "Verdict(source={}, sequence={}, outcome='{outcome}', findings={checks:?})",
            self.verdict.source, self.verdict.sequence
        )
    }
}

/// The name of an outcome.
pub fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Admitted => "admitted",
        Outcome::Trimmed => "trimmed",
        Outcome::Refused => "refused",
    }
}

/// The findings as dicts; `step` and `joint` are None for the whole proposal.
pub fn findings<'py>(py: Python<'py>, verdict: &spinal_gate::Verdict) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for finding in verdict.findings() {
        let dict = PyDict::new(py);
        dict.set_item("check", finding.check.name())?;
        dict.set_item("value", finding.value)?;
        dict.set_item("limit", finding.limit)?;
        dict.set_item("margin", finding.margin)?;
        dict.set_item("step", Some(finding.step).filter(|step| *step != WHOLE))?;
        dict.set_item("joint", Some(finding.joint).filter(|joint| *joint != WHOLE))?;
        dict.set_item("hint", finding.check.hint())?;
        list.append(dict)?;
    }
    Ok(list)
}
