//! What moves at this tick.

use spinal_arm::ArmModel;

use crate::gentleness::Gentleness;
use crate::joint::Joint;
use crate::motion::Aim;
use crate::path::PathCheck;
use crate::quartet::Quartet;
use crate::whole;
use crate::{
    Check, Command, ConfigError, DOF_MAX, Limited, Mode, People, PeopleReading, Power, Profile, StopFacts, WHOLE, Wish,
};

/// What decides at every tick. Its promise: **a stop that has been verified against every limit is always ready, and a state from
/// which there is none is never commanded.**
///
/// *Joint layer.* A motion towards the wish is tried, joint by joint. It passes when, from the state that it leads to, a stop in
/// whole ticks exists that keeps position, velocity, acceleration and jerk inside their limits; that stop is then stored. Otherwise
/// the joint goes one tick along the stop stored before. By induction every joint can always stop.
///
/// *Arm layer*, where an arm model is given, at up to 10 kHz. The stops of all joints together are one path in time. It is walked from
/// the candidate to rest; torques and what else is limited for the whole arm must hold all along. If they do not, a gentler or quicker
/// stop and then half the motion are tried; at last the whole arm goes along the path that was verified at the tick before. So braking
/// is never forbidden, and it ends on ground that was looked at. Above 10 kHz only the candidate's own torque is looked at.
///
/// The promise is about the command. How far the robot is from it is watched by the reflex (`tracking_error_max_rad`).
#[derive(Clone, Debug)]
pub struct Gate {
    joints: Vec<Joint>,
    /// The same joints, four at a time.
    quartets: Vec<Quartet>,
    path: Option<PathCheck>,
    gentleness: Gentleness,
    follow_rad_s: f64,
    state: JointArrays,
    torque_nm: [f64; DOF_MAX],
    gripper: f64,
    power: Power,
    limited: Option<Limited>,
    now_ns: i64,
}

#[cfg(feature = "seeded-bugs")]
#[path = "seeded_step.rs"]
mod seeded_step;

#[derive(Clone, Copy, Debug)]
struct JointArrays {
    position_rad: [f64; DOF_MAX],
    velocity_rad_s: [f64; DOF_MAX],
    acceleration_rad_s2: [f64; DOF_MAX],
}

impl Gate {
    /// A gate that holds this profile, without power until [`Gate::start_at`]. `follow_rad_s` is the bandwidth at which small differences
    /// to the wish are closed.
    ///
    /// # Errors
    /// What in the profile cannot be held, or an arm model with another number of joints.
    pub fn new(profile: &Profile, arm: Option<ArmModel>, follow_rad_s: f64) -> Result<Self, ConfigError> {
        profile.check()?;
        #[cfg(feature = "seeded-bugs")]
        let profile = &crate::seeded::profile(profile);
        let dof = profile.dof();
        if let Some(model) = arm.as_ref().filter(|model| model.dof() != dof) {
            return Err(ConfigError::new(
                "joints",
                format!("{dof} joints"),
                format!("{} as the arm has", model.dof()),
            ));
        }
        whole::check(profile, arm.is_some())?;
        let dt_s = profile.period_s();
        if !(follow_rad_s > 0.0 && follow_rad_s * dt_s <= 0.3) {
            let allowed = format!("more than 0, at most {} rad/s at this period", 0.3 / dt_s);
            return Err(ConfigError::new("follow_rad_s", follow_rad_s, allowed));
        }
        Ok(Self {
            joints: profile.joints.iter().map(|limits| Joint::new(limits, dt_s)).collect(),
            quartets: profile.joints.chunks(4).map(|four| Quartet::new(four, dt_s)).collect(),
            path: arm.map(|arm| PathCheck::new(profile, arm)).transpose()?,
            gentleness: Gentleness::new(dt_s),
            follow_rad_s,
            state: JointArrays {
                position_rad: [0.0; DOF_MAX],
                velocity_rad_s: [0.0; DOF_MAX],
                acceleration_rad_s2: [0.0; DOF_MAX],
            },
            torque_nm: [0.0; DOF_MAX],
            gripper: 0.0,
            power: Power::Off,
            limited: None,
            now_ns: 0,
        })
    }

    /// Takes power on, at rest at these positions. True when every joint is inside its limits and can hold the arm, and the arm is clear
    /// of itself and the cell; otherwise no power is given.
    pub fn start_at(&mut self, position_rad: &[f64; DOF_MAX]) -> bool {
        let inside = |(joint, &at): (&Joint, &f64)| joint.can_rest_at(at);
        if !self.joints.iter().zip(position_rad).all(inside) {
            return false;
        }
        for (joint, &at) in self.joints.iter_mut().zip(position_rad) {
            joint.rest_at(at);
        }
        self.take_torque();
        self.publish();
        let broken = self
            .path
            .as_mut()
            .and_then(|path| path.look(&self.joints, &self.torque_nm, self.now_ns));
        if broken.is_some() {
            self.limited = broken;
            return false;
        }
        self.power = Power::On;
        true
    }

