//! `MujocoPlant` and `RealtimePlant`: the simulated robot for Python, stepped natively.

use std::path::PathBuf;

use numpy::{Element, PyArray1, PyArrayDyn, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use spinal_gate::Measured;
use spinal_plant::{Array, Arrays, Engine, PersonSettings, SceneSettings, Settings, SuctionSettings};
use spinal_reflex::RobotPort;

use crate::profile::safe_state_of;

/// A MuJoCo model and its data as a robot. It keeps both alive; while it runs nobody else may step or change them.
#[pyclass(module = "spinal._core")]
pub struct MujocoPlant {
    /// None while a `RealtimePlant` has it.
    plant: Option<Box<spinal_plant::MujocoPlant>>,
    dof: usize,
    _owners: Vec<Py<PyAny>>,
}

#[pymethods]
impl MujocoPlant {
    #[new]
    #[pyo3(signature = (model, data, library, *, dof, step_ns, cup_body, lip_offset_m, lip_radius_m, surfaces, scale_joint,
        scale_stiffness_n_m, scale_tare_kg, scale_filter_s, safe_state = "power_off_with_brakes"))]
    #[allow(clippy::too_many_arguments)] // what the plant must know of the model; all are named
    fn new(
        model: &Bound<'_, PyAny>,
        data: &Bound<'_, PyAny>,
        library: PathBuf,
        dof: usize,
        step_ns: i64,
        cup_body: usize,
        lip_offset_m: f64,
        lip_radius_m: f64,
        surfaces: Vec<usize>,
        scale_joint: usize,
        scale_stiffness_n_m: f64,
        scale_tare_kg: f64,
        scale_filter_s: f64,
        safe_state: &str,
    ) -> PyResult<Self> {
        let settings = Settings {
            dof,
            step_ns,
            cup_body,
            lip_offset_m,
            lip_radius_m,
            surfaces,
            scale_joint,
            scale_stiffness_n_m,
            scale_tare_kg,
            scale_filter_s,
            suction: SuctionSettings::default(),
            safe_state: safe_state_of(safe_state)?,
        };
        let mut owners = vec![model.clone().unbind(), data.clone().unbind()];
        let arrays = Arrays {
            qpos: view(data, "qpos", &mut owners)?,
            qvel: view(data, "qvel", &mut owners)?,
            ctrl: view(data, "ctrl", &mut owners)?,
            qfrc_actuator: view(data, "qfrc_actuator", &mut owners)?,
            xfrc_applied: view(data, "xfrc_applied", &mut owners)?,
            mocap_pos: view(data, "mocap_pos", &mut owners)?,
            xpos: view(data, "xpos", &mut owners)?,
            xmat: view(data, "xmat", &mut owners)?,
            xipos: view(data, "xipos", &mut owners)?,
            geom_xpos: view(data, "geom_xpos", &mut owners)?,
            geom_xmat: view(data, "geom_xmat", &mut owners)?,
            geom_size: view(model, "geom_size", &mut owners)?,
            geom_rbound: view(model, "geom_rbound", &mut owners)?,
            geom_type: view(model, "geom_type", &mut owners)?,
            geom_bodyid: view(model, "geom_bodyid", &mut owners)?,
            actuator_gainprm: view(model, "actuator_gainprm", &mut owners)?,
            actuator_biasprm: view(model, "actuator_biasprm", &mut owners)?,
            dof_frictionloss: view(model, "dof_frictionloss", &mut owners)?,
        };
        let (model_address, data_address) = (address(model)?, address(data)?);
        // SAFETY: both addresses are of live objects that `_owners` keeps alive; Python promises exclusive use (class docstring).
        let engine = unsafe { Engine::open(&library, model_address, data_address) }.map_err(refused)?;
        let plant = spinal_plant::MujocoPlant::new(engine, arrays, settings).map_err(refused)?;
        Ok(Self {
            plant: Some(Box::new(plant)),
            dof,
            _owners: owners,
        })
    }

    #[pyo3(signature = (*, porosity, suction_force_n, vacuum_noise, scale_noise_kg, seed, person_way = vec![], person_floor_m = 0.0,
        person_noise_m = 0.0, person_period_ns = 50_000_000, person_delay_ns = 0))]
    #[allow(clippy::too_many_arguments)] // what a scene changes; all are named
    fn restart(
        &mut self,
        porosity: Vec<f64>,
        suction_force_n: f64,
        vacuum_noise: f64,
        scale_noise_kg: f64,
        seed: u64,
        person_way: Vec<[f64; 3]>,
        person_floor_m: f64,
        person_noise_m: f64,
        person_period_ns: i64,
        person_delay_ns: i64,
    ) -> PyResult<()> {
        let person = PersonSettings {
            way: person_way,
            floor_z_m: person_floor_m,
            noise_m: person_noise_m,
            period_ns: person_period_ns,
            delay_ns: person_delay_ns,
            seed,
        };
        let scene = SceneSettings {
            porosity,
            suction_force_n,
            vacuum_noise,
            scale_noise_kg,
            seed,
            person,
        };
        self.robot()?.restart(scene).map_err(refused)
    }

    #[allow(clippy::type_complexity)] // four arrays and an instant
    fn read<'py>(
        &mut self,
        py: Python<'py>,
        now_ns: i64,
    ) -> PyResult<(
        i64,
        Bound<'py, PyArray1<f64>>,
        Bound<'py, PyArray1<f64>>,
        Bound<'py, PyArray1<f64>>,
        Bound<'py, PyArray1<f64>>,
    )> {
        let dof = self.dof;
        let plant = self.robot()?;
        let measured: Measured = py.detach(|| plant.read(now_ns));
        let joints = |values: &[f64]| PyArray1::from_slice(py, values.get(..dof).unwrap_or_default());
        Ok((
            measured.at_ns,
            joints(&measured.position_rad),
            joints(&measured.velocity_rad_s),
            joints(&measured.torque_nm),
            PyArray1::from_slice(py, &measured.inputs),
        ))
    }

    #[getter]
    fn held_body(&mut self) -> PyResult<Option<usize>> {
        Ok(self.robot()?.held_body())
    }

    #[getter]
    fn vacuum_level(&mut self) -> PyResult<f64> {
        Ok(self.robot()?.vacuum_level())
    }

    #[getter]
    fn skipped_ns(&mut self) -> PyResult<i64> {
        Ok(self.robot()?.skipped_ns())
    }
}

