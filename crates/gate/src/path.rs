//! The stop of the whole arm: the joints' stops together are one path in time, and everything must hold along all of it.

use spinal_arm::{ArmModel, Motion, Posture};

use crate::body::{Body, higher};
use crate::clearance::Clearance;
use crate::joint::Joint;
use crate::sample::{Sample, Span};
use crate::{ArmLimits, Check, ConfigError, DOF_MAX, JointLimits, Limited, People, Profile, StopFacts, WHOLE};

/// Looks along stopping paths of one arm. It samples them where a joint's torque or speed may be greatest and at least every [`GAP_S`].
/// Between two samples the speeds of tool and elbow are bounded; of torques, momentum, power and energy only a share of the limit is used.
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
    sample: Sample,
    span: Span,
    /// For so many paths shapes are looked at in every sample.
    closely: u32,
    clearance: Option<Clearance>,
    torque_nm: [f64; DOF_MAX],
    facts: StopFacts,
    /// The people, the shape of the robot that they meet, and its stop as that shape makes it.
    people: Option<(People, Body)>,
    body_stop: StopFacts,
    body_speed_m_s: f64,
}

/// Longest time between two samples, s. Chosen by hand.
const GAP_S: f64 = 0.016;
/// Far from everything shapes are looked at again only after this time, s; on the way there they are bounded. Chosen by hand.
const SHAPES_GAP_S: f64 = 0.03;
/// Once something was too near, so many paths are looked at closely. Chosen by hand.
const CLOSELY_PATHS: u32 = 500;
/// Most samples of a path; a longer one is refused.
const SAMPLES_MAX: u32 = 512;
/// Share of a limit that a sample may use. Chosen by hand; held against every tick by the independent checker of the tests.
const SHARE: f64 = 0.97;
/// The same for speeds, whose bounds leave out only that levers change their length between two samples.
const SPEED_SHARE: f64 = 0.99;
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

impl PathCheck {
    pub fn new(profile: &Profile, arm: ArmModel) -> Result<Self, ConfigError> {
        let dt_s = profile.period_s();
        let torque = |joint: &JointLimits| (joint.torque_max_nm * SHARE, joint.torque_rate_max_nm_s * RATE_SHARE);
        let clearance = profile
            .geometry
            .as_ref()
            .map(|geometry| Clearance::new(geometry, &arm))
            .transpose()?;
        Ok(Self {
            limits: profile.arm.unwrap_or(UNLIMITED),
            torque: profile.joints.iter().map(torque).collect(),
            is_whole: profile.period_ns >= WHOLE_PERIOD_MIN_NS,
            dt_s,
            gap_ticks: (GAP_S / dt_s).max(1.0) as u32,
            posture: arm.posture(&[0.0; DOF_MAX]),
            sample: Sample::NOWHERE,
            span: Span::NONE,
            closely: 0,
            clearance,
            torque_nm: [0.0; DOF_MAX],
            facts: StopFacts::default(),
            people: profile
                .people
                .clone()
                .zip(profile.geometry.as_ref())
                .map(|(limits, geometry)| {
                    let body = Body::new(geometry, &arm);
                    (People::new(limits), body)
                }),
            body_stop: StopFacts::default(),
            body_speed_m_s: 0.0,
            arm,
        })
    }

    /// Places the arm as the joints are, and tells their torque, N·m.
    pub fn torque_nm(&mut self, joints: &[Joint]) -> [f64; DOF_MAX] {
        self.sample.start(joints);
        self.posture.move_to(&self.arm, &self.sample.position);
        self.arm
            .inverse_dynamics_at(&self.posture, &self.sample.velocity, &self.sample.acceleration)
    }

    /// Torque of the candidate that was last looked at, N·m.
    pub fn candidate_torque_nm(&self) -> &[f64; DOF_MAX] {
        &self.torque_nm
    }

    /// The stop that was last found to hold.
    pub fn facts(&self) -> StopFacts {
        self.facts
    }

