//! `Arm`: kinematics and dynamics for Python. Arrays are float64.

use numpy::ndarray::{Array1, Array2, Array3};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArray3, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use spinal_arm::{ArmModel, DhRow, JOINTS_MAX, Joints, Mat3, Pose, Tool, Vec3};

pyo3::create_exception!(
    _core,
    UnreachableError,
    PyValueError,
    "No joint positions inside the limits near the seed reach a tool pose."
);

/// A serial arm of revolute joints with its inertia; immutable.
#[pyclass(frozen, module = "spinal._core")]
pub struct Arm {
    /// The model, for other bindings that hand it to System 1.
    pub(crate) model: ArmModel,
}

#[pymethods]
impl Arm {
    #[staticmethod]
    #[pyo3(signature = (*, a_m, d_m, alpha_rad, offset_rad, mass_kg, com_m, inertia_kg_m2, armature_kg_m2, position_min_rad, position_max_rad,
        tool_translation_m, tool_rotation, tool_mass_kg, tool_com_m, tool_inertia_kg_m2, gravity_m_s2))]
    #[allow(clippy::too_many_arguments)] // a Denavit-Hartenberg table has this many columns; all are named
    fn from_dh(
        a_m: PyReadonlyArray1<'_, f64>,
        d_m: PyReadonlyArray1<'_, f64>,
        alpha_rad: PyReadonlyArray1<'_, f64>,
        offset_rad: PyReadonlyArray1<'_, f64>,
        mass_kg: PyReadonlyArray1<'_, f64>,
        com_m: PyReadonlyArray2<'_, f64>,
        inertia_kg_m2: PyReadonlyArray3<'_, f64>,
        armature_kg_m2: PyReadonlyArray1<'_, f64>,
        position_min_rad: PyReadonlyArray1<'_, f64>,
        position_max_rad: PyReadonlyArray1<'_, f64>,
        tool_translation_m: PyReadonlyArray1<'_, f64>,
        tool_rotation: PyReadonlyArray2<'_, f64>,
        tool_mass_kg: f64,
        tool_com_m: PyReadonlyArray1<'_, f64>,
        tool_inertia_kg_m2: PyReadonlyArray2<'_, f64>,
        gravity_m_s2: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<Self> {
        let columns = [
            (a_m, "a_m"),
            (d_m, "d_m"),
            (alpha_rad, "alpha_rad"),
            (offset_rad, "offset_rad"),
            (mass_kg, "mass_kg"),
            (armature_kg_m2, "armature_kg_m2"),
            (position_min_rad, "position_min_rad"),
            (position_max_rad, "position_max_rad"),
        ];
        let dof = columns[0].0.as_array().len();
        for (column, name) in &columns {
            check_length(name, column.as_array().len(), dof)?;
        }
        check_shape("com_m", com_m.as_array().shape(), &[dof, 3])?;
        check_shape("inertia_kg_m2", inertia_kg_m2.as_array().shape(), &[dof, 3, 3])?;
        let column = |k: usize, i: usize| columns[k].0.as_array()[i];
        let rows: Vec<DhRow> = (0..dof)
            .map(|i| DhRow {
                a_m: column(0, i),
                d_m: column(1, i),
                alpha_rad: column(2, i),
                offset_rad: column(3, i),
                mass_kg: column(4, i),
                com_m: vector(|j| com_m.as_array()[[i, j]]),
                inertia_kg_m2: matrix(|r, c| inertia_kg_m2.as_array()[[i, r, c]]),
                armature_kg_m2: column(5, i),
                position_min_rad: column(6, i),
                position_max_rad: column(7, i),
            })
            .collect();
        let tool = Tool {
            T_joint_tool: Pose {
                rotation: matrix_of("tool_rotation", &tool_rotation)?,
                translation_m: vector_of("tool_translation_m", &tool_translation_m)?,
            },
            mass_kg: tool_mass_kg,
            com_m: vector_of("tool_com_m", &tool_com_m)?,
            inertia_kg_m2: matrix_of("tool_inertia_kg_m2", &tool_inertia_kg_m2)?,
        };
        let gravity = vector_of("gravity_m_s2", &gravity_m_s2)?;
        let model = ArmModel::from_dh(&rows, Pose::IDENTITY, &tool, gravity)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Self { model })
    }

    #[getter]
    fn dof(&self) -> usize {
        self.model.dof()
    }

    #[allow(clippy::type_complexity)]
    fn tool_pose<'py>(
        &self,
        py: Python<'py>,
        q: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray2<f64>>)> {
        let pose = self.model.forward_kinematics(&self.joints("q", &q)?);
        let at = pose.translation_m;
        let rows = pose.rotation.rows();
        let rotation = Array2::from_shape_fn((3, 3), |(r, c)| rows[r][c]);
        Ok((
            Array1::from_vec(vec![at.x, at.y, at.z]).into_pyarray(py),
            rotation.into_pyarray(py),
        ))
    }

    #[allow(clippy::type_complexity)]
    fn link_poses<'py>(
        &self,
        py: Python<'py>,
        q: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<(Bound<'py, PyArray2<f64>>, Bound<'py, PyArray3<f64>>)> {
        let posture = self.model.posture(&self.joints("q", &q)?);
        let links: Vec<Pose> = (0..self.model.dof()).filter_map(|i| posture.link(i)).collect();
        let origin = |(i, c): (usize, usize)| {
            let at = links[i].translation_m;
            [at.x, at.y, at.z][c]
        };
        let rotations = Array3::from_shape_fn((links.len(), 3, 3), |(i, r, c)| links[i].rotation.rows()[r][c]);
        Ok((
            Array2::from_shape_fn((links.len(), 3), origin).into_pyarray(py),
            rotations.into_pyarray(py),
        ))
    }

    fn solve_path<'py>(
        &self,
        py: Python<'py>,
        waypoints_m: PyReadonlyArray2<'py, f64>,
        rotation: PyReadonlyArray2<'py, f64>,
        seed: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let waypoints = waypoints_m.as_array();
        check_shape("waypoints_m", waypoints.shape(), &[waypoints.nrows(), 3])?;
        let rotation = matrix_of("rotation", &rotation)?;
        let mut q = self.joints("seed", &seed)?;
        let mut path = Array2::zeros((waypoints.nrows(), self.model.dof()));
        for (k, mut row) in path.rows_mut().into_iter().enumerate() {
            let wanted = Pose {
                rotation,
                translation_m: vector(|j| waypoints[[k, j]]),
            };
            q = self
                .model
                .inverse_kinematics(&wanted, &q)
                .map_err(|error| UnreachableError::new_err(format!("waypoint {k}: {error}")))?;
            row.iter_mut().zip(&q).for_each(|(out, q)| *out = *q);
        }
        Ok(path.into_pyarray(py))
    }

    fn inverse_dynamics<'py>(
        &self,
        py: Python<'py>,
        q: PyReadonlyArray1<'py, f64>,
        qd: PyReadonlyArray1<'py, f64>,
        qdd: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (q, qd, qdd) = (
            self.joints("q", &q)?,
            self.joints("qd", &qd)?,
            self.joints("qdd", &qdd)?,
        );
        let torque = self.model.inverse_dynamics(&q, &qd, &qdd);
        Ok(Array1::from_iter(torque.into_iter().take(self.model.dof())).into_pyarray(py))
    }

    fn mass_matrix<'py>(&self, py: Python<'py>, q: PyReadonlyArray1<'py, f64>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let matrix = self.model.mass_matrix(&self.joints("q", &q)?);
        let dof = self.model.dof();
        Ok(Array2::from_shape_fn((dof, dof), |(r, c)| matrix[r][c]).into_pyarray(py))
    }

    fn jacobian<'py>(&self, py: Python<'py>, q: PyReadonlyArray1<'py, f64>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let jacobian = self.model.jacobian(&self.joints("q", &q)?);
        let entry = |(r, c): (usize, usize)| {
            let (linear, angular) = (jacobian.linear[c], jacobian.angular[c]);
            [linear.x, linear.y, linear.z, angular.x, angular.y, angular.z][r]
        };
        Ok(Array2::from_shape_fn((6, self.model.dof()), entry).into_pyarray(py))
    }
}