    /// Takes what a sensor for people says.
    pub fn see(&mut self, reading: &PeopleReading) {
        if let Some(people) = self.path.as_mut().and_then(PathCheck::people_mut) {
            people.see(reading);
        }
    }

    /// From now on motions towards a wish go no faster than this share of the joints' speed limits, more than 0 and at most 1; a faster
    /// joint slows down to it at once. Stops are not touched. False, and nothing changes, for any other share: no call lets a joint go
    /// faster than the profile.
    pub fn tighten(&mut self, scale: f64) -> bool {
        let is_tighter = scale > 0.0 && scale <= 1.0;
        if is_tighter {
            self.quartets.iter_mut().for_each(|four| four.tighten(scale));
        }
        is_tighter
    }

    /// One tick. In `Track` the joints move towards the wish; in every other mode, or without a usable wish, they go along their verified
    /// stops. SS1 takes power off once they rest, STO at once; then only [`Gate::start_at`] gives it back.
    pub fn step(&mut self, wish: Option<&Wish>, mode: Mode, at_ns: i64) -> Command {
        #[cfg(feature = "seeded-bugs")]
        if let Some(command) = self.broken_step(mode, at_ns) {
            return command;
        }
        self.limited = None;
        self.now_ns = at_ns;
        if mode == Mode::Sto || (mode == Mode::Ss1 && self.is_at_rest()) {
            self.power = Power::Off;
        }
        if self.power == Power::Off {
            self.rest();
            return self.command(if mode == Mode::Ss1 { Mode::Ss1 } else { Mode::Sto }, at_ns);
        }
        let dof = self.joints.len();
        match wish.filter(|wish| mode == Mode::Track && wish.is_finite(dof)) {
            Some(wish) => {
                self.gripper = wish.gripper;
                self.follow(wish);
            }
            None => {
                self.stop();
                if let Some(path) = &mut self.path {
                    path.watch_people(&self.joints, at_ns);
                }
            }
        }
        self.publish();
        self.command(mode, at_ns)
    }

    fn follow(&mut self, wish: &Wish) {
        let fours = self.joints.chunks_mut(4).zip(&mut self.quartets);
        for ((joints, quartet), aim) in fours.zip(Aim::fours(wish)) {
            quartet.aim(joints, &aim);
        }
        self.gentleness.forget();
        self.want();
        let Some(found) = self.attempt(1.0) else {
            return;
        };
        if self.gentleness.learn(found.check) {
            self.want();
            if self.attempt(1.0).is_none() {
                return;
            }
        }
        if self.attempt(0.5).is_some() {
            self.stop();
        }
        self.limited = Some(found);
    }

    /// What the joints should do, as gently as is known to be needed.
    fn want(&mut self) {
        let headroom = self.path.as_ref().map_or(1.0, PathCheck::jerk_share);
        let shares = self.gentleness.shares(headroom);
        for quartet in &mut self.quartets {
            quartet.want(shares, self.follow_rad_s);
        }
    }

    /// Tries a share of the motion. What it would break, if anything; otherwise it is taken.
    fn attempt(&mut self, share: f64) -> Option<Limited> {
        self.limited = None;
        let fours = self.joints.chunks_mut(4).zip(&self.quartets).enumerate();
        for (which, (joints, quartet)) in fours {
            if let Some(lane) = quartet.attempt(joints, share).filter(|_| self.limited.is_none()) {
                let place = (u16::try_from(4 * which + lane).unwrap_or(WHOLE), WHOLE);
                self.limited = Some(Limited::new(Check::Viability, f64::NAN, f64::NAN, place));
            }
        }
        if let Some(path) = &mut self.path {
            let found = path.look(&self.joints, &self.torque_nm, self.now_ns);
            if found.is_some() {
                return found;
            }
            self.torque_nm = *path.candidate_torque_nm();
        }
        for joint in &mut self.joints {
            joint.commit();
        }
        None
    }

    /// Nothing moves that is not driven.
    fn rest(&mut self) {
        for joint in &mut self.joints {
            joint.rest_at(joint.state.position);
        }
        self.publish();
    }

    fn stop(&mut self) {
        for joint in &mut self.joints {
            joint.brake();
        }
        self.take_torque();
    }

    /// The torque that the commanded state needs.
    fn take_torque(&mut self) {
        if let Some(path) = &mut self.path {
            self.torque_nm = path.torque_nm(&self.joints);
        }
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
        #[cfg(feature = "seeded-bugs")]
        crate::seeded::poison(&mut command);
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

    /// What the motion towards the wish would have broken at the last tick, so that a joint or the whole arm did not go there.
    #[must_use]
    pub fn limited(&self) -> Option<Limited> {
        self.limited
    }

    /// The people around the robot, where they are looked for.
    #[must_use]
    pub fn people(&self) -> Option<&People> {
        self.path.as_ref().and_then(PathCheck::people)
    }

    /// The stop that is ready; zero without an arm model.
    #[must_use]
    pub fn stop_facts(&self) -> StopFacts {
        self.path.as_ref().map(PathCheck::facts).unwrap_or_default()
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