    /// The people around the robot.
    pub fn people(&self) -> Option<&People> {
        self.people.as_ref().map(|(people, _)| people)
    }

    /// The same, to tell it what a sensor says.
    pub fn people_mut(&mut self) -> Option<&mut People> {
        self.people.as_mut().map(|(people, _)| people)
    }

    /// Looks at the people around joints that follow their stored stops, where [`PathCheck::torque_nm`] has just placed them.
    pub fn watch_people(&mut self, joints: &[Joint], now_ns: i64) {
        let Some((people, body)) = &mut self.people else { return };
        body.move_to(&self.posture);
        if joints.iter().all(|joint| joint.state.is_at_rest()) {
            self.body_stop = StopFacts::default();
        }
        people.watch(now_ns, body.capsules(), &self.body_stop);
    }

    /// What the tried states and the stops from them would break; nothing when all of it holds. `torque_now_nm` is commanded now.
    pub fn look(&mut self, joints: &[Joint], torque_now_nm: &[f64; DOF_MAX], now_ns: i64) -> Option<Limited> {
        let duration = joints.iter().map(|joint| joint.tried.1.ticks()).max().unwrap_or(0);
        let mut facts = StopFacts {
            duration_s: f64::from(duration) * self.dt_s,
            ..StopFacts::default()
        };
        above(Check::StoppingTime, facts.duration_s, self.limits.stopping_time_max_s)
            .or_else(|| self.walk(joints, torque_now_nm, duration, &mut facts))
            .or_else(|| self.judge_people(now_ns))
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
        let (mut at, mut since_s) = (0, self.dt_s);
        let mut before_nm = *torque_now_nm;
        let (mut tool_m, mut tool_travel_m, mut before_m_s) = (None, 0.0, 0.0);
        self.body_stop = StopFacts {
            duration_s: facts.duration_s,
            ..StopFacts::default()
        };
        self.sample.start(joints);
        if let Some(clearance) = &mut self.clearance {
            // From where the arm is now, so that the way to the candidate is known from both its ends.
            self.posture.move_to(&self.arm, &self.sample.position);
            let found = clearance.look(&self.posture, &[0.0; DOF_MAX], true);
            self.span = Span::NONE;
            self.closely = self.closely.saturating_sub(1);
            if found.is_some() {
                return found;
            }
        }
        for _ in 0..SAMPLES_MAX {
            self.sample.go_to(joints, at, since_s, self.dt_s);
            self.posture.move_to(&self.arm, &self.sample.position);
            let (velocity, acceleration) = (&self.sample.velocity, &self.sample.acceleration);
            let motion = self.arm.motion_at(&self.posture, velocity, acceleration);
            let here_m = self.posture.tool().translation_m;
            tool_travel_m += tool_m.map_or(0.0, |last| (here_m - last).norm());
            let speeds = self.speeds(&motion);
            let highest_m_s = higher(speeds.tool_m_s, speeds.joint_m_s);
            self.follow_body(at == 0, since_s);
            if at == 0 {
                self.torque_nm = motion.torque_nm;
            } else {
                // Since the sample before it went at most as fast as at the faster one of both.
                facts.travel_m += since_s * higher(before_m_s, highest_m_s);
            }
            facts.speed_m_s = higher(facts.speed_m_s, highest_m_s);
            before_m_s = highest_m_s;
            let found = self
                .torques(&motion, &before_nm, since_s)
                .or_else(|| self.works(&motion, &speeds))
                .or_else(|| self.shapes(at == 0 || at >= duration, since_s))
                .or_else(|| {
                    above(
                        Check::StoppingDistance,
                        tool_travel_m,
                        self.limits.stopping_distance_max_m * SPEED_SHARE,
                    )
                });
            if found.is_some() || at >= duration || !self.is_whole {
                return found;
            }
            (before_nm, tool_m) = (motion.torque_nm, Some(here_m));
            let next = self.next(joints, at, duration);
            since_s = f64::from(next - at) * self.dt_s;
            at = next;
        }
        above(Check::StoppingTime, f64::INFINITY, facts.duration_s)
    }

