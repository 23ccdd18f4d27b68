//! The stop of the whole arm: the joints' stops together are one path in time, and everything must hold along all of it.

use spinal_arm::{ArmModel, Motion, Posture};

use crate::joint::Joint;
use crate::{ArmLimits, Check, DOF_MAX, JointLimits, Limited, Profile, StopFacts, WHOLE};

/// Looks along stopping paths of one arm. It samples them at the ends of all phases of all joints (where torques are greatest) and at
/// least every [`GAP_S`]; what lies between two samples is covered by using only a share of each limit.
#[derive(Clone, Debug)]
pub(crate) struct PathCheck {
    arm: ArmModel,
    limits: ArmLimits,
    /// Torque (N·m) and torque rate (N·m/s) of each joint, with their shares taken.
    torque: Vec<(f64, f64)>,
    /// Whether whole paths are looked at; the candidate's own torque always is.
    is_whole: bool,
    dt_s: f64,
    gap_ticks: u32,
    posture: Posture,
    torque_nm: [f64; DOF_MAX],
    facts: StopFacts,
}

/// Longest time between two samples, s. Chosen by hand.
const GAP_S: f64 = 0.016;
/// Most samples of a path; a longer one is refused.
const SAMPLES_MAX: u32 = 512;
/// Share of a limit that a sample may use. Chosen by hand; held against every tick by the independent checker of the tests.
const SHARE: f64 = 0.97;
/// The same for the rate of torque, which changes at once where a phase ends.
const RATE_SHARE: f64 = 0.9;
/// Shortest period at which whole paths are looked at: 10 kHz.
pub(crate) const WHOLE_PERIOD_MIN_NS: i64 = 100_000;

const UNLIMITED: ArmLimits = ArmLimits {
    tool_speed_max_m_s: f64::INFINITY,
    elbow_speed_max_m_s: f64::INFINITY,
    momentum_max_kg_m_s: f64::INFINITY,
    power_max_w: f64::INFINITY,
    kinetic_energy_max_j: f64::INFINITY,
    stopping_time_max_s: f64::INFINITY,
    stopping_distance_max_m: f64::INFINITY,
};

/// One sample of the path.
struct Sample {
    position: [f64; DOF_MAX],
    velocity: [f64; DOF_MAX],
    acceleration: [f64; DOF_MAX],
    /// Upper bound of the way of each joint since the sample before, rad.
    travelled: [f64; DOF_MAX],
}

impl PathCheck {
    pub fn new(profile: &Profile, arm: ArmModel) -> Self {
        let dt_s = profile.period_s();
        let torque = |joint: &JointLimits| (joint.torque_max_nm * SHARE, joint.torque_rate_max_nm_s * RATE_SHARE);
        Self {
            limits: profile.arm.unwrap_or(UNLIMITED),
            torque: profile.joints.iter().map(torque).collect(),
            is_whole: profile.period_ns >= WHOLE_PERIOD_MIN_NS,
            dt_s,
            gap_ticks: (GAP_S / dt_s).max(1.0) as u32,
            posture: arm.posture(&[0.0; DOF_MAX]),
            torque_nm: [0.0; DOF_MAX],
            facts: StopFacts::default(),
            arm,
        }
    }

    /// Torque of the joints as they are, N·m.
    pub fn torque_nm(&mut self, joints: &[Joint]) -> [f64; DOF_MAX] {
        let sample = Sample::at(joints, 0, None, self.dt_s);
        self.posture.move_to(&self.arm, &sample.position);
        self.torque_nm = self
            .arm
            .inverse_dynamics_at(&self.posture, &sample.velocity, &sample.acceleration);
        self.torque_nm
    }

    /// Torque of the candidate that was last looked at, N·m.
    pub fn candidate_torque_nm(&self) -> &[f64; DOF_MAX] {
        &self.torque_nm
    }

    /// The stop that was last found to hold.
    pub fn facts(&self) -> StopFacts {
        self.facts
    }

    /// What the tried states and the stops from them would break; nothing when all of it holds. `torque_now_nm` is commanded now.
    pub fn look(&mut self, joints: &[Joint], torque_now_nm: &[f64; DOF_MAX]) -> Option<Limited> {
        let duration = joints.iter().map(|joint| joint.tried.1.ticks()).max().unwrap_or(0);
        let mut facts = StopFacts {
            duration_s: f64::from(duration) * self.dt_s,
            ..StopFacts::default()
        };
        above(Check::StoppingTime, facts.duration_s, self.limits.stopping_time_max_s)
            .or_else(|| self.walk(joints, torque_now_nm, duration, &mut facts))
            .or_else(|| {
                self.facts = facts;
                None
            })
    }

