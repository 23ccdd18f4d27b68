//! The simulated robot behind the robot port: servos, brakes, suction cup, sensors.

use std::fmt;

use spinal_gate::{Command, DOF_MAX, INPUTS_MAX, Measured, Power};
use spinal_reflex::RobotPort;

use crate::arrays::Arrays;
use crate::library::{Engine, PlacedGeom};
use crate::noise::Noise;
use crate::suction::{LIPS, Seal, Suction, SuctionSettings, leak_of};

/// Standard gravity, m/s².
const GRAVITY_M_S2: f64 = 9.81;
/// The lip rays start this far inside the cup, m, so that a pressed-in surface is still hit from outside.
const RAY_BACK_M: f64 = 0.010;
/// Geoms further than this from the lip are not looked at, m.
const RAY_REACH_M: f64 = 0.030;
/// Number of parameters an actuator has (`mjNGAIN`, `mjNBIAS`).
const ACTUATOR_PARAMETERS: usize = 10;
/// Torque of each brake, N·m. Chosen by hand: above every joint's motor torque.
const BRAKE_NM: f64 = 200.0;
/// Physics that one read may catch up on, ns; what is beyond is skipped and counted. Chosen by hand.
const CATCH_UP_MAX_NS: i64 = 200_000_000;

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
}

/// A simulated robot with its cell. `read` steps the physics up to now.
pub struct MujocoPlant {
    settings: Settings,
    engine: Engine,
    arrays: Arrays,
    suction: Suction,
    seal: Seal,
    pulled: Option<usize>,
    vacuum_on: bool,
    powered: bool,
    servo: Vec<[f64; 2]>,
    scale_kg: f64,
    noise: Noise,
    scene: SceneSettings,
    physics_ns: Option<i64>,
    skipped_ns: i64,
}

impl MujocoPlant {
    /// A plant on this model and data.
    ///
    /// # Errors
    /// When an array does not fit the settings, or a setting is out of range.
    pub fn new(engine: Engine, arrays: Arrays, settings: Settings) -> Result<Self, PlantError> {
        check(&settings, &arrays)?;
        let servo = (0..settings.dof)
            .map(|joint| {
                let stiffness = arrays.actuator_gainprm.get(joint * ACTUATOR_PARAMETERS);
                let damping = -arrays.actuator_biasprm.get(joint * ACTUATOR_PARAMETERS + 2);
                [stiffness, damping]
            })
            .collect();
        Ok(Self {
            suction: Suction::new(settings.suction),
            settings,
            engine,
            arrays,
            seal: Seal::OPEN,
            pulled: None,
            vacuum_on: false,
            powered: true,
            servo,
            scale_kg: 0.0,
            noise: Noise::new(0),
            scene: SceneSettings {
                porosity: Vec::new(),
                suction_force_n: 0.0,
                vacuum_noise: 0.0,
                scale_noise_kg: 0.0,
                seed: 0,
            },
            physics_ns: None,
            skipped_ns: 0,
        })
    }

    /// Forgets vacuum, filters and clock after the scene was changed from outside. The next `read` fixes the clock without stepping.
    pub fn restart(&mut self, scene: SceneSettings) {
        self.pull(None, [0.0; 3], [0.0; 3], 0.0);
        self.suction = Suction::new(self.settings.suction);
        self.seal = Seal::OPEN;
        self.vacuum_on = false;
        self.apply_power(true);
        self.scale_kg = self.scale_now_kg();
        self.noise = Noise::new(scene.seed);
        self.scene = scene;
        self.physics_ns = None;
    }

    /// Body that the cup holds: pulled with some vacuum, and sealed.
    #[must_use]
    pub fn held_body(&self) -> Option<usize> {
        self.seal.body.filter(|_| self.suction.level() > 0.2)
    }

    /// Vacuum level without sensor noise, 0..1.
    #[must_use]
    pub fn vacuum_level(&self) -> f64 {
        self.suction.level()
    }

    /// Physics time that was skipped because the plant could not keep up, ns.
    #[must_use]
    pub fn skipped_ns(&self) -> i64 {
        self.skipped_ns
    }

    /// Sets servo targets, vacuum and power. The vacuum stays on when power goes: a stopped robot does not drop what it holds.
    pub(crate) fn steer(&mut self, position: &[f64], velocity: &[f64], gripper: f64, powered: bool) {
        self.vacuum_on = gripper >= 0.5;
        self.apply_power(powered);
        let targets = position.iter().zip(velocity).zip(&self.servo);
        for (joint, ((q, v), [stiffness, damping])) in targets.enumerate() {
            self.arrays.ctrl.set(joint, q + damping / stiffness * v);
        }
    }

    /// Puts the brakes on; the vacuum stays as it is.
    pub(crate) fn brake(&mut self) {
        self.apply_power(false);
    }

