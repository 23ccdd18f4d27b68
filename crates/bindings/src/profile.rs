//! `Profile` and `Settings` for Python.

use numpy::PyReadonlyArray1;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use spinal_gate::{ArmLimits, JointLimits};
use spinal_reflex::{Estimator, Observer, SafeState, Servo};

use crate::errors;
use crate::geometry::Geometry;
use crate::people::PyPeopleLimits;

/// Every limit that System 1 holds; immutable.
#[pyclass(frozen, module = "spinal._core")]
pub struct Profile {
    /// For other bindings.
    pub(crate) profile: spinal_gate::Profile,
}

#[pymethods]
impl Profile {
    #[new]
    #[pyo3(signature = (*, position_min_rad, position_max_rad, velocity_max_rad_s, acceleration_max_rad_s2, jerk_max_rad_s3, torque_max_nm,
        torque_rate_max_nm_s, period_ns, tracking_error_max_rad, observation_age_max_ns, proposal_gap_max_ns, measured_age_max_ns, splice_jump_max_rad,
        deadline_misses_max, tick_overrun_max, packet_loss_max, profile_hash, arm_limits = None, people = None, geometry = None))]
    #[allow(clippy::too_many_arguments)] // a profile has this many limits; all are named
    fn new(
        position_min_rad: PyReadonlyArray1<'_, f64>,
        position_max_rad: PyReadonlyArray1<'_, f64>,
        velocity_max_rad_s: PyReadonlyArray1<'_, f64>,
        acceleration_max_rad_s2: PyReadonlyArray1<'_, f64>,
        jerk_max_rad_s3: PyReadonlyArray1<'_, f64>,
        torque_max_nm: PyReadonlyArray1<'_, f64>,
        torque_rate_max_nm_s: PyReadonlyArray1<'_, f64>,
        period_ns: i64,
        tracking_error_max_rad: f64,
        observation_age_max_ns: i64,
        proposal_gap_max_ns: i64,
        measured_age_max_ns: i64,
        splice_jump_max_rad: f64,
        deadline_misses_max: u32,
        tick_overrun_max: u32,
        packet_loss_max: u32,
        profile_hash: [u8; 32],
        arm_limits: Option<&PyArmLimits>,
        people: Option<&PyPeopleLimits>,
        geometry: Option<&Geometry>,
    ) -> PyResult<Self> {
        let dof = position_min_rad.as_array().len();
        let columns = [
            ("position_max_rad", &position_max_rad),
            ("velocity_max_rad_s", &velocity_max_rad_s),
            ("acceleration_max_rad_s2", &acceleration_max_rad_s2),
            ("jerk_max_rad_s3", &jerk_max_rad_s3),
            ("torque_max_nm", &torque_max_nm),
            ("torque_rate_max_nm_s", &torque_rate_max_nm_s),
        ];
        for (name, column) in columns {
            let found = column.as_array().len();
            if found != dof {
                let text = format!("{name} has {found} values, position_min_rad has {dof}; give one value a joint");
                return Err(PyValueError::new_err(text));
            }
        }
        let joints = (0..dof).map(|joint| JointLimits {
            position_min_rad: position_min_rad.as_array()[joint],
            position_max_rad: position_max_rad.as_array()[joint],
            velocity_max_rad_s: velocity_max_rad_s.as_array()[joint],
            acceleration_max_rad_s2: acceleration_max_rad_s2.as_array()[joint],
            jerk_max_rad_s3: jerk_max_rad_s3.as_array()[joint],
            torque_max_nm: torque_max_nm.as_array()[joint],
            torque_rate_max_nm_s: torque_rate_max_nm_s.as_array()[joint],
        });
        let profile = spinal_gate::Profile {
            joints: joints.collect(),
            arm: arm_limits.map(|limits| limits.limits),
            people: people.map(|people| people.limits.clone()),
            geometry: geometry.map(|geometry| geometry.geometry.clone()),
            period_ns,
            tracking_error_max_rad,
            observation_age_max_ns,
            proposal_gap_max_ns,
            measured_age_max_ns,
            splice_jump_max_rad,
            deadline_misses_max,
            tick_overrun_max,
            packet_loss_max,
            hash: profile_hash,
        };
        profile.check().map_err(errors::config)?;
        Ok(Self { profile })
    }

    #[getter]
    fn dof(&self) -> usize {
        self.profile.dof()
    }

    #[getter]
    fn period_ns(&self) -> i64 {
        self.profile.period_ns
    }

    #[getter]
    fn hash(&self) -> [u8; 32] {
        self.profile.hash
    }
}

