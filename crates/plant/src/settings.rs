//! What the plant is told about the model and the scene, checked once.

use std::fmt;

use spinal_gate::DOF_MAX;
use spinal_reflex::SafeState;

use crate::arrays::Arrays;
use crate::person::PersonSettings;
use crate::suction::SuctionSettings;

/// Number of parameters an actuator has (`mjNGAIN`, `mjNBIAS`).
pub(crate) const ACTUATOR_PARAMETERS: usize = 10;

/// What the plant must know of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Number of arm joints; they are the first degrees of freedom and the first actuators of the model.
    pub dof: usize,
    /// Length of one physics step, ns.
    pub step_ns: i64,
    /// The suction cup's body.
    pub cup_body: usize,
    /// From the cup body's origin to the middle of the lip, along the body's z, m.
    pub lip_offset_m: f64,
    /// Radius of the lip, m.
    pub lip_radius_m: f64,
    /// Geoms that the cup can seal on.
    pub surfaces: Vec<usize>,
    /// Position of the scale's joint in `qpos`.
    pub scale_joint: usize,
    /// Stiffness of the scale's spring, N/m.
    pub scale_stiffness_n_m: f64,
    /// What the scale shows with nothing in the tote is taken off, kg.
    pub scale_tare_kg: f64,
    /// Time constant of the scale's low-pass filter, s.
    pub scale_filter_s: f64,
    /// The cup and its ejector.
    pub suction: SuctionSettings,
    /// What the robot does when it may not have power, or hears nothing.
    pub safe_state: SafeState,
}

/// Why the plant cannot be made.
#[derive(Clone, Debug, PartialEq)]
pub enum PlantError {
    /// An array is shorter than the settings need: its name, its length, what is needed.
    Array(&'static str, usize, usize),
    /// A setting is out of range: its name.
    Setting(&'static str),
}

impl fmt::Display for PlantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Array(name, found, needed) => {
                write!(
                    f,
                    "the array {name} has {found} elements, but {needed} are needed; pass it whole"
                )
            }
            Self::Setting(name) => write!(f, "the plant's setting {name} is out of range"),
        }
    }
}

impl std::error::Error for PlantError {}

/// What a scene changes in the plant.
#[derive(Clone, Debug, PartialEq)]
pub struct SceneSettings {
    /// Porosity of each surface, in the order of [`Settings::surfaces`]: what leaks through it, as a share of an open lip.
    pub porosity: Vec<f64>,
    /// Pull at full vacuum, N.
    pub suction_force_n: f64,
    /// Standard deviation of the vacuum sensor, in levels.
    pub vacuum_noise: f64,
    /// Standard deviation of the scale, kg.
    pub scale_noise_kg: f64,
    /// Seed of both.
    pub seed: u64,
    /// The person, and the scanner that looks for people.
    pub person: PersonSettings,
}

/// Whether the arrays hold what the settings name.
pub(crate) fn check(settings: &Settings, arrays: &Arrays) -> Result<(), PlantError> {
    let dof = settings.dof;
    if !(1..=DOF_MAX).contains(&dof) {
        return Err(PlantError::Setting("dof"));
    }
    if settings.step_ns <= 0 {
        return Err(PlantError::Setting("step_ns"));
    }
    for (name, value) in [
        ("lip_radius_m", settings.lip_radius_m),
        ("scale_stiffness_n_m", settings.scale_stiffness_n_m),
        ("scale_filter_s", settings.scale_filter_s),
    ] {
        if !(value.is_finite() && value > 0.0) {
            return Err(PlantError::Setting(name));
        }
    }
    let bodies = arrays.xipos.len() / 3;
    let geoms = settings.surfaces.iter().map(|geom| geom + 1).max().unwrap_or(0);
    for (name, found, needed) in [
        ("qpos", arrays.qpos.len(), dof.max(settings.scale_joint + 1)),
        ("qvel", arrays.qvel.len(), dof),
        ("ctrl", arrays.ctrl.len(), dof),
        ("qfrc_actuator", arrays.qfrc_actuator.len(), dof),
        ("dof_frictionloss", arrays.dof_frictionloss.len(), dof),
        ("xpos", arrays.xpos.len(), 3 * (settings.cup_body + 1)),
        ("xmat", arrays.xmat.len(), 9 * (settings.cup_body + 1)),
        ("xipos", arrays.xipos.len(), 3 * (settings.cup_body + 1)),
        ("xfrc_applied", arrays.xfrc_applied.len(), 6 * bodies),
        ("geom_xpos", arrays.geom_xpos.len(), 3 * geoms),
        ("geom_xmat", arrays.geom_xmat.len(), 9 * geoms),
        ("geom_size", arrays.geom_size.len(), 3 * geoms),
        ("geom_rbound", arrays.geom_rbound.len(), geoms),
        ("geom_type", arrays.geom_type.len(), geoms),
        ("geom_bodyid", arrays.geom_bodyid.len(), geoms),
        (
            "actuator_gainprm",
            arrays.actuator_gainprm.len(),
            ACTUATOR_PARAMETERS * dof,
        ),
        (
            "actuator_biasprm",
            arrays.actuator_biasprm.len(),
            ACTUATOR_PARAMETERS * dof,
        ),
    ] {
        if found < needed {
            return Err(PlantError::Array(name, found, needed));
        }
    }
    Ok(())
}
