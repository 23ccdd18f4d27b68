//! `PeopleLimits` and `BodyRegion` for Python, and what a sensor for people says.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use spinal_gate::{Contact, ContactType, PERSONS_MAX, PeopleLimits, PeopleReading, Person, Separation};
use spinal_journal::wire::{PEOPLE_BYTES_MAX, decode_people as people_of, encode_people as put_people};

use crate::errors;

/// How people are kept safe; immutable.
#[pyclass(frozen, module = "spinal._core", name = "PeopleLimits")]
pub struct PyPeopleLimits {
    /// For other bindings.
    pub(crate) limits: PeopleLimits,
}

/// Every term of the separation that is not measured; immutable.
#[pyclass(frozen, module = "spinal._core", name = "Separation")]
pub struct PySeparation {
    separation: Separation,
}

/// What one body region bears; immutable.
#[pyclass(frozen, module = "spinal._core", name = "BodyRegion", from_py_object)]
#[derive(Clone, Copy)]
pub struct PyBodyRegion {
    region: spinal_gate::BodyRegion,
}

/// How gently the robot must touch; immutable.
#[pyclass(frozen, module = "spinal._core", name = "Contact")]
pub struct PyContact {
    contact: Contact,
}

#[pymethods]
impl PyPeopleLimits {
    #[staticmethod]
    fn fenced() -> Self {
        Self {
            limits: PeopleLimits::Fenced,
        }
    }

    #[staticmethod]
    #[pyo3(signature = (separation, contact = None))]
    fn separation(separation: &PySeparation, contact: Option<&PyContact>) -> PyResult<Self> {
        let limits = match contact {
            None => PeopleLimits::Separation(separation.separation),
            Some(contact) => PeopleLimits::SeparationOrContact(separation.separation, contact.contact.clone()),
        };
        limits.check().map_err(errors::config)?;
        Ok(Self { limits })
    }
}

#[pymethods]
impl PySeparation {
    #[new]
    #[pyo3(signature = (*, human_speed_m_s, human_speed_min_m_s, reaction_s, intrusion_m, human_uncertainty_m, robot_uncertainty_m,
        person_radius_m, person_height_m, reading_age_max_ns, hysteresis_m))]
    #[allow(clippy::too_many_arguments)] // the separation has this many terms; all are named
    fn new(
        human_speed_m_s: f64,
        human_speed_min_m_s: f64,
        reaction_s: f64,
        intrusion_m: f64,
        human_uncertainty_m: f64,
        robot_uncertainty_m: f64,
        person_radius_m: f64,
        person_height_m: f64,
        reading_age_max_ns: i64,
        hysteresis_m: f64,
    ) -> Self {
        Self {
            separation: Separation {
                human_speed_m_s,
                human_speed_min_m_s,
                reaction_s,
                intrusion_m,
                human_uncertainty_m,
                robot_uncertainty_m,
                person_radius_m,
                person_height_m,
                reading_age_max_ns,
                hysteresis_m,
            },
        }
    }
}

#[pymethods]
impl PyBodyRegion {
    #[new]
    #[pyo3(signature = (*, force_quasi_static_n, force_transient_n, pressure_quasi_static_n_m2, pressure_transient_n_m2, energy_blunt_j,
        energy_edge_j, stiffness_n_m, mass_kg))]
    #[allow(clippy::too_many_arguments)] // all are named
    fn new(
        force_quasi_static_n: f64,
        force_transient_n: f64,
        pressure_quasi_static_n_m2: f64,
        pressure_transient_n_m2: f64,
        energy_blunt_j: f64,
        energy_edge_j: f64,
        stiffness_n_m: f64,
        mass_kg: f64,
    ) -> Self {
        Self {
            region: spinal_gate::BodyRegion {
                force_quasi_static_n,
                force_transient_n,
                pressure_quasi_static_n_m2,
                pressure_transient_n_m2,
                energy_blunt_j,
                energy_edge_j,
                stiffness_n_m,
                mass_kg,
            },
        }
    }
}

