//! The joint layer: what moves at this tick.

use spinal_arm::ArmModel;

use crate::motion::{self, Aim};
use crate::stop::{Bounds, State, Stop};
use crate::{Command, ConfigError, DOF_MAX, Mode, Power, Profile};

/// Where the joints should be at this tick, and how they should be moving there. Joint arrays hold `dof` values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    /// rad.
    pub position_rad: [f64; DOF_MAX],
    /// rad/s.
    pub velocity_rad_s: [f64; DOF_MAX],
    /// rad/s².
    pub acceleration_rad_s2: [f64; DOF_MAX],
    /// The range (rad) that the rest of the path stays in: the motion does not swing out of it, even where the path asks for more than the
    /// limits allow.
    pub low_rad: [f64; DOF_MAX],
    /// Its other end, rad.
    pub high_rad: [f64; DOF_MAX],
    /// 0..1.
    pub gripper: f64,
}

/// The joint layer of the gate. Its promise: **a stop that has been verified against every limit is always ready, and a state from
/// which there is none is never commanded.**
///
/// At each tick a motion towards the wish is tried, joint by joint. It passes when, from the state that it leads to, a stop in
/// whole ticks exists that keeps position, velocity, acceleration and jerk inside their limits; that stop is then stored. Otherwise
/// the joint goes one tick along the stop stored before. By induction every joint can always stop.
///
/// Torque is looked at where an arm model is given: when the motion tried needs more than a joint's limit, all joints go along
/// their stored stops instead. A stop is never refused for its torque, so that braking cannot be forbidden.
///
/// The promise is about the command. How far the robot is from it is watched by the reflex (`tracking_error_max_rad`).
#[derive(Clone, Debug)]
pub struct Gate {
    joints: Vec<Joint>,
    arm: Option<ArmModel>,
    dt_s: f64,
    follow_rad_s: f64,
    state: JointArrays,
    torque_nm: [f64; DOF_MAX],
    gripper: f64,
    power: Power,
    limited: bool,
}

#[derive(Clone, Debug)]
struct Joint {
    bounds: Bounds,
    torque_max_nm: f64,
    state: State,
    stop: Stop,
    tried: (State, Stop),
}

#[derive(Clone, Copy, Debug)]
struct JointArrays {
    position_rad: [f64; DOF_MAX],
    velocity_rad_s: [f64; DOF_MAX],
    acceleration_rad_s2: [f64; DOF_MAX],
}

/// The bounds are tighter than the profile by this share (and by as many rad), ten times what rounding can add.
const HAIR: f64 = 1e-8;

impl Gate {
    /// A gate that holds this profile, without power until [`Gate::start_at`]. `follow_rad_s` is the bandwidth at which small differences
    /// to the wish are closed.
    ///
    /// # Errors
    /// What in the profile cannot be held, or an arm model with another number of joints.
    pub fn new(profile: &Profile, arm: Option<ArmModel>, follow_rad_s: f64) -> Result<Self, ConfigError> {
        profile.check()?;
        let dof = profile.dof();
        if let Some(model) = arm.as_ref().filter(|model| model.dof() != dof) {
            return Err(ConfigError::new(
                "joints",
                format!("{dof} joints"),
                format!("{} as the arm has", model.dof()),
            ));
        }
        let dt_s = profile.period_s();
        if !(follow_rad_s > 0.0 && follow_rad_s * dt_s <= 0.3) {
            let allowed = format!("more than 0, at most {} rad/s at this period", 0.3 / dt_s);
            return Err(ConfigError::new("follow_rad_s", follow_rad_s, allowed));
        }
        let joints = profile.joints.iter().map(|limits| Joint {
            bounds: Bounds::new(
                (limits.position_min_rad + HAIR, limits.position_max_rad - HAIR),
                limits.velocity_max_rad_s * (1.0 - HAIR),
                limits.acceleration_max_rad_s2 * (1.0 - HAIR),
                limits.jerk_max_rad_s3 * (1.0 - HAIR),
                dt_s,
            ),
            torque_max_nm: limits.torque_max_nm,
            state: State::default(),
            stop: Stop::default(),
            tried: (State::default(), Stop::default()),
        });
        Ok(Self {
            joints: joints.collect(),
            arm,
            dt_s,
            follow_rad_s,
            state: JointArrays {
                position_rad: [0.0; DOF_MAX],
                velocity_rad_s: [0.0; DOF_MAX],
                acceleration_rad_s2: [0.0; DOF_MAX],
            },
            torque_nm: [0.0; DOF_MAX],
            gripper: 0.0,
            power: Power::Off,
            limited: false,
        })
    }