impl MujocoPlant {
    /// The plant, for other bindings that run System 1 on it.
    pub(crate) fn robot(&mut self) -> PyResult<&mut spinal_plant::MujocoPlant> {
        self.plant.as_deref_mut().ok_or_else(|| {
            PyRuntimeError::new_err(
                "the plant runs in real time; stop the RealtimePlant or swap in another plant first",
            )
        })
    }

    fn lend(&mut self) -> PyResult<Box<spinal_plant::MujocoPlant>> {
        let lent = "the plant runs in real time already";
        self.plant.take().ok_or_else(|| PyRuntimeError::new_err(lent))
    }
}

/// A plant at real-time pace in a thread of its own, on a run's shared memory.
#[pyclass(module = "spinal._core")]
pub struct RealtimePlant {
    thread: Option<spinal_plant::RealtimePlant>,
    running: Py<MujocoPlant>,
}

#[pymethods]
impl RealtimePlant {
    #[new]
    fn new(py: Python<'_>, plant: Py<MujocoPlant>, channels: PathBuf) -> PyResult<Self> {
        let lent = plant.borrow_mut(py).lend()?;
        let thread = spinal_plant::RealtimePlant::start(lent, &channels).map_err(failed)?;
        Ok(Self {
            thread: Some(thread),
            running: plant,
        })
    }

    fn swap(&mut self, py: Python<'_>, plant: Py<MujocoPlant>) -> PyResult<()> {
        let thread = self.thread.as_mut().ok_or_else(ended)?;
        let offered = plant.borrow_mut(py).lend()?;
        let before = py.detach(|| thread.swap(offered)).map_err(failed)?;
        let owner = std::mem::replace(&mut self.running, plant);
        owner.borrow_mut(py).plant = Some(before);
        Ok(())
    }

    #[allow(clippy::type_complexity)] // two arrays and an instant
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<(i64, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)> {
        let snapshot = self.thread.as_ref().ok_or_else(ended)?.snapshot();
        Ok((
            snapshot.at_ns,
            PyArray1::from_vec(py, snapshot.positions),
            PyArray1::from_vec(py, snapshot.person_m),
        ))
    }

    #[getter]
    fn missed(&self) -> PyResult<u64> {
        Ok(self.thread.as_ref().ok_or_else(ended)?.missed())
    }

    #[getter]
    fn silences(&self) -> PyResult<u64> {
        Ok(self.thread.as_ref().ok_or_else(ended)?.silences())
    }

    fn stop(&mut self, py: Python<'_>) -> PyResult<()> {
        let thread = self.thread.take().ok_or_else(ended)?;
        let plant = py.detach(|| thread.stop()).map_err(failed)?;
        self.running.borrow_mut(py).plant = Some(plant);
        Ok(())
    }
}

fn failed(error: spinal_plant::RealtimeError) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}

fn ended() -> PyErr {
    PyRuntimeError::new_err("the RealtimePlant has been stopped; make a new one")
}

fn refused(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

fn address(owner: &Bound<'_, PyAny>) -> PyResult<usize> {
    owner.getattr("_address")?.extract()
}

/// A view on one of MuJoCo's arrays; the array object joins `owners`.
fn view<T: Element + Copy + Default>(
    owner: &Bound<'_, PyAny>,
    name: &str,
    owners: &mut Vec<Py<PyAny>>,
) -> PyResult<Array<T>> {
    let object = owner.getattr(name)?;
    let array = object.cast::<PyArrayDyn<T>>().map_err(|_| {
        PyValueError::new_err(format!(
            "{name} is not an array of the element type that the plant needs"
        ))
    })?;
    if !array.is_c_contiguous() {
        return Err(PyValueError::new_err(format!(
            "{name} is not contiguous; pass MuJoCo's own array"
        )));
    }
    let length = array.len();
    let start = array.data();
    owners.push(object.clone().unbind());
    // SAFETY: contiguous memory of MuJoCo that lives as long as the model and data in `owners`; exclusive use by the class docstring.
    Ok(unsafe { Array::new(start, length) })
}
