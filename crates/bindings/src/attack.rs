//! `AttackRun`: a gate under attack, for the checker in Python.

use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spinal_reflex::bench::{AttackRun as Run, Stretch};

use crate::arm::Arm;
use crate::errors;
use crate::profile::Profile;
use crate::tick_bench::{set_times, taken};

/// A gate and a seeded adversary that wishes for what is most likely to break a limit.
#[pyclass(module = "spinal._core")]
pub struct AttackRun {
    run: Run,
    dof: usize,
}

#[pymethods]
impl AttackRun {
    #[new]
    #[pyo3(signature = (profile, arm, *, seed, start_rad, follow_rad_s = None))]
    fn new(
        profile: &Profile,
        arm: Option<&Arm>,
        seed: u64,
        start_rad: PyReadonlyArray1<'_, f64>,
        follow_rad_s: Option<f64>,
    ) -> PyResult<Self> {
        let follow = follow_rad_s.unwrap_or(spinal_reflex::Settings::default().follow_rad_s);
        let start = start_rad.as_array().to_vec();
        let run = Run::new(&profile.profile, arm.map(|arm| arm.model.clone()), follow, seed, &start)
            .map_err(errors::config)?;
        Ok(Self {
            run,
            dof: profile.profile.dof(),
        })
    }

    #[pyo3(signature = (ticks, *, with_wishes = false))]
    fn attack<'py>(&mut self, py: Python<'py>, ticks: usize, with_wishes: bool) -> PyResult<Bound<'py, PyDict>> {
        let stretch = py.detach(|| self.run.attack(ticks, with_wishes));
        to_dict(py, stretch, self.dof)
    }

    fn go<'py>(
        &mut self,
        py: Python<'py>,
        target_rad: PyReadonlyArray1<'py, f64>,
        ticks: usize,
    ) -> PyResult<Bound<'py, PyDict>> {
        let target = target_rad.as_array().to_vec();
        if target.len() != self.dof {
            let text = format!("target_rad has {} values, the gate {} joints", target.len(), self.dof);
            return Err(PyValueError::new_err(text));
        }
        let stretch = py.detach(|| self.run.go(&target, ticks));
        to_dict(py, stretch, self.dof)
    }

    fn play<'py>(
        &mut self,
        py: Python<'py>,
        wished_position_rad: PyReadonlyArray2<'py, f64>,
        wished_velocity_rad_s: PyReadonlyArray2<'py, f64>,
        is_followed: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let ticks = is_followed.as_array().len();
        for (name, found) in [
            ("wished_position_rad", wished_position_rad.as_array().shape()),
            ("wished_velocity_rad_s", wished_velocity_rad_s.as_array().shape()),
        ] {
            if found != [self.dof, ticks] {
                let text = format!("{name} has shape {found:?}, expected {:?}", [self.dof, ticks]);
                return Err(PyValueError::new_err(text));
            }
        }
        let wished = Stretch {
            ticks,
            wished_position_rad: wished_position_rad.as_array().iter().copied().collect(),
            wished_velocity_rad_s: wished_velocity_rad_s.as_array().iter().copied().collect(),
            is_followed: is_followed.as_array().to_vec(),
            ..Stretch::default()
        };
        let stretch = py.detach(|| self.run.play(&wished));
        to_dict(py, stretch, self.dof)
    }

    #[pyo3(signature = (ticks, *, is_attacked))]
    fn time<'py>(&mut self, py: Python<'py>, ticks: u64, is_attacked: bool) -> PyResult<Bound<'py, PyDict>> {
        let times = py.detach(|| self.run.time(ticks, is_attacked, taken));
        let out = PyDict::new(py);
        out.set_item("ticks", times.execution.total())?;
        set_times(&out, "", "_ns", &times.execution)?;
        out.set_item("allocations", times.allocations)?;
        Ok(out)
    }

    #[getter]
    fn limited(&self) -> u64 {
        self.run.limited()
    }
}

fn to_dict(py: Python<'_>, stretch: Stretch, dof: usize) -> PyResult<Bound<'_, PyDict>> {
    let out = PyDict::new(py);
    let ticks = stretch.ticks;
    for (name, values) in [
        ("position_rad", stretch.position_rad),
        ("velocity_rad_s", stretch.velocity_rad_s),
        ("acceleration_rad_s2", stretch.acceleration_rad_s2),
        ("wished_position_rad", stretch.wished_position_rad),
        ("wished_velocity_rad_s", stretch.wished_velocity_rad_s),
    ] {
        if !values.is_empty() {
            out.set_item(name, matrix(py, values, dof, ticks)?)?;
        }
    }
    if !stretch.is_followed.is_empty() {
        let followed: Bound<'_, PyArray1<f64>> = stretch.is_followed.into_pyarray(py);
        out.set_item("is_followed", followed)?;
    }
    Ok(out)
}

fn matrix(py: Python<'_>, values: Vec<f64>, dof: usize, ticks: usize) -> PyResult<Bound<'_, PyArray2<f64>>> {
    let array = Array2::from_shape_vec((dof, ticks), values).map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok(array.into_pyarray(py))
}
