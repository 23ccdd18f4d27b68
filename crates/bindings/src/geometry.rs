//! `Geometry` and `Clearance` for Python: shapes of robot and cell, and how far they are apart. Arrays are float64.

use numpy::ndarray::Array2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use spinal_arm::{ArmModel, JOINTS_MAX, Mat3, Pose, Posture, Vec3};
use spinal_gate::{Capsule, Cuboid, Limited, LinkShape, Part, Place, Plane, Role, Solid};

use crate::arm::Arm;
use crate::errors;

type Link<'py> = (String, u16, String, PyReadonlyArray1<'py, f64>);
type PlaceTuple<'py> = (String, String, String, Option<String>, PyReadonlyArray1<'py, f64>);

/// The shapes of robot and cell that are kept apart; immutable.
#[pyclass(frozen, module = "spinal._core")]
pub struct Geometry {
    /// For other bindings.
    pub(crate) geometry: spinal_gate::Geometry,
}

#[pymethods]
impl Geometry {
    #[new]
    #[pyo3(signature = (*, dof, links, places, unchecked, clearance_min_m))]
    fn new(
        dof: usize,
        links: Vec<Link<'_>>,
        places: Vec<PlaceTuple<'_>>,
        unchecked: Vec<(u16, u16)>,
        clearance_min_m: f64,
    ) -> PyResult<Self> {
        let links = links.into_iter().map(|(name, link, owner, capsule)| {
            Ok(LinkShape {
                part: part(&owner)?,
                capsule: capsule_of(&numbers(&name, &capsule, 7)?),
                name,
                link,
            })
        });
        let places = places.into_iter().map(|(name, kind, role, concerns, values)| {
            Ok(Place {
                solid: solid(&name, &kind, &values)?,
                role: role_of(&role)?,
                concerns: concerns.as_deref().map(part).transpose()?,
                name,
            })
        });
        let geometry = spinal_gate::Geometry {
            links: links.collect::<PyResult<_>>()?,
            places: places.collect::<PyResult<_>>()?,
            unchecked,
            clearance_min_m,
        };
        geometry.check(dof).map_err(errors::config)?;
        Ok(Self { geometry })
    }

    #[getter]
    fn names(&self) -> Vec<&str> {
        let shapes = self.geometry.links.len() + self.geometry.places.len();
        (0..shapes)
            .filter_map(|shape| self.geometry.name(shape as u16))
            .collect()
    }

    #[getter]
    fn clearance_min_m(&self) -> f64 {
        self.geometry.clearance_min_m
    }
}

/// Distances of a robot to itself and to its cell.
#[pyclass(module = "spinal._core")]
pub struct Clearance {
    clearance: spinal_gate::Clearance,
    arm: ArmModel,
    posture: Posture,
}

#[pymethods]
impl Clearance {
    #[new]
    fn new(geometry: &Geometry, arm: &Arm) -> PyResult<Self> {
        let clearance = spinal_gate::Clearance::new(&geometry.geometry, &arm.model).map_err(errors::config)?;
        Ok(Self {
            clearance,
            arm: arm.model.clone(),
            posture: Posture::default(),
        })
    }

    /// The checked pairs and their limits, in the order of `distances_m`.
    fn pairs(&mut self) -> Vec<(u16, u16, f64)> {
        let posture = self.arm.posture(&[0.0; JOINTS_MAX]);
        let found = self.clearance.distances(&posture);
        found.map(|near| (near.place.0, near.place.1, near.limit_m)).collect()
    }

    fn distances_m<'py>(
        &mut self,
        py: Python<'py>,
        q: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        self.move_to(&q)?;
        let found = self.clearance.distances(&self.posture).map(|near| near.distance_m);
        Ok(PyArray1::from_vec(py, found.collect()))
    }

    fn smallest(&mut self, q: PyReadonlyArray1<'_, f64>) -> PyResult<Option<(u16, u16, f64, f64)>> {
        self.move_to(&q)?;
        let nearest = self.clearance.smallest(&self.posture);
        Ok(nearest.map(|near| (near.place.0, near.place.1, near.distance_m, near.limit_m)))
    }

    fn capsules_m<'py>(
        &mut self,
        py: Python<'py>,
        q: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        self.move_to(&q)?;
        let _ = self.clearance.smallest(&self.posture);
        let rows: Vec<[f64; 7]> = self.clearance.capsules().map(row_of).collect();
        Ok(Array2::from_shape_fn((rows.len(), 7), |(r, c)| rows[r][c]).into_pyarray(py))
    }

    #[allow(clippy::type_complexity)]
    fn look_along(
        &mut self,
        path: PyReadonlyArray2<'_, f64>,
        bent_rad: Option<PyReadonlyArray1<'_, f64>>,
    ) -> PyResult<Option<(usize, &'static str, u16, u16, f64, f64)>> {
        let path = path.as_array();
        let dof = self.arm.dof();
        if path.ncols() != dof {
            let text = format!("path has {} columns; expected {dof}, one a joint", path.ncols());
            return Err(PyValueError::new_err(text));
        }
        let mut bent = None;
        if let Some(values) = bent_rad {
            bent = Some(self.joints(&values)?);
        }
        for k in 0..path.nrows() {
            let at = |k: usize| std::array::from_fn(|j| if j < dof { path[[k, j]] } else { 0.0 });
            let (q, before): ([f64; JOINTS_MAX], [f64; JOINTS_MAX]) = (at(k), at(k.saturating_sub(1)));
            let travelled: [f64; JOINTS_MAX] = std::array::from_fn(|j| (q[j] - before[j]).abs());
            self.posture.move_to(&self.arm, &q);
            let bend = bent.as_ref().unwrap_or(&travelled);
            if let Some(found) = self.clearance.look_bent(&self.posture, &travelled, bend, k == 0) {
                let Limited {
                    check,
                    value,
                    limit,
                    place,
                } = found;
                return Ok(Some((k, check.name(), place.0, place.1, value, limit)));
            }
        }
        Ok(None)
    }
}