/// Limits of the arm as a whole; immutable.
#[pyclass(frozen, module = "spinal._core", name = "ArmLimits")]
pub struct PyArmLimits {
    /// For other bindings.
    pub(crate) limits: ArmLimits,
}

#[pymethods]
impl PyArmLimits {
    #[new]
    #[pyo3(signature = (*, tool_speed_max_m_s, elbow_speed_max_m_s, momentum_max_kg_m_s, power_max_w, kinetic_energy_max_j,
        stopping_time_max_s, stopping_distance_max_m))]
    fn new(
        tool_speed_max_m_s: f64,
        elbow_speed_max_m_s: f64,
        momentum_max_kg_m_s: f64,
        power_max_w: f64,
        kinetic_energy_max_j: f64,
        stopping_time_max_s: f64,
        stopping_distance_max_m: f64,
    ) -> Self {
        let limits = ArmLimits {
            tool_speed_max_m_s,
            elbow_speed_max_m_s,
            momentum_max_kg_m_s,
            power_max_w,
            kinetic_energy_max_j,
            stopping_time_max_s,
            stopping_distance_max_m,
        };
        Self { limits }
    }
}

/// Tuning of System 1; immutable.
#[pyclass(frozen, module = "spinal._core")]
pub struct Settings {
    /// For other bindings.
    pub(crate) settings: spinal_reflex::Settings,
}

#[pymethods]
impl Settings {
    #[new]
    #[pyo3(signature = (*, servo = "pass_through", kp = 0.0, ki = 0.0, kd = 0.0, integral_max_nm = 0.0, position_noise_rad = None,
        jerk_noise = None, observer_gain_1_s = None, blend_ns = None, follow_rad_s = None, safe_state = "power_off_with_brakes"))]
    #[allow(clippy::too_many_arguments)] // all are named
    fn new(
        servo: &str,
        kp: f64,
        ki: f64,
        kd: f64,
        integral_max_nm: f64,
        position_noise_rad: Option<f64>,
        jerk_noise: Option<f64>,
        observer_gain_1_s: Option<f64>,
        blend_ns: Option<i64>,
        follow_rad_s: Option<f64>,
        safe_state: &str,
    ) -> PyResult<Self> {
        let usual = spinal_reflex::Settings::default();
        let servo = match servo {
            "pass_through" => Servo::PassThrough,
            "pid" => Servo::Pid {
                kp,
                ki,
                kd,
                integral_max_nm,
            },
            "computed_torque" => Servo::ComputedTorque { kp, kd },
            other => {
                let text = format!("servo is {other:?}; allowed are 'pass_through', 'pid' and 'computed_torque'");
                return Err(PyValueError::new_err(text));
            }
        };
        let settings = spinal_reflex::Settings {
            servo,
            estimator: Estimator {
                position_noise_rad: position_noise_rad.unwrap_or(usual.estimator.position_noise_rad),
                jerk_noise: jerk_noise.unwrap_or(usual.estimator.jerk_noise),
            },
            observer: Observer {
                gain_1_s: observer_gain_1_s.unwrap_or(usual.observer.gain_1_s),
            },
            blend_ns: blend_ns.unwrap_or(usual.blend_ns),
            follow_rad_s: follow_rad_s.unwrap_or(usual.follow_rad_s),
            safe_state: safe_state_of(safe_state)?,
        };
        Ok(Self { settings })
    }
}

/// A safe state, from its name.
pub fn safe_state_of(name: &str) -> PyResult<SafeState> {
    match name {
        "power_off_with_brakes" => Ok(SafeState::PowerOffWithBrakes),
        "hold_powered" => Ok(SafeState::HoldPowered),
        other => Err(PyValueError::new_err(format!(
            "safe_state is {other:?}; allowed are 'power_off_with_brakes' and 'hold_powered'"
        ))),
    }
}
