//! `Lockstep` for Python.

use std::path::PathBuf;

use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spinal_gate::Mode;
use spinal_journal::{Detail, Storage};
use spinal_reflex::shell::{self, System};
use spinal_reflex::{Control, RobotPort, TightenReason, Tightening};

use crate::analytic::AnalyticPlant;
use crate::arm::Arm;
use crate::errors;
use crate::journal::hex;
use crate::monitor::MonitorLimits;
use crate::plant::MujocoPlant;
use crate::profile::{Profile, Settings};
use crate::proposal::Proposal;
use crate::status::Status;
use crate::verdict::Verdict;

/// System 1 on a simulated robot under a virtual clock.
#[pyclass(module = "spinal._core")]
pub struct Lockstep {
    /// None once it is finished.
    run: Option<shell::Lockstep>,
    plant: Py<PyAny>,
}

#[pymethods]
impl Lockstep {
    #[new]
    #[pyo3(signature = (profile, settings, arm, plant, *, journal = None, detail = "full", run_id = "lockstep", meta = "{}",
        monitor = None))]
    #[allow(clippy::too_many_arguments)] // all but the parts of the system are named
    fn new(
        profile: &Profile,
        settings: &Settings,
        arm: Option<&Arm>,
        plant: Bound<'_, PyAny>,
        journal: Option<PathBuf>,
        detail: &str,
        run_id: &str,
        meta: &str,
        monitor: Option<&MonitorLimits>,
    ) -> PyResult<Self> {
        if !plant.is_instance_of::<MujocoPlant>() && !plant.is_instance_of::<AnalyticPlant>() {
            return Err(PyTypeError::new_err("plant must be a MujocoPlant or an AnalyticPlant"));
        }
        let system = system(profile, settings, arm);
        let header = system.header(run_id, detail_of(detail)?, 0, meta);
        let run = shell::Lockstep::new(&system, header, journal.map_or(Storage::Unstored, Storage::File));
        let mut run = run.map_err(errors::shell)?;
        if let Some(monitor) = monitor {
            run = run.watched(monitor.watching.limits.clone()).map_err(errors::shell)?;
        }
        Ok(Self {
            run: Some(run),
            plant: plant.unbind(),
        })
    }

    fn advance(&mut self, py: Python<'_>, ticks: u32) -> PyResult<Status> {
        let run = self.run.as_mut().ok_or_else(finished)?;
        let plant = self.plant.bind(py);
        if let Ok(plant) = plant.cast::<MujocoPlant>() {
            advance_on(py, run, plant.try_borrow_mut()?.robot()?, ticks)?;
        } else if let Ok(plant) = plant.cast::<AnalyticPlant>() {
            advance_on(py, run, &mut plant.try_borrow_mut()?.plant, ticks)?;
        }
        Ok(Status { status: *run.status() })
    }

    fn offer(&mut self, proposal: &Proposal) -> PyResult<Verdict> {
        Ok(Verdict {
            verdict: self.running()?.offer(&proposal.proposal),
        })
    }

    fn offer_bytes(&mut self, data: &[u8]) -> PyResult<Verdict> {
        Ok(Verdict {
            verdict: self.running()?.offer_bytes(data),
        })
    }

    fn grant(&mut self, source: u32, epoch: u64) -> PyResult<()> {
        self.running()?.control(&Control::Grant { source, epoch });
        Ok(())
    }

    fn revoke(&mut self) -> PyResult<()> {
        self.running()?.control(&Control::Revoke);
        Ok(())
    }

    fn stop(&mut self, mode: &str) -> PyResult<()> {
        let mode = stop_of(mode)?;
        self.running()?.control(&Control::Stop(mode));
        Ok(())
    }

    fn reset(&mut self) -> PyResult<()> {
        self.running()?.control(&Control::Reset);
        Ok(())
    }

    fn press_estop(&mut self) -> PyResult<()> {
        self.running()?.control(&Control::EmergencyStop);
        Ok(())
    }

    fn release_estop(&mut self) -> PyResult<()> {
        self.running()?.control(&Control::EmergencyRelease);
        Ok(())
    }

    fn tighten(&mut self, scale: f64, until_ns: i64, reason: &str) -> PyResult<()> {
        let control = tightening_of(scale, until_ns, reason)?;
        self.running()?.control(&control);
        Ok(())
    }

    fn note(&mut self, text: &str) -> PyResult<()> {
        self.running()?.note(text);
        Ok(())
    }

    #[getter]
    fn status(&self) -> PyResult<Status> {
        let run = self.run.as_ref().ok_or_else(finished)?;
        Ok(Status { status: *run.status() })
    }

    #[getter]
    fn now_ns(&self) -> PyResult<i64> {
        Ok(self.run.as_ref().ok_or_else(finished)?.now_ns())
    }

    fn finish<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let run = self.run.take().ok_or_else(finished)?;
        let summary = py.detach(|| run.finish()).map_err(errors::shell)?;
        let dict = PyDict::new(py);
        dict.set_item("entries", summary.entries)?;
        dict.set_item("bytes", summary.bytes)?;
        dict.set_item("head", hex(&summary.head))?;
        Ok(dict)
    }
}

impl Lockstep {
    fn running(&mut self) -> PyResult<&mut shell::Lockstep> {
        self.run.as_mut().ok_or_else(finished)
    }
}

/// The parts of a System 1, copied out of Python's objects.
pub fn system(profile: &Profile, settings: &Settings, arm: Option<&Arm>) -> System {
    System {
        profile: profile.profile.clone(),
        settings: settings.settings,
        arm: arm.map(|arm| arm.model.clone()),
    }
}

/// How much a journal holds, from its name.
pub fn detail_of(name: &str) -> PyResult<Detail> {
    match name {
        "full" => Ok(Detail::Full),
        "digest" => Ok(Detail::Digest),
        other => Err(PyValueError::new_err(format!(
            "detail is {other:?}; allowed are 'full' and 'digest'"
        ))),
    }
}

/// A stop, from its name.
pub fn stop_of(name: &str) -> PyResult<Mode> {
    match name {
        "sos" => Ok(Mode::Sos),
        "ss2" => Ok(Mode::Ss2),
        "ss1" => Ok(Mode::Ss1),
        "sto" => Ok(Mode::Sto),
        other => Err(PyValueError::new_err(format!(
            "the stop is {other:?}; allowed are 'sos', 'ss2', 'ss1' and 'sto'"
        ))),
    }
}

/// The order to be slower. Whether it makes sense is System 1's to say; only the reason must be one.
pub fn tightening_of(scale: f64, until_ns: i64, reason: &str) -> PyResult<Control> {
    let known = TightenReason::ALL.into_iter();
    let Some(reason) = known.clone().find(|known| known.name() == reason) else {
        let allowed: Vec<_> = known.map(TightenReason::name).collect();
        return Err(PyValueError::new_err(format!(
            "the reason is {reason:?}; allowed are {}",
            allowed.join(", ")
        )));
    };
    Ok(Control::Tighten(Tightening {
        scale,
        until_ns,
        reason,
    }))
}

fn advance_on<P: RobotPort + Send>(
    py: Python<'_>,
    run: &mut shell::Lockstep,
    port: &mut P,
    ticks: u32,
) -> PyResult<()> {
    py.detach(|| run.advance(port, ticks)).map_err(errors::shell)
}

fn finished() -> PyErr {
    PyRuntimeError::new_err("this lockstep run is finished; make a new one")
}
