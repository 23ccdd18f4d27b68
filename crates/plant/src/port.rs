//! The simulated robot behind the robot port: servos, brakes, suction cup, sensors.

use spinal_gate::{Command, DOF_MAX, INPUTS_MAX, Measured, PeopleReading, Power};
use spinal_reflex::{RobotPort, SafeState};

use crate::arrays::Arrays;
use crate::cup::Cup;
use crate::library::Engine;
use crate::noise::Noise;
use crate::person::{PersonSettings, Walker};
use crate::playback::Playback;
use crate::settings::{ACTUATOR_PARAMETERS, PlantError, SceneSettings, Settings, check};

/// Standard gravity, m/s².
const GRAVITY_M_S2: f64 = 9.81;
/// Torque of each brake, N·m. Chosen by hand: above every joint's motor torque.
const BRAKE_NM: f64 = 200.0;
/// Physics that one read may catch up on, ns; what is beyond is skipped and counted. Chosen by hand.
const CATCH_UP_MAX_NS: i64 = 200_000_000;

/// A simulated robot with its cell. `read` steps the physics up to now.
pub struct MujocoPlant {
    settings: Settings,
    engine: Engine,
    arrays: Arrays,
    cup: Cup,
    powered: bool,
    is_cut: bool,
    is_held: bool,
    servo: Vec<[f64; 2]>,
    scale_kg: f64,
    noise: Noise,
    walker: Walker,
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
            cup: Cup::new(&settings),
            settings,
            engine,
            arrays,
            powered: true,
            is_cut: false,
            is_held: false,
            servo,
            scale_kg: 0.0,
            noise: Noise::new(0),
            walker: Walker::new(PersonSettings::default()),
            scene: SceneSettings {
                porosity: Vec::new(),
                suction_force_n: 0.0,
                vacuum_noise: 0.0,
                scale_noise_kg: 0.0,
                seed: 0,
                person: PersonSettings::default(),
            },
            physics_ns: None,
            skipped_ns: 0,
        })
    }

    /// Forgets vacuum, filters and clock after the scene was changed from outside. The next `read` fixes the clock without stepping.
    ///
    /// # Errors
    /// When the scene's person cannot walk as described; nothing is changed then.
    pub fn restart(&mut self, scene: SceneSettings) -> Result<(), PlantError> {
        if !scene.person.is_possible() {
            return Err(PlantError::Setting("person"));
        }
        self.cup.reset(&self.settings, &mut self.arrays);
        (self.is_cut, self.is_held) = (false, false);
        self.apply_power(true);
        self.scale_kg = self.scale_now_kg();
        self.noise = Noise::new(scene.seed);
        self.walker = Walker::new(scene.person.clone());
        self.scene = scene;
        self.physics_ns = None;
        Ok(())
    }

    /// Body that the cup holds: pulled with some vacuum, and sealed.
    #[must_use]
    pub fn held_body(&self) -> Option<usize> {
        self.cup.held_body()
    }

    /// Vacuum level without sensor noise, 0..1.
    #[must_use]
    pub fn vacuum_level(&self) -> f64 {
        self.cup.level()
    }

    /// Physics time that was skipped because the plant could not keep up, ns.
    #[must_use]
    pub fn skipped_ns(&self) -> i64 {
        self.skipped_ns
    }

    /// Sets servo targets, vacuum and power. The vacuum stays on when power goes: a stopped robot does not drop what it holds.
    pub(crate) fn steer(&mut self, position: &[f64], velocity: &[f64], gripper: f64, powered: bool) {
        if self.is_cut {
            return;
        }
        self.cup.is_on = gripper >= 0.5;
        if !powered {
            self.make_safe();
            return;
        }
        self.is_held = false;
        self.apply_power(true);
        self.aim(position, velocity);
    }

    fn aim(&mut self, position: &[f64], velocity: &[f64]) {
        let targets = position.iter().zip(velocity).zip(&self.servo);
        for (joint, ((q, v), [stiffness, damping])) in targets.enumerate() {
            self.arrays.ctrl.set(joint, q + damping / stiffness * v);
        }
    }

    /// The safe state: brakes on, or held by the servos where it stands. The vacuum stays as it is.
    pub(crate) fn make_safe(&mut self) {
        match self.settings.safe_state {
            SafeState::PowerOffWithBrakes => self.apply_power(false),
            SafeState::HoldPowered if self.is_held => {}
            SafeState::HoldPowered => {
                self.is_held = true;
                for joint in 0..self.settings.dof {
                    self.arrays.ctrl.set(joint, self.arrays.qpos.get(joint));
                }
            }
        }
    }

    /// Goes on where `other`, a plant of the same model, stands: arm, servo targets, brakes, clock and the person. Vacuum and scene stay
    /// its own.
    pub(crate) fn take_over(&mut self, other: &MujocoPlant) {
        for joint in 0..self.settings.dof {
            self.arrays.qpos.set(joint, other.arrays.qpos.get(joint));
            self.arrays.qvel.set(joint, other.arrays.qvel.get(joint));
            self.arrays.ctrl.set(joint, other.arrays.ctrl.get(joint));
        }
        self.cup.is_on = other.cup.is_on;
        self.walker = other.walker.clone();
        (self.is_cut, self.is_held) = (other.is_cut, other.is_held);
        self.apply_power(other.powered);
        self.physics_ns = other.physics_ns;
        self.skipped_ns += other.skipped_ns;
    }

    /// Number of joints.
    #[must_use]
    pub fn dof(&self) -> usize {
        self.settings.dof
    }

    /// Copies where the figure of the person is (m) into `out`: nothing when the model has none.
    pub(crate) fn copy_person(&self, out: &mut Vec<f64>) {
        out.clear();
        out.extend((0..self.arrays.mocap_pos.len()).map(|i| self.arrays.mocap_pos.get(i)));
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

    /// Steps the physics up to now, as `read` does, but each step goes for what `playback` has for its end.
    pub(crate) fn read_played(&mut self, now_ns: i64, playback: &Playback) -> Measured {
        self.advance(now_ns, |plant, end_ns| {
            if !plant.is_cut
                && let Some(target) = playback.at(end_ns)
            {
                plant.aim(&target.position_rad, &target.velocity_rad_s);
            }
        })
    }

    fn advance(&mut self, now_ns: i64, before_step: impl Fn(&mut Self, i64)) -> Measured {
        let mut physics_ns = self.physics_ns.unwrap_or(now_ns);
        if now_ns - physics_ns > CATCH_UP_MAX_NS {
            self.skipped_ns += now_ns - physics_ns - CATCH_UP_MAX_NS;
            physics_ns = now_ns - CATCH_UP_MAX_NS;
        }
        // The figure is only drawn: it touches nothing.
        if let Some(foot_m) = self.walker.foot_m(now_ns) {
            self.arrays.mocap_pos.set_row(0, foot_m);
        }
        while physics_ns + self.settings.step_ns <= now_ns {
            physics_ns += self.settings.step_ns;
            before_step(self, physics_ns);
            self.step();
        }
        self.physics_ns = Some(physics_ns);
        self.measure(physics_ns)
    }

    fn step(&mut self) {
        self.cup
            .advance(&self.engine, &self.settings, &self.scene, &mut self.arrays);
        self.engine.step();
        let period_s = self.settings.step_ns as f64 * 1e-9;
        let share = 1.0 - (-period_s / self.settings.scale_filter_s).exp();
        self.scale_kg += share * (self.scale_now_kg() - self.scale_kg);
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
        let vacuum = self.cup.level() + self.noise.normal() * self.scene.vacuum_noise;
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
        self.advance(now_ns, |_, _| {})
    }

    fn see(&mut self, now_ns: i64) -> Option<PeopleReading> {
        self.walker.see(now_ns)
    }

    fn cut(&mut self, is_cut: bool) {
        self.is_cut = is_cut;
        if is_cut {
            self.make_safe();
        }
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