    /// Goes on where `other`, a plant of the same model, stands: arm, servo targets, brakes and clock. Vacuum and scene stay its own.
    pub(crate) fn take_over(&mut self, other: &MujocoPlant) {
        for joint in 0..self.settings.dof {
            self.arrays.qpos.set(joint, other.arrays.qpos.get(joint));
            self.arrays.qvel.set(joint, other.arrays.qvel.get(joint));
            self.arrays.ctrl.set(joint, other.arrays.ctrl.get(joint));
        }
        self.vacuum_on = other.vacuum_on;
        self.apply_power(other.powered);
        self.physics_ns = other.physics_ns;
        self.skipped_ns += other.skipped_ns;
    }

    /// Number of joints.
    #[must_use]
    pub fn dof(&self) -> usize {
        self.settings.dof
    }

    /// Copies all positions of the model into `out`, which takes their number.
    pub(crate) fn copy_positions(&self, out: &mut Vec<f64>) {
        out.clear();
        out.extend((0..self.arrays.qpos.len()).map(|i| self.arrays.qpos.get(i)));
    }

    /// Servos and brakes: with power off the motors give no torque and the brakes hold by friction.
    fn apply_power(&mut self, powered: bool) {
        if powered == self.powered {
            return;
        }
        self.powered = powered;
        for (joint, &[stiffness, damping]) in self.servo.iter().enumerate() {
            let first = joint * ACTUATOR_PARAMETERS;
            let (k, d) = if powered { (stiffness, damping) } else { (0.0, 0.0) };
            self.arrays.actuator_gainprm.set(first, k);
            self.arrays.actuator_biasprm.set(first + 1, -k);
            self.arrays.actuator_biasprm.set(first + 2, -d);
            self.arrays
                .dof_frictionloss
                .set(joint, if powered { 0.0 } else { BRAKE_NM });
        }
    }

    fn step(&mut self) {
        let rotation: [f64; 9] = self.arrays.xmat.row(self.settings.cup_body);
        let origin: [f64; 3] = self.arrays.xpos.row(self.settings.cup_body);
        let axis = [rotation[2], rotation[5], rotation[8]];
        let lip = add(origin, axis, self.settings.lip_offset_m);
        if self.vacuum_on || self.suction.level() > 0.0 {
            self.seal = self.feel(&rotation, axis, lip);
            let period_s = self.settings.step_ns as f64 * 1e-9;
            self.suction.advance(self.vacuum_on, &self.seal, period_s);
            self.pull(
                self.seal.body,
                axis,
                lip,
                self.suction.level() * self.scene.suction_force_n,
            );
        } else {
            self.seal = Seal::OPEN;
            self.pull(None, axis, lip, 0.0);
        }
        self.engine.step();
        let period_s = self.settings.step_ns as f64 * 1e-9;
        let share = 1.0 - (-period_s / self.settings.scale_filter_s).exp();
        self.scale_kg += share * (self.scale_now_kg() - self.scale_kg);
    }

    /// Rays from the lip to what is below it.
    fn feel(&self, rotation: &[f64; 9], axis: [f64; 3], lip: [f64; 3]) -> Seal {
        let (u, w) = (
            [rotation[0], rotation[3], rotation[6]],
            [rotation[1], rotation[4], rotation[7]],
        );
        let mut nearest = [None::<(f64, usize)>; LIPS];
        for (index, &geom) in self.settings.surfaces.iter().enumerate() {
            let centre: [f64; 3] = self.arrays.geom_xpos.row(geom);
            let bound = self.arrays.geom_rbound.get(geom) + self.settings.lip_radius_m + RAY_REACH_M;
            let apart: f64 = centre.iter().zip(&lip).map(|(a, b)| (a - b) * (a - b)).sum();
            let is_near = apart <= bound * bound;
            if !is_near {
                continue;
            }
            let placed = PlacedGeom {
                position_m: centre,
                rotation: self.arrays.geom_xmat.row(geom),
                size_m: self.arrays.geom_size.row(geom),
                kind: self.arrays.geom_type.get(geom),
            };
            for (i, slot) in nearest.iter_mut().enumerate() {
                let (sine, cosine) = (std::f64::consts::TAU * i as f64 / LIPS as f64).sin_cos();
                let edge = add(
                    add(lip, u, self.settings.lip_radius_m * cosine),
                    w,
                    self.settings.lip_radius_m * sine,
                );
                if let Some(distance) = self.engine.ray(&placed, &add(edge, axis, -RAY_BACK_M), &axis)
                    && distance < slot.map_or(RAY_BACK_M + RAY_REACH_M, |(found, _)| found)
                {
                    *slot = Some((distance, index));
                }
            }
        }
        self.judge(&nearest)
    }