    fn walk(
        &mut self,
        joints: &[Joint],
        torque_now_nm: &[f64; DOF_MAX],
        duration: u32,
        facts: &mut StopFacts,
    ) -> Option<Limited> {
        let mut before_nm = *torque_now_nm;
        let mut before = None;
        let (mut tool, mut tool_travel_m, mut speed_m_s) = (None, 0.0, 0.0f64);
        for _ in 0..SAMPLES_MAX {
            let (from, at) = before.map_or((0, 0), |ticks| (ticks, self.next(joints, ticks, duration)));
            let sample = Sample::at(joints, at, before, self.dt_s);
            let since_s = f64::from((at - from).max(1)) * self.dt_s;
            self.posture.move_to(&self.arm, &sample.position);
            let motion = self
                .arm
                .motion_at(&self.posture, &sample.velocity, &sample.acceleration);
            if before.is_none() {
                self.torque_nm = motion.torque_nm;
            }
            let here = self.posture.tool().translation_m;
            let speed = motion.tool_velocity_m_s.norm().max(motion.joint_speed_m_s);
            if let Some(last) = tool {
                tool_travel_m += (here - last).norm();
                facts.travel_m += since_s * speed.max(speed_m_s);
            }
            speed_m_s = speed;
            facts.speed_m_s = facts.speed_m_s.max(speed);
            let found = self
                .torques(&motion, &before_nm, since_s)
                .or_else(|| self.works(&motion, &sample))
                .or_else(|| {
                    above(
                        Check::StoppingDistance,
                        tool_travel_m,
                        self.limits.stopping_distance_max_m,
                    )
                });
            if found.is_some() || at >= duration || !self.is_whole {
                return found;
            }
            (before_nm, before, tool) = (motion.torque_nm, Some(at), Some(here));
        }
        above(Check::StoppingTime, f64::INFINITY, facts.duration_s)
    }

    /// The next tick to look at.
    fn next(&self, joints: &[Joint], ticks: u32, duration: u32) -> u32 {
        let furthest = ticks.saturating_add(self.gap_ticks).min(duration);
        let borders = joints.iter().filter_map(|joint| joint.tried.1.border_after(ticks));
        borders.fold(furthest, u32::min)
    }

    fn torques(&self, motion: &Motion, before_nm: &[f64; DOF_MAX], since_s: f64) -> Option<Limited> {
        let per_s = 1.0 / since_s;
        let joints = motion.torque_nm.iter().zip(before_nm).zip(&self.torque);
        for (index, ((&torque, &before), &(torque_max, rate_max))) in joints.enumerate() {
            let rate = (torque - before).abs() * per_s;
            let place = (u16::try_from(index).unwrap_or(WHOLE), WHOLE);
            if !(torque.abs() <= torque_max) {
                return Some(Limited::new(Check::Torque, torque.abs(), torque_max, place));
            }
            if !(rate <= rate_max) {
                return Some(Limited::new(Check::TorqueRate, rate, rate_max, place));
            }
        }
        None
    }

    fn works(&self, motion: &Motion, sample: &Sample) -> Option<Limited> {
        let limits = &self.limits;
        let tool = motion.tool_velocity_m_s.norm();
        let power = || {
            let joints = motion.torque_nm.iter().zip(&sample.velocity);
            joints.map(|(torque, velocity)| (torque * velocity).abs()).sum()
        };
        above(Check::ToolSpeed, tool, limits.tool_speed_max_m_s * SHARE)
            .or_else(|| {
                above(
                    Check::ElbowSpeed,
                    motion.joint_speed_m_s,
                    limits.elbow_speed_max_m_s * SHARE,
                )
            })
            .or_else(|| {
                above(
                    Check::Momentum,
                    motion.momentum_kg_m_s.norm(),
                    limits.momentum_max_kg_m_s * SHARE,
                )
            })
            .or_else(|| above(Check::Power, power(), limits.power_max_w * SHARE))
            .or_else(|| {
                above(
                    Check::KineticEnergy,
                    motion.kinetic_energy_j,
                    limits.kinetic_energy_max_j * SHARE,
                )
            })
    }
}

/// Something that concerns the whole arm and is not within its limit; NaN is not.
fn above(check: Check, value: f64, limit: f64) -> Option<Limited> {
    if value <= limit {
        return None;
    }
    Some(Limited::new(check, value, limit, (WHOLE, WHOLE)))
}

impl Sample {
    /// The tried states `ticks` along their stops; `before` is the tick of the sample before, none for the first: then the joints come
    /// from where they are.
    fn at(joints: &[Joint], ticks: u32, before: Option<u32>, dt_s: f64) -> Self {
        let mut sample = Self {
            position: [0.0; DOF_MAX],
            velocity: [0.0; DOF_MAX],
            acceleration: [0.0; DOF_MAX],
            travelled: [0.0; DOF_MAX],
        };
        let since_s = f64::from(before.map_or(1, |before| ticks - before)) * dt_s;
        let state = sample
            .position
            .iter_mut()
            .zip(&mut sample.velocity)
            .zip(&mut sample.acceleration);
        for ((joint, ((position, velocity), acceleration)), travelled) in
            joints.iter().zip(state).zip(&mut sample.travelled)
        {
            let (start, stop) = &joint.tried;
            let here = if ticks == 0 {
                *start
            } else {
                stop.state_at(start, ticks, dt_s)
            };
            let last = before.map_or(joint.state, |before| stop.state_at(start, before, dt_s));
            (*position, *velocity, *acceleration) = (here.position, here.velocity, here.acceleration);
            // At constant jerk the speed between two instants is at most the greater of theirs and |Δa|·h/8.
            let bulge = (here.acceleration - last.acceleration).abs() * since_s * 0.125;
            *travelled = since_s * (here.velocity.abs().max(last.velocity.abs()) + bulge);
        }
        sample
    }
}