    /// Takes in this sample of the path for the people: where the robot is at the first, how fast and far it goes at each.
    fn follow_body(&mut self, is_first: bool, since_s: f64) {
        let Some((_, body)) = &mut self.people else { return };
        let fastest = body.fastest_m_s(&self.posture, &self.sample.velocity, &self.sample.bulge);
        let stop = &mut self.body_stop;
        if is_first {
            body.move_to(&self.posture);
        } else {
            // Since the sample before it went at most as fast as at the faster one of both.
            stop.travel_m += since_s * higher(self.body_speed_m_s, fastest);
        }
        stop.speed_m_s = higher(stop.speed_m_s, fastest);
        self.body_speed_m_s = fastest;
    }

    fn judge_people(&mut self, now_ns: i64) -> Option<Limited> {
        let (people, body) = self.people.as_mut()?;
        people.judge(now_ns, body.capsules(), &self.body_stop)
    }

    /// The next tick to look at.
    fn next(&self, joints: &[Joint], ticks: u32, duration: u32) -> u32 {
        let furthest = ticks.saturating_add(self.gap_ticks).min(duration);
        let borders = joints.iter().filter_map(|joint| {
            let (state, stop) = &joint.tried;
            stop.border_after(state, ticks)
        });
        borders.fold(furthest, u32::min)
    }

    /// What of the robot is too near to itself or the cell, at this sample or on the way to it.
    fn shapes(&mut self, is_end: bool, since_s: f64) -> Option<Limited> {
        let clearance = self.clearance.as_mut()?;
        self.span.add(&self.sample, since_s);
        if !is_end && self.closely == 0 && self.span.since_s < SHAPES_GAP_S {
            return None;
        }
        let (travelled, bent) = self.span.end();
        let found = clearance.look_bent(&self.posture, &travelled, &bent, false);
        if found.is_some() {
            self.closely = CLOSELY_PATHS;
        }
        found
    }

    fn speeds(&self, motion: &Motion) -> Speeds {
        let bulge = self.posture.speed_bound_m_s(&self.arm, &self.sample.bulge);
        Speeds {
            tool_m_s: bulge + motion.tool_velocity_m_s.norm(),
            joint_m_s: bulge + motion.joint_speed_m_s,
        }
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

    fn works(&self, motion: &Motion, speeds: &Speeds) -> Option<Limited> {
        let limits = &self.limits;
        let power = || {
            let joints = motion.torque_nm.iter().zip(&self.sample.velocity);
            joints.map(|(torque, velocity)| (torque * velocity).abs()).sum()
        };
        let momentum = motion.momentum_kg_m_s.norm();
        let energy = motion.kinetic_energy_j;
        above(
            Check::ToolSpeed,
            speeds.tool_m_s,
            limits.tool_speed_max_m_s * SPEED_SHARE,
        )
        .or_else(|| {
            above(
                Check::ElbowSpeed,
                speeds.joint_m_s,
                limits.elbow_speed_max_m_s * SPEED_SHARE,
            )
        })
        .or_else(|| above(Check::Momentum, momentum, limits.momentum_max_kg_m_s * SHARE))
        .or_else(|| above(Check::Power, power(), limits.power_max_w * SHARE))
        .or_else(|| above(Check::KineticEnergy, energy, limits.kinetic_energy_max_j * SHARE))
    }
}

/// How fast tool and joints go at a sample, and may go beyond that and the sample before in between.
struct Speeds {
    tool_m_s: f64,
    joint_m_s: f64,
}

/// Something that concerns the whole arm and is not within its limit; NaN is not.
fn above(check: Check, value: f64, limit: f64) -> Option<Limited> {
    if value <= limit {
        return None;
    }
    Some(Limited::new(check, value, limit, (WHOLE, WHOLE)))
}
