//! `Proposal` for Python.

use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use spinal_gate::{DOF_MAX, STEPS_MAX, Semantics};

/// An action chunk with everything that is needed to judge it; immutable.
#[pyclass(frozen, module = "spinal._core")]
pub struct Proposal {
    /// For other bindings.
    pub(crate) proposal: Box<spinal_gate::Proposal>,
}

#[pymethods]
impl Proposal {
    #[new]
    #[pyo3(signature = (*, source, epoch, sequence, made_at_ns, observed_at_ns, valid_until_ns, observed_played_ns, profile_hash, period_ns,
        targets, gripper, semantics = "joint_position"))]
    #[allow(clippy::too_many_arguments)] // a proposal has this many fields; all are named
    fn new(
        source: u32,
        epoch: u64,
        sequence: u64,
        made_at_ns: i64,
        observed_at_ns: i64,
        valid_until_ns: i64,
        observed_played_ns: i64,
        profile_hash: [u8; 32],
        period_ns: i64,
        targets: PyReadonlyArray2<'_, f64>,
        gripper: PyReadonlyArray1<'_, f64>,
        semantics: &str,
    ) -> PyResult<Self> {
        if semantics != "joint_position" {
            let text = format!("semantics is {semantics:?}; allowed is 'joint_position'");
            return Err(PyValueError::new_err(text));
        }
        let (steps, dof) = targets.as_array().dim();
        let closed = gripper.as_array().len();
        if steps > STEPS_MAX || dof > DOF_MAX || closed != steps {
            let text = format!(
                "targets have shape ({steps}, {dof}) and gripper ({closed},); allowed are at most ({STEPS_MAX}, {DOF_MAX}) and (steps,)"
            );
            return Err(PyValueError::new_err(text));
        }
        let mut proposal = Box::new(spinal_gate::Proposal {
            source,
            epoch,
            sequence,
            made_at_ns,
            observed_at_ns,
            valid_until_ns,
            observed_played_ns,
            profile_hash,
            semantics: Semantics::JointPosition,
            period_ns,
            dof,
            steps,
            ..spinal_gate::Proposal::default()
        });
        for ((step, joint), value) in targets.as_array().indexed_iter() {
            proposal.targets[step][joint] = *value;
        }
        for (step, value) in gripper.as_array().iter().enumerate() {
            proposal.gripper[step] = *value;
        }
        Ok(Self { proposal })
    }

    #[staticmethod]
    fn decode(data: &[u8]) -> PyResult<Self> {
        let decoded = spinal_gate::Proposal::decode(data);
        let proposal = decoded.map_err(|error| PyValueError::new_err(format!("no proposal: {error}")))?;
        Ok(Self {
            proposal: Box::new(proposal),
        })
    }

    fn encode<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        PyBytes::new_with(py, self.proposal.encoded_len(), |out| {
            self.proposal
                .encode(out)
                .map(|_| ())
                .ok_or_else(|| PyValueError::new_err("the proposal has too many steps or joints"))
        })
    }

    #[getter]
    fn source(&self) -> u32 {
        self.proposal.source
    }
    #[getter]
    fn epoch(&self) -> u64 {
        self.proposal.epoch
    }
    #[getter]
    fn sequence(&self) -> u64 {
        self.proposal.sequence
    }
    #[getter]
    fn made_at_ns(&self) -> i64 {
        self.proposal.made_at_ns
    }
    #[getter]
    fn observed_at_ns(&self) -> i64 {
        self.proposal.observed_at_ns
    }
    #[getter]
    fn valid_until_ns(&self) -> i64 {
        self.proposal.valid_until_ns
    }
    #[getter]
    fn observed_played_ns(&self) -> i64 {
        self.proposal.observed_played_ns
    }
    #[getter]
    fn profile_hash(&self) -> [u8; 32] {
        self.proposal.profile_hash
    }
    #[getter]
    fn semantics(&self) -> &'static str {
        match self.proposal.semantics {
            Semantics::JointPosition => "joint_position",
        }
    }
    #[getter]
    fn period_ns(&self) -> i64 {
        self.proposal.period_ns
    }
    #[getter]
    fn targets<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        let shape = (self.proposal.steps, self.proposal.dof);
        Array2::from_shape_fn(shape, |(step, joint)| self.proposal.targets[step][joint]).into_pyarray(py)
    }
    #[getter]
    fn gripper<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.proposal.gripper[..self.proposal.steps])
    }
}
