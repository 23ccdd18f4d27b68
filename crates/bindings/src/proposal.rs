//! `Proposal` for Python.

use numpy::ndarray::Array2;
use numpy::{
    IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArray, PyUntypedArrayMethods,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use spinal_gate::{DOF_MAX, Frame, STEPS_MAX, Semantics};

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
        targets, gripper, semantics = "joint_position", frame = None))]
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
        targets: &Bound<'_, PyAny>,
        gripper: &Bound<'_, PyAny>,
        semantics: &str,
        frame: Option<&str>,
    ) -> PyResult<Self> {
        let semantics = semantics_of(semantics, frame)?;
        let targets: PyReadonlyArray2<'_, f64> = targets
            .extract()
            .map_err(|_| wrong_array("targets", "(steps, width)", targets))?;
        let gripper: PyReadonlyArray1<'_, f64> = gripper
            .extract()
            .map_err(|_| wrong_array("gripper", "(steps,)", gripper))?;
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
            semantics,
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
        self.proposal.semantics.name()
    }
    #[getter]
    fn frame(&self) -> Option<&'static str> {
        self.proposal.semantics.frame().map(Frame::name)
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

/// The meaning with this name and frame. ValueError: there is none, and which there are.
fn semantics_of(name: &str, frame: Option<&str>) -> PyResult<Semantics> {
    let named: Vec<Semantics> = Semantics::ALL
        .into_iter()
        .filter(|known| known.name() == name)
        .collect();
    let axes = |semantics: &Semantics| semantics.frame().map(Frame::name);
    let found = named.iter().find(|known| axes(known) == frame);
    found.copied().ok_or_else(|| {
        let allowed: Vec<String> = if named.is_empty() {
            let mut names: Vec<String> = Semantics::ALL.map(|known| format!("'{}'", known.name())).to_vec();
            names.dedup();
            names
        } else {
            let quoted = |frame: Option<&str>| frame.map_or("None".into(), |frame| format!("'{frame}'"));
            named.iter().map(|known| quoted(axes(known))).collect()
        };
        let allowed = allowed.join(", ");
        PyValueError::new_err(if named.is_empty() {
            format!("semantics is '{name}'; allowed are {allowed}")
        } else {
            let given = frame.map_or("None".into(), |frame| format!("'{frame}'"));
            format!("frame is {given}; with semantics '{name}' allowed is {allowed}")
        })
    })
}

/// What an array is, and what it should be.
fn wrong_array(name: &str, shape: &str, given: &Bound<'_, PyAny>) -> PyErr {
    let found = match given.cast::<PyUntypedArray>() {
        Ok(array) => format!("an array of {} of shape {:?}", array.dtype(), array.shape()),
        Err(_) => given.get_type().to_string(),
    };
    PyTypeError::new_err(format!(
        "{name} is {found}; allowed is a numpy array of float64 of shape {shape}: convert it with numpy.asarray(values, dtype=numpy.float64)"
    ))
}