    /// Takes power on, at rest at these positions. True when every joint is inside its limits; otherwise nothing changes.
    pub fn start_at(&mut self, position_rad: &[f64; DOF_MAX]) -> bool {
        let inside = |(joint, &at): (&Joint, &f64)| joint.bounds.low_rad <= at && at <= joint.bounds.high_rad;
        if !self.joints.iter().zip(position_rad).all(inside) {
            return false;
        }
        for (joint, &at) in self.joints.iter_mut().zip(position_rad) {
            joint.state = State::at(at);
        }
        self.rest();
        self.power = Power::On;
        true
    }

    /// One tick. In `Track` the joints move towards the wish; in every other mode, or without a usable wish, they go along their verified
    /// stops. SS1 takes power off once they rest, STO at once; then only [`Gate::start_at`] gives it back.
    pub fn step(&mut self, wish: Option<&Wish>, mode: Mode, at_ns: i64) -> Command {
        self.limited = false;
        if mode == Mode::Sto || (mode == Mode::Ss1 && self.is_at_rest()) {
            self.power = Power::Off;
        }
        if self.power == Power::Off {
            self.rest();
            return self.command(if mode == Mode::Ss1 { Mode::Ss1 } else { Mode::Sto }, at_ns);
        }
        match wish.filter(|wish| mode == Mode::Track && wish.is_finite()) {
            Some(wish) => {
                self.gripper = wish.gripper;
                self.follow(wish);
            }
            None => self.stop(),
        }
        self.publish();
        self.command(mode, at_ns)
    }

    fn follow(&mut self, wish: &Wish) {
        let aims = wish
            .position_rad
            .iter()
            .zip(&wish.velocity_rad_s)
            .zip(&wish.acceleration_rad_s2);
        let aims = aims.zip(wish.low_rad.iter().zip(&wish.high_rad));
        for (joint, (((&position, &velocity), &acceleration), (&low, &high))) in self.joints.iter_mut().zip(aims) {
            let aim = Aim {
                position,
                velocity,
                acceleration,
                range: (low, high),
            };
            let next = joint.state.after_tick(
                motion::towards(&joint.state, &aim, &joint.bounds, self.follow_rad_s),
                self.dt_s,
            );
            joint.tried = joint.verified(next).unwrap_or_else(|| {
                self.limited = true;
                joint.stopped(self.dt_s)
            });
        }
        if !self.torque_is_inside() {
            self.limited = true;
            self.stop();
            return;
        }
        for joint in &mut self.joints {
            (joint.state, joint.stop) = joint.tried;
        }
    }

    /// Nothing moves that is not driven.
    fn rest(&mut self) {
        for joint in &mut self.joints {
            joint.state = State::at(joint.state.position);
            joint.stop = Stop::at_rest(joint.state.position);
        }
        self.publish();
    }

    fn stop(&mut self) {
        for joint in &mut self.joints {
            (joint.state, joint.stop) = joint.stopped(self.dt_s);
            joint.tried = (joint.state, joint.stop);
        }
        let _ = self.torque_is_inside(); // The feed-forward torque is still wanted; a stop is not refused for it.
    }

    /// The torque that the tried states need, and whether every joint can give it. True without an arm model.
    fn torque_is_inside(&mut self) -> bool {
        let Some(arm) = &self.arm else { return true };
        let mut tried = [[0.0; DOF_MAX]; 3];
        let [q, qd, qdd] = &mut tried;
        for (((joint, q), qd), qdd) in self.joints.iter().zip(q).zip(qd).zip(qdd) {
            (*q, *qd, *qdd) = (
                joint.tried.0.position,
                joint.tried.0.velocity,
                joint.tried.0.acceleration,
            );
        }
        let [q, qd, qdd] = &tried;
        self.torque_nm = arm.inverse_dynamics(q, qd, qdd);
        self.joints
            .iter()
            .zip(&self.torque_nm)
            .all(|(joint, torque)| torque.abs() <= joint.torque_max_nm)
    }

