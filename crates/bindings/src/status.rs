//! `Status` for Python.

use numpy::PyArray1;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use spinal_gate::{DOF_MAX, Mode};
use spinal_monitor::{Check, Stop};
use spinal_reflex::shell::{STATUS_BYTES, decode_status, encode_status};
use spinal_reflex::{Clears, TightenReason, Trigger};

use crate::monitor::life_name;

/// The state of System 1 after a tick; immutable.
#[pyclass(frozen, module = "spinal._core")]
pub struct Status {
    pub(crate) status: spinal_reflex::Status,
}

/// The name of a mode, as journals and pages show it.
pub fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Track => "track",
        Mode::Sos => "sos",
        Mode::Ss2 => "ss2",
        Mode::Ss1 => "ss1",
        Mode::Sto => "sto",
    }
}

#[pymethods]
impl Status {
    #[staticmethod]
    fn from_bytes(data: &[u8]) -> PyResult<Self> {
        let wrong = || PyValueError::new_err(format!("{} bytes are no status, which has {STATUS_BYTES}", data.len()));
        decode_status(data).map(|status| Self { status }).ok_or_else(wrong)
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, encode_status(&self.status))
    }

    #[getter]
    fn mode(&self) -> &'static str {
        mode_name(self.status.mode())
    }
    #[getter]
    fn trigger(&self) -> &'static str {
        trigger_name(&self.status)
    }
    #[getter]
    fn clears(&self) -> &'static str {
        match self.status.trigger().map_or(Clears::Reset, Trigger::clears) {
            Clears::Nothing => "nothing",
            Clears::Itself => "itself",
            Clears::NextProposal => "next_proposal",
            Clears::NextGrant => "next_grant",
            Clears::Reset => "reset",
        }
    }
    #[getter]
    fn speed_scale(&self) -> f64 {
        self.status.speed_scale
    }
    #[getter]
    fn tighten_reason(&self) -> Option<&'static str> {
        TightenReason::from_number(self.status.tighten_reason).map(TightenReason::name)
    }
    #[getter]
    fn tightenings_refused(&self) -> u64 {
        self.status.tightenings_refused
    }
    #[getter]
    fn people(&self) -> Option<[f64; 9]> {
        // What is required is never zero where people are looked for: the reaction takes time.
        let [_, required_m, ..] = self.status.people;
        (required_m != 0.0).then_some(self.status.people)
    }
    #[getter]
    fn source(&self) -> Option<u32> {
        Some(self.status.source).filter(|source| *source != u32::MAX)
    }
    #[getter]
    fn dof(&self) -> usize {
        self.status.dof as usize
    }
    #[getter]
    fn is_powered(&self) -> bool {
        self.status.power == 1
    }
    #[getter]
    fn monitor_life(&self) -> &'static str {
        life_name(self.status.monitor_life)
    }
    #[getter]
    fn monitor_stop(&self) -> &'static str {
        Stop::from_number(self.status.monitor_stop).name()
    }
    #[getter]
    fn monitor_check(&self) -> &'static str {
        Check::from_number(self.status.monitor_check).map_or("unknown", Check::name)
    }
    #[getter]
    fn is_estop_pressed(&self) -> bool {
        self.status.estop != 0
    }
    #[getter]
    fn is_at_rest(&self) -> bool {
        self.status.at_rest == 1
    }
    #[getter]
    fn inputs<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.status.inputs)
    }
    #[getter]
    fn position_command_rad<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.joints(py, &self.status.position_command_rad)
    }
    #[getter]
    fn velocity_command_rad_s<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.joints(py, &self.status.velocity_command_rad_s)
    }
    #[getter]
    fn position_measured_rad<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.joints(py, &self.status.position_measured_rad)
    }
    #[getter]
    fn velocity_estimate_rad_s<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.joints(py, &self.status.velocity_estimate_rad_s)
    }
    #[getter]
    fn torque_residual_nm<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.joints(py, &self.status.torque_residual_nm)
    }
    #[getter]
    fn now_ns(&self) -> i64 {
        self.status.now_ns
    }
    #[getter]
    fn played_ns(&self) -> i64 {
        self.status.played_ns
    }
    #[getter]
    fn epoch(&self) -> u64 {
        self.status.epoch
    }
    #[getter]
    fn sequence(&self) -> u64 {
        self.status.sequence
    }
    #[getter]
    fn ticks(&self) -> u64 {
        self.status.ticks
    }
    #[getter]
    fn admitted(&self) -> u64 {
        self.status.admitted
    }
    #[getter]
    fn trimmed(&self) -> u64 {
        self.status.trimmed
    }
    #[getter]
    fn refused(&self) -> u64 {
        self.status.refused
    }
    #[getter]
    fn gated(&self) -> u64 {
        self.status.gated
    }
    #[getter]
    fn limited_by(&self) -> Option<&'static str> {
        let check = spinal_gate::Check::from_code(u32::from(self.status.limited_by));
        check.map(spinal_gate::Check::name)
    }
    #[getter]
    fn deadline_misses(&self) -> u64 {
        self.status.deadline_misses
    }
    #[getter]
    fn controls_ignored(&self) -> u64 {
        self.status.controls_ignored
    }
    #[getter]
    fn measured_at_ns(&self) -> i64 {
        self.status.measured_at_ns
    }
    #[getter]
    fn tracking_error_rad(&self) -> f64 {
        self.status.tracking_error_rad
    }
    #[getter]
    fn gripper(&self) -> f64 {
        self.status.gripper
    }
    fn __repr__(&self) -> String {
        let (mode, trigger) = (self.mode(), self.trigger());
        format!(
            "Status(now_ns={}, mode='{mode}', trigger='{trigger}', played_ns={})",
            self.status.now_ns, self.status.played_ns
        )
    }
}

impl Status {
    fn joints<'py>(&self, py: Python<'py>, values: &[f64; DOF_MAX]) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, values.get(..self.dof()).unwrap_or(values))
    }
}

fn trigger_name(status: &spinal_reflex::Status) -> &'static str {
    status.trigger().map_or("unknown", Trigger::name)
}