impl Clearance {
    fn joints(&self, q: &PyReadonlyArray1<'_, f64>) -> PyResult<[f64; JOINTS_MAX]> {
        let (values, dof) = (q.as_array(), self.arm.dof());
        if values.len() != dof {
            let text = format!("there are {} values; expected {dof}, one a joint", values.len());
            return Err(PyValueError::new_err(text));
        }
        let mut joints = [0.0; JOINTS_MAX];
        joints.iter_mut().zip(values).for_each(|(slot, value)| *slot = *value);
        Ok(joints)
    }

    fn move_to(&mut self, q: &PyReadonlyArray1<'_, f64>) -> PyResult<()> {
        let joints = self.joints(q)?;
        self.posture.move_to(&self.arm, &joints);
        Ok(())
    }
}

fn row_of(Capsule { a_m, b_m, radius_m }: &Capsule) -> [f64; 7] {
    [a_m.x, a_m.y, a_m.z, b_m.x, b_m.y, b_m.z, *radius_m]
}

fn numbers(name: &str, values: &PyReadonlyArray1<'_, f64>, wanted: usize) -> PyResult<Vec<f64>> {
    let values = values.as_array();
    if values.len() == wanted {
        return Ok(values.to_vec());
    }
    let text = format!("shape {name:?} has {} numbers; its kind needs {wanted}", values.len());
    Err(PyValueError::new_err(text))
}

fn vector(values: &[f64], from: usize) -> Vec3 {
    Vec3::new(values[from], values[from + 1], values[from + 2])
}

fn capsule_of(values: &[f64]) -> Capsule {
    Capsule {
        a_m: vector(values, 0),
        b_m: vector(values, 3),
        radius_m: values[6],
    }
}

fn solid(name: &str, kind: &str, values: &PyReadonlyArray1<'_, f64>) -> PyResult<Solid> {
    let cuboid = |values: Vec<f64>| Cuboid {
        pose: Pose {
            rotation: Mat3::from_columns(vector(&values, 3), vector(&values, 6), vector(&values, 9)).transpose(),
            translation_m: vector(&values, 0),
        },
        half_m: vector(&values, 12),
    };
    match kind {
        "box" => numbers(name, values, 15).map(|values| Solid::Cuboid(cuboid(values))),
        "room" => numbers(name, values, 15).map(|values| Solid::Room(cuboid(values))),
        "capsule" => numbers(name, values, 7).map(|values| Solid::Capsule(capsule_of(&values))),
        "plane" => numbers(name, values, 6).map(|values| {
            Solid::Plane(Plane {
                point_m: vector(&values, 0),
                normal: vector(&values, 3),
            })
        }),
        other => Err(unknown("kind of shape", other, "'box', 'room', 'capsule' and 'plane'")),
    }
}

fn part(name: &str) -> PyResult<Part> {
    match name {
        "arm" => Ok(Part::Arm),
        "tool" => Ok(Part::Tool),
        other => Err(unknown("part", other, "'arm' and 'tool'")),
    }
}

fn role_of(name: &str) -> PyResult<Role> {
    match name {
        "cell" => Ok(Role::Cell),
        "keep_out" => Ok(Role::KeepOut),
        "keep_in" => Ok(Role::KeepIn),
        other => Err(unknown("role", other, "'cell', 'keep_out' and 'keep_in'")),
    }
}

fn unknown(what: &str, found: &str, allowed: &str) -> PyErr {
    PyValueError::new_err(format!("{what} is {found:?}; allowed are {allowed}"))
}