impl Arm {
    fn joints(&self, name: &str, values: &PyReadonlyArray1<'_, f64>) -> PyResult<Joints> {
        let values = values.as_array();
        check_length(name, values.len(), self.model.dof())?;
        let mut joints = [0.0; JOINTS_MAX];
        joints.iter_mut().zip(values).for_each(|(slot, value)| *slot = *value);
        Ok(joints)
    }
}

fn check_length(name: &str, found: usize, wanted: usize) -> PyResult<()> {
    check_shape(name, &[found], &[wanted])
}

fn check_shape(name: &str, found: &[usize], wanted: &[usize]) -> PyResult<()> {
    if found == wanted {
        return Ok(());
    }
    Err(PyValueError::new_err(format!(
        "{name} has shape {found:?}, expected {wanted:?}"
    )))
}

fn vector(entry: impl Fn(usize) -> f64) -> Vec3 {
    Vec3::new(entry(0), entry(1), entry(2))
}

fn matrix(entry: impl Fn(usize, usize) -> f64) -> Mat3 {
    let column = |c: usize| vector(|r| entry(r, c));
    Mat3::from_columns(column(0), column(1), column(2))
}

fn vector_of(name: &str, values: &PyReadonlyArray1<'_, f64>) -> PyResult<Vec3> {
    let values = values.as_array();
    check_length(name, values.len(), 3)?;
    Ok(vector(|i| values[i]))
}

fn matrix_of(name: &str, values: &PyReadonlyArray2<'_, f64>) -> PyResult<Mat3> {
    let values = values.as_array();
    check_shape(name, values.shape(), &[3, 3])?;
    Ok(matrix(|r, c| values[[r, c]]))
}