#[pymethods]
impl PyContact {
    #[new]
    #[pyo3(signature = (*, regions, contact_type, is_clamping_possible, area_m2, moving_mass_kg, payload_kg, human_speed_m_s))]
    fn new(
        regions: Vec<PyBodyRegion>,
        contact_type: &str,
        is_clamping_possible: bool,
        area_m2: f64,
        moving_mass_kg: f64,
        payload_kg: f64,
        human_speed_m_s: f64,
    ) -> PyResult<Self> {
        let contact_type = match contact_type {
            "blunt" => ContactType::Blunt,
            "edge" => ContactType::Edge,
            other => {
                let text = format!("contact_type is {other:?}; allowed are 'blunt' and 'edge'");
                return Err(PyValueError::new_err(text));
            }
        };
        let contact = Contact {
            regions: regions.into_iter().map(|region| region.region).collect(),
            contact_type,
            is_clamping_possible,
            area_m2,
            moving_mass_kg,
            payload_kg,
            human_speed_m_s,
        };
        contact.check().map_err(errors::config)?;
        Ok(Self { contact })
    }

    #[getter]
    fn robot_speed_max_m_s(&self) -> f64 {
        self.contact.speed().robot_m_s
    }

    #[getter]
    fn relative_speed_max_m_s(&self) -> f64 {
        self.contact.speed().relative_m_s
    }

    #[getter]
    fn deciding_region(&self) -> usize {
        usize::from(self.contact.speed().region)
    }
}

/// What a sensor for people says, as bytes for the `people` channel.
#[pyfunction]
#[pyo3(signature = (*, at_ns, is_alive, feet_m, speeds_m_s = None))]
pub fn encode_people<'py>(
    py: Python<'py>,
    at_ns: i64,
    is_alive: bool,
    feet_m: Vec<[f64; 3]>,
    speeds_m_s: Option<Vec<Option<f64>>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let reading = reading_of(at_ns, is_alive, &feet_m, speeds_m_s.as_deref())?;
    let mut bytes = [0; PEOPLE_BYTES_MAX];
    let length = put_people(&reading, &mut bytes).unwrap_or(0);
    Ok(PyBytes::new(py, &bytes[..length]))
}

/// What a sensor for people said, from its bytes.
#[pyfunction]
pub fn decode_people<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyDict>> {
    let reading =
        people_of(data).ok_or_else(|| PyValueError::new_err(format!("{} bytes are no people reading", data.len())))?;
    let dict = PyDict::new(py);
    people_into(&dict, &reading)?;
    Ok(dict)
}

/// A reading of these persons; more than can be told are counted.
pub fn reading_of(
    at_ns: i64,
    is_alive: bool,
    feet_m: &[[f64; 3]],
    speeds_m_s: Option<&[Option<f64>]>,
) -> PyResult<PeopleReading> {
    if let Some(speeds) = speeds_m_s.filter(|speeds| speeds.len() != feet_m.len()) {
        let text = format!("speeds_m_s has {} values, feet_m has {}", speeds.len(), feet_m.len());
        return Err(PyValueError::new_err(text));
    }
    let mut reading = PeopleReading::nobody(at_ns);
    reading.is_alive = is_alive;
    reading.count = feet_m.len();
    for (number, (person, foot_m)) in reading.persons.iter_mut().zip(feet_m).enumerate() {
        *person = Person {
            foot_m: *foot_m,
            speed_m_s: speeds_m_s.and_then(|speeds| speeds.get(number).copied().flatten()),
        };
    }
    Ok(reading)
}

/// Writes a reading into a dict.
pub fn people_into(dict: &Bound<'_, PyDict>, reading: &PeopleReading) -> PyResult<()> {
    let persons = &reading.persons[..reading.count.min(PERSONS_MAX)];
    dict.set_item("taken_at_ns", reading.at_ns)?;
    dict.set_item("is_alive", reading.is_alive)?;
    dict.set_item("count", reading.count)?;
    dict.set_item("feet_m", persons.iter().map(|person| person.foot_m).collect::<Vec<_>>())?;
    let speeds: Vec<_> = persons.iter().map(|person| person.speed_m_s).collect();
    dict.set_item("speeds_m_s", speeds)
}