    /// The lip's seal on the surface that closes most of it; parts of the lip over other surfaces leak.
    fn judge(&self, nearest: &[Option<(f64, usize)>; LIPS]) -> Seal {
        let suction = &self.settings.suction;
        let closed_by = |index: usize| -> f64 {
            let hits = nearest.iter().flatten().filter(|(_, hit)| *hit == index);
            hits.map(|(distance, _)| 1.0 - leak_of(Some(distance - RAY_BACK_M), suction))
                .sum()
        };
        let mut best = (0.0, None);
        for (_, index) in nearest.iter().flatten() {
            let closed = closed_by(*index);
            if closed > best.0 {
                best = (closed, Some(*index));
            }
        }
        let Some((index, &geom)) = best
            .1
            .and_then(|index| Some((index, self.settings.surfaces.get(index)?)))
        else {
            return Seal::OPEN;
        };
        let porosity = self.scene.porosity.get(index).copied().unwrap_or(0.0);
        Seal {
            leak: (1.0 - best.0 / LIPS as f64 + porosity).clamp(0.0, 1.0),
            body: usize::try_from(self.arrays.geom_bodyid.get(geom)).ok(),
        }
    }

    /// Pulls `body` and the cup towards each other with `force_n` at the lip; what was pulled before is let go.
    fn pull(&mut self, body: Option<usize>, axis: [f64; 3], lip: [f64; 3], force_n: f64) {
        if let Some(before) = self.pulled.take() {
            self.arrays.xfrc_applied.set_row(before, [0.0; 6]);
            self.arrays.xfrc_applied.set_row(self.settings.cup_body, [0.0; 6]);
        }
        let Some(body) = body.filter(|_| force_n > 0.0) else {
            return;
        };
        self.push(body, lip, axis.map(|a| -a * force_n));
        self.push(self.settings.cup_body, lip, axis.map(|a| a * force_n));
        self.pulled = Some(body);
    }

    /// Applies `force_n` at point `at` of a body (MuJoCo wants force and torque at the centre of mass, in the world).
    fn push(&mut self, body: usize, at: [f64; 3], force_n: [f64; 3]) {
        let centre: [f64; 3] = self.arrays.xipos.row(body);
        let arm = [at[0] - centre[0], at[1] - centre[1], at[2] - centre[2]];
        let [fx, fy, fz] = force_n;
        let torque = [
            arm[1] * fz - arm[2] * fy,
            arm[2] * fx - arm[0] * fz,
            arm[0] * fy - arm[1] * fx,
        ];
        self.arrays
            .xfrc_applied
            .set_row(body, [fx, fy, fz, torque[0], torque[1], torque[2]]);
    }

    /// What the scale's spring carries beyond the empty tote, kg. The spring stays compressed while everything on it sleeps.
    fn scale_now_kg(&self) -> f64 {
        -self.arrays.qpos.get(self.settings.scale_joint) * self.settings.scale_stiffness_n_m / GRAVITY_M_S2
            - self.settings.scale_tare_kg
    }

    fn measure(&mut self, at_ns: i64) -> Measured {
        let joints = |array: &crate::Array<f64>| -> [f64; DOF_MAX] {
            std::array::from_fn(|joint| {
                if joint < self.settings.dof {
                    array.get(joint)
                } else {
                    0.0
                }
            })
        };
        let (position_rad, velocity_rad_s) = (joints(&self.arrays.qpos), joints(&self.arrays.qvel));
        let torque_nm = if self.powered {
            joints(&self.arrays.qfrc_actuator)
        } else {
            [0.0; DOF_MAX]
        };
        let mut inputs = [0.0; INPUTS_MAX];
        let vacuum = self.suction.level() + self.noise.normal() * self.scene.vacuum_noise;
        inputs[0] = vacuum.clamp(0.0, 1.0);
        inputs[1] = self.scale_kg + self.noise.normal() * self.scene.scale_noise_kg;
        Measured {
            at_ns,
            position_rad,
            velocity_rad_s,
            torque_nm,
            inputs,
        }
    }
}

impl RobotPort for MujocoPlant {
    fn read(&mut self, now_ns: i64) -> Measured {
        let mut physics_ns = self.physics_ns.unwrap_or(now_ns);
        if now_ns - physics_ns > CATCH_UP_MAX_NS {
            self.skipped_ns += now_ns - physics_ns - CATCH_UP_MAX_NS;
            physics_ns = now_ns - CATCH_UP_MAX_NS;
        }
        while physics_ns + self.settings.step_ns <= now_ns {
            self.step();
            physics_ns += self.settings.step_ns;
        }
        self.physics_ns = Some(physics_ns);
        self.measure(physics_ns)
    }

    fn write(&mut self, command: &Command) {
        let powered = command.power() == Power::On;
        self.steer(
            command.position_rad(),
            command.velocity_rad_s(),
            command.gripper(),
            powered,
        );
    }
}

fn add(from: [f64; 3], direction: [f64; 3], length: f64) -> [f64; 3] {
    std::array::from_fn(|i| from[i] + direction[i] * length)
}

fn check(settings: &Settings, arrays: &Arrays) -> Result<(), PlantError> {
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
