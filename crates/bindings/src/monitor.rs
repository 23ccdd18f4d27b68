//! `MonitorLimits` for Python: what the independent monitor holds, as plain numbers.

use numpy::{PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spinal_monitor::{Chain, JointRange, Limits, Link, Monitor, Times, Tolerance, Wall, Zone};
use spinal_reflex::shell::Watching;
use spinal_reflex::{Heard, Life};

/// What the independent monitor holds; immutable.
#[pyclass(frozen, module = "spinal._core")]
pub struct MonitorLimits {
    /// For other bindings.
    pub(crate) watching: Watching,
}

#[pymethods]
impl MonitorLimits {
    #[new]
    #[pyo3(signature = (*, position_min_rad, position_max_rad, velocity_max_rad_s, tool_speed_max_m_s, keep_in_m, keep_out_m, walls_m, offset_rad, fixed,
        tool, position_tolerance_rad, velocity_tolerance_rad_s, tool_speed_tolerance_m_s, zone_tolerance_m, rest_rad_s, escalate_ns,
        escalate_growing_ns, stop_begin_ns, stop_end_ns, alive_max_ns, reading_age_max_ns, speed_window_ns, silent_max_ns))]
    #[allow(clippy::too_many_arguments)] // all are named
    fn new(
        position_min_rad: PyReadonlyArray1<'_, f64>,
        position_max_rad: PyReadonlyArray1<'_, f64>,
        velocity_max_rad_s: PyReadonlyArray1<'_, f64>,
        tool_speed_max_m_s: f64,
        keep_in_m: Vec<([f64; 3], [f64; 3], f64)>,
        keep_out_m: Vec<([f64; 3], [f64; 3], f64)>,
        walls_m: Vec<([f64; 3], [f64; 3])>,
        offset_rad: PyReadonlyArray1<'_, f64>,
        fixed: PyReadonlyArray3<'_, f64>,
        tool: PyReadonlyArray2<'_, f64>,
        position_tolerance_rad: f64,
        velocity_tolerance_rad_s: f64,
        tool_speed_tolerance_m_s: f64,
        zone_tolerance_m: f64,
        rest_rad_s: f64,
        escalate_ns: i64,
        escalate_growing_ns: i64,
        stop_begin_ns: i64,
        stop_end_ns: i64,
        alive_max_ns: i64,
        reading_age_max_ns: i64,
        speed_window_ns: i64,
        silent_max_ns: i64,
    ) -> PyResult<Self> {
        let dof = position_min_rad.as_array().len();
        for (name, shape, needed) in [
            ("position_max_rad", position_max_rad.as_array().shape(), &[dof][..]),
            ("velocity_max_rad_s", velocity_max_rad_s.as_array().shape(), &[dof]),
            ("offset_rad", offset_rad.as_array().shape(), &[dof]),
            ("fixed", fixed.as_array().shape(), &[dof, 3, 4]),
            ("tool", tool.as_array().shape(), &[3, 4]),
        ] {
            if shape != needed {
                let text = format!("{name} has the shape {shape:?}, but {needed:?} is needed");
                return Err(PyValueError::new_err(text));
            }
        }
        let (low, high) = (position_min_rad.as_array(), position_max_rad.as_array());
        let (speed, offset) = (velocity_max_rad_s.as_array(), offset_rad.as_array());
        let (fixed, tool) = (fixed.as_array(), tool.as_array());
        let joints = (0..dof).map(|joint| JointRange {
            position_min_rad: low[joint],
            position_max_rad: high[joint],
            velocity_max_rad_s: speed[joint],
        });
        let links = (0..dof).map(|joint| Link {
            offset_rad: offset[joint],
            fixed: std::array::from_fn(|row| std::array::from_fn(|column| fixed[[joint, row, column]])),
        });
        let zones = |zones: Vec<([f64; 3], [f64; 3], f64)>| -> Vec<Zone> {
            let zone = |(middle_m, half_m, turn_rad)| Zone {
                middle_m,
                half_m,
                turn_rad,
            };
            zones.into_iter().map(zone).collect()
        };
        let limits = Limits {
            joints: joints.collect(),
            tool_speed_max_m_s,
            keep_in: zones(keep_in_m),
            keep_out: zones(keep_out_m),
            walls: walls_m
                .into_iter()
                .map(|(point_m, normal)| Wall { point_m, normal })
                .collect(),
            chain: Some(Chain {
                links: links.collect(),
                tool: std::array::from_fn(|row| std::array::from_fn(|column| tool[[row, column]])),
            }),
            tolerance: Tolerance {
                position_rad: position_tolerance_rad,
                velocity_rad_s: velocity_tolerance_rad_s,
                tool_speed_m_s: tool_speed_tolerance_m_s,
                zone_m: zone_tolerance_m,
                rest_rad_s,
            },
            times: Times {
                escalate_ns,
                escalate_growing_ns,
                stop_begin_ns,
                stop_end_ns,
                alive_max_ns,
                reading_age_max_ns,
                speed_window_ns,
            },
        };
        let refused = |error: spinal_monitor::LimitError| PyValueError::new_err(error.to_string());
        let limits = Monitor::new(limits.clone()).map(|_| limits).map_err(refused)?;
        if !(1..=60_000_000_000).contains(&silent_max_ns) {
            let text = format!("monitor.silent_max_ms is {silent_max_ns} ns; allowed: more than 0, at most a minute");
            return Err(PyValueError::new_err(text));
        }
        Ok(Self {
            watching: Watching { limits, silent_max_ns },
        })
    }

    /// The tool's origin at these joint positions, by the monitor's own kinematics.
    fn tool_m(&self, position_rad: PyReadonlyArray1<'_, f64>) -> Option<[f64; 3]> {
        let mut position = [0.0; spinal_monitor::JOINTS_MAX];
        let given = position_rad.as_array();
        position.iter_mut().zip(given).for_each(|(to, from)| *to = *from);
        let chain = self.watching.limits.chain.as_ref();
        chain.map(|chain| chain.tool_m(&position))
    }
}

/// What was heard of the monitor, into an entry's dict.
pub fn heard_into(dict: &Bound<'_, PyDict>, body: &[u8]) -> PyResult<bool> {
    let Some(heard) = Heard::decode(body) else {
        return Ok(false);
    };
    dict.set_item("stop", heard.word.stop.name())?;
    dict.set_item("check", heard.word.check.name())?;
    dict.set_item("joint", heard.word.joint)?;
    dict.set_item("value", heard.word.value)?;
    dict.set_item("limit", heard.word.limit)?;
    dict.set_item("since_ns", heard.word.since_ns)?;
    dict.set_item("life", life_name(heard.life as u8))?;
    Ok(true)
}

/// The name of the monitor's life; an unknown number reads as the worst.
pub fn life_name(life: u8) -> &'static str {
    match life {
        number if number == Life::None as u8 => "none",
        number if number == Life::Alive as u8 => "alive",
        _ => "silent",
    }
}