    fn publish(&mut self) {
        let arrays = &mut self.state;
        let out = arrays
            .position_rad
            .iter_mut()
            .zip(&mut arrays.velocity_rad_s)
            .zip(&mut arrays.acceleration_rad_s2);
        for (joint, ((position, velocity), acceleration)) in self.joints.iter().zip(out) {
            (*position, *velocity, *acceleration) =
                (joint.state.position, joint.state.velocity, joint.state.acceleration);
        }
    }

    fn command(&self, mode: Mode, at_ns: i64) -> Command {
        let mut command = Command {
            at_ns,
            position_rad: self.state.position_rad,
            velocity_rad_s: self.state.velocity_rad_s,
            acceleration_rad_s2: self.state.acceleration_rad_s2,
            torque_nm: [0.0; DOF_MAX],
            gripper: self.gripper,
            mode,
            power: self.power,
        };
        if self.power == Power::On {
            self.set_torque(&mut command, &self.torque_nm);
        }
        command
    }

    /// The same command with these torques, for a port that takes torque. Each is held within the joint's limit; when one is not finite,
    /// or the power is off, the command's own torques stay.
    #[must_use]
    pub fn with_torque(&self, command: &Command, torque_nm: &[f64; DOF_MAX]) -> Command {
        let mut command = *command;
        let finite = torque_nm
            .iter()
            .take(self.joints.len())
            .all(|torque| torque.is_finite());
        if finite && command.power == Power::On {
            self.set_torque(&mut command, torque_nm);
        }
        command
    }

    fn set_torque(&self, command: &mut Command, torque_nm: &[f64; DOF_MAX]) {
        for ((out, joint), &torque) in command.torque_nm.iter_mut().zip(&self.joints).zip(torque_nm) {
            *out = if torque.is_finite() {
                torque.clamp(-joint.torque_max_nm, joint.torque_max_nm)
            } else {
                0.0
            };
        }
    }

    /// Whether every joint is commanded to rest exactly.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.joints.iter().all(|joint| joint.state.is_at_rest())
    }

    /// Whether the drives may have power.
    #[must_use]
    pub fn power(&self) -> Power {
        self.power
    }

    /// Whether at the last tick a joint went along its stored stop because what was wished for had none.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.limited
    }

    /// Commanded positions, rad.
    #[must_use]
    pub fn position_rad(&self) -> &[f64; DOF_MAX] {
        &self.state.position_rad
    }

    /// Commanded velocities, rad/s.
    #[must_use]
    pub fn velocity_rad_s(&self) -> &[f64; DOF_MAX] {
        &self.state.velocity_rad_s
    }

    /// Commanded accelerations, rad/s².
    #[must_use]
    pub fn acceleration_rad_s2(&self) -> &[f64; DOF_MAX] {
        &self.state.acceleration_rad_s2
    }

    /// Commanded gripper, 0..1.
    #[must_use]
    pub fn gripper(&self) -> f64 {
        self.gripper
    }
}

impl Joint {
    /// The state with the stop that proves it viable, if there is one.
    fn verified(&self, next: State) -> Option<(State, Stop)> {
        let jerk = (next.acceleration - self.state.acceleration) / self.bounds.dt_s;
        let within = jerk.abs() <= self.bounds.jerk;
        Stop::plan(&next, &self.bounds)
            .filter(|_| within)
            .map(|stop| (next, stop))
    }

    /// One tick along the stored stop.
    fn stopped(&self, dt_s: f64) -> (State, Stop) {
        let mut stop = self.stop;
        let state = stop.advance(&self.state, dt_s);
        (state, stop)
    }
}

impl Default for Wish {
    /// Everything zero.
    fn default() -> Self {
        let zero = [0.0; DOF_MAX];
        Self {
            position_rad: zero,
            velocity_rad_s: zero,
            acceleration_rad_s2: zero,
            low_rad: zero,
            high_rad: zero,
            gripper: 0.0,
        }
    }
}

impl Wish {
    /// To stand at these positions.
    #[must_use]
    pub fn at(position_rad: [f64; DOF_MAX]) -> Self {
        Self {
            position_rad,
            low_rad: position_rad,
            high_rad: position_rad,
            ..Self::default()
        }
    }

    fn is_finite(&self) -> bool {
        let finite = |values: &[f64; DOF_MAX]| values.iter().all(|value| value.is_finite());
        finite(&self.position_rad)
            && finite(&self.velocity_rad_s)
            && finite(&self.acceleration_rad_s2)
            && finite(&self.low_rad)
            && finite(&self.high_rad)
            && (0.0..=1.0).contains(&self.gripper)
    }
}
