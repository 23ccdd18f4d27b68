//! The stop of the whole arm: the joints' stops together are one path in time, and everything must hold along all of it.

use spinal_arm::{ArmModel, Four, Motion, Posture, Real};

use crate::body::Body;
use crate::clearance::Clearance;
use crate::crest::{Crest, Power, Reached};
use crate::headroom::Headroom;
use crate::joint::Joint;
use crate::sample::{Group, Instants, Samples, Span, last, of_lane, shifted};
use crate::{ArmLimits, Check, ConfigError, DOF_MAX, JointLimits, Limited, People, Profile, StopFacts, WHOLE};

/// Looks along stopping paths of one arm, four samples at a time. It samples them where a joint's torque or speed may be greatest, at
/// least every [`GAP_S`], and so often that the arm turns by no more than [`TURN_RAD`]. Between two samples speeds, momentum, power and
/// energy are bounded for the arm as it stands; for how it turns meanwhile, and for torques, only a share of the limit is used.
#[derive(Clone, Debug)]
pub(crate) struct PathCheck {
    arm: ArmModel,
    limits: ArmLimits,
    /// Torque (N·m) and torque rate (N·m/s) of each joint, with their shares taken.
    torque: Vec<(f64, f64)>,
    crest: Crest,
    /// Whether whole paths are looked at; the candidate's own torque always is.
    is_whole: bool,
    dt_s: f64,
    instants: Instants,
    samples: Box<Samples>,
    motion: Box<Motion<Four>>,
    before_nm: [f64; DOF_MAX],
    tool: Way,
    whole: Way,
    body: Way,
    posture: Posture,
    span: Span,
    /// For so many paths shapes are looked at in every sample.
    closely: u32,
    clearance: Option<Clearance>,
    torque_nm: [f64; DOF_MAX],
    facts: StopFacts,
    headroom: Option<Headroom>,
    /// The people, the shape of the robot that they meet, and its stop as that shape makes it.
    people: Option<(People, Body)>,
    body_stop: StopFacts,
}

/// How far and how fast something goes along a path, at most.
#[derive(Clone, Copy, Debug)]
struct Way {
    travel_m: f64,
    speed_m_s: f64,
    before_m_s: Option<f64>,
}

/// Longest time between two samples, s. Chosen by hand.
const GAP_S: f64 = 0.024;
/// The most that all joints together turn between two samples, rad, unless that is a tick. Chosen by hand: what is bounded for the arm as it stands,
/// which is momentum, energy, power and the speeds, leaves this out, and so do torques. From 0.5 on quick joints break limits in between (`tests/bench/test_quick_joints.py`).
const TURN_RAD: f64 = 0.3;
/// Far from everything shapes are looked at again only after this time, s; on the way there they are bounded. Chosen by hand.
const SHAPES_GAP_S: f64 = GAP_S;
/// Once something was too near, so many paths are looked at closely. Chosen by hand.
const CLOSELY_PATHS: u32 = 500;
/// Most groups of four samples of a path; a longer one is refused.
const GROUPS_MAX: u32 = 128;
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

// Four numbers want memory at multiples of 32 bytes. Boxed they have it wherever a gate is kept; an object of Python's has 16.
const _: () = assert!(align_of::<PathCheck>() <= 16);

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
            crest: Crest::new(&arm),
            is_whole: profile.period_ns >= WHOLE_PERIOD_MIN_NS,
            dt_s,
            instants: Instants::new(GAP_S, dt_s),
            samples: Box::default(),
            motion: Box::default(),
            before_nm: [0.0; DOF_MAX],
            tool: Way::NONE,
            whole: Way::NONE,
            body: Way::NONE,
            posture: arm.posture(&[0.0; DOF_MAX]),
            span: Span::NONE,
            closely: 0,
            clearance,
            torque_nm: [0.0; DOF_MAX],
            facts: StopFacts::default(),
            headroom: Headroom::new(&profile.joints, RATE_SHARE, dt_s, &arm),
            people: profile
                .people
                .clone()
                .zip(profile.geometry.as_ref())
                .map(|(limits, geometry)| {
                    let body = Body::new(geometry, &arm);
                    (People::new(limits), body)
                }),
            body_stop: StopFacts::default(),
            arm,
        })
    }

    /// Places the arm as the joints are, and tells their torque, N·m.
    pub fn torque_nm(&mut self, joints: &[Joint]) -> [f64; DOF_MAX] {
        let (mut position, mut velocity, mut acceleration) = ([0.0; DOF_MAX], [0.0; DOF_MAX], [0.0; DOF_MAX]);
        let state = position.iter_mut().zip(&mut velocity).zip(&mut acceleration);
        for (joint, ((position, velocity), acceleration)) in joints.iter().zip(state) {
            (*position, *velocity, *acceleration) =
                (joint.state.position, joint.state.velocity, joint.state.acceleration);
        }
        self.posture.move_to(&self.arm, &position);
        self.arm.inverse_dynamics(&position, &velocity, &acceleration)
    }

    /// Torque of the candidate that was last looked at, N·m.
    pub fn candidate_torque_nm(&self) -> &[f64; DOF_MAX] {
        &self.torque_nm
    }

    /// The stop that was last found to hold.
    pub fn facts(&self) -> StopFacts {
        self.facts
    }

    /// The share of their jerk that the joints may use together.
    pub fn jerk_share(&self) -> f64 {
        self.headroom.as_ref().map_or(1.0, Headroom::jerk_share)
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
        if let Some(headroom) = &mut self.headroom {
            headroom.look(&self.arm, joints);
        }
        let duration = joints.iter().map(|joint| joint.tried.1.ticks()).max().unwrap_or(0);
        let duration_s = f64::from(duration) * self.dt_s;
        let limits = self.limits;
        let found = above(Check::StoppingTime, duration_s, limits.stopping_time_max_s)
            .or_else(|| self.walk(joints, torque_now_nm, duration))
            .or_else(|| {
                let distance_max_m = limits.stopping_distance_max_m * SPEED_SHARE;
                above(Check::StoppingDistance, self.tool.travel_m, distance_max_m)
            });
        let body_stop = self.body.facts(duration_s);
        let found = found.or_else(|| {
            let (people, body) = self.people.as_mut()?;
            people.judge(now_ns, body.capsules(), &body_stop)
        });
        if found.is_none() {
            (self.facts, self.body_stop) = (self.whole.facts(duration_s), body_stop);
        }
        found
    }

    fn walk(&mut self, joints: &[Joint], torque_now_nm: &[f64; DOF_MAX], duration: u32) -> Option<Limited> {
        self.samples.start(joints);
        if self.is_whole {
            self.instants.begin(joints, duration, TURN_RAD);
        }
        self.before_nm = *torque_now_nm;
        (self.tool, self.whole, self.body) = (Way::NONE, Way::NONE, Way::NONE);
        self.crest.start();
        if let Some(found) = self.shapes_now(joints) {
            return Some(found);
        }
        for turn in 0..GROUPS_MAX {
            let group = if self.is_whole {
                self.instants.four()?
            } else {
                Group::CANDIDATE
            };
            self.samples.go_to(joints, &group, self.dt_s);
            let along = &self.samples;
            self.motion
                .find(&self.arm, &along.position, &along.velocity, &along.acceleration);
            if turn == 0 {
                self.take_candidate_torque();
            }
            let found = self.first_broken(&group).or_else(|| self.shapes(&group, turn == 0));
            if found.is_some() || group.is_last {
                return found;
            }
        }
        // What was not looked at is no verified stop, also where the profile leaves stopping time unlimited.
        let (longer_s, limit_s) = (f64::INFINITY, self.limits.stopping_time_max_s);
        Some(Limited::new(Check::StoppingTime, longer_s, limit_s, (WHOLE, WHOLE)))
    }

    /// What is too near where the arm is now, so that the way to the candidate is known from both its ends.
    fn shapes_now(&mut self, joints: &[Joint]) -> Option<Limited> {
        let clearance = self.clearance.as_mut()?;
        let mut position_rad = [0.0; DOF_MAX];
        for (position, joint) in position_rad.iter_mut().zip(joints) {
            *position = joint.state.position;
        }
        self.posture.move_to(&self.arm, &position_rad);
        self.span = Span::NONE;
        self.closely = self.closely.saturating_sub(1);
        clearance.look(&self.posture, &[0.0; DOF_MAX], true)
    }

    fn take_candidate_torque(&mut self) {
        let torques = self.motion.torque_nm.iter().take(self.torque.len());
        for (slot, torque) in self.torque_nm.iter_mut().zip(torques) {
            *slot = of_lane(*torque, 0);
        }
    }

    /// Adds these samples to what is known of the stop.
    fn follow(&mut self, group: &Group, reached: &Reached) {
        let since_s = &self.samples.since_s;
        self.tool.go(group, since_s, reached.tool_m_s);
        self.whole
            .go(group, since_s, reached.tool_m_s.higher(reached.joint_m_s));
        if let Some((_, body)) = &self.people {
            let fastest_m_s = body.fastest_m_s(&self.motion.links, &self.samples.bulge);
            self.body.go(group, since_s, fastest_m_s);
        }
    }

    /// What is not within its limit, and at the first of these samples where something is not.
    fn first_broken(&mut self, group: &Group) -> Option<Limited> {
        let mut first = FirstBroken::NONE;
        let per_s = Four::splat(1.0) / self.samples.since_s;
        let mut power = Power::default();
        let limits = self.torque.iter().zip(&mut self.before_nm);
        for (index, (&torque, (&(torque_max, rate_max), before))) in
            self.motion.torque_nm.iter().zip(limits).enumerate()
        {
            let change = torque - shifted(torque, *before);
            let place = (u16::try_from(index).unwrap_or(WHOLE), WHOLE);
            first.note(Check::Torque, torque.abs(), torque_max, place);
            first.note(Check::TorqueRate, change.abs() * per_s, rate_max, place);
            power.add(torque, change, index, &self.samples);
            *before = last(torque);
        }
        let reached = self.crest.go(&self.motion, &self.samples, &power);
        self.follow(group, &reached);
        let (tool_m_s, joint_m_s) = (reached.tool_m_s, reached.joint_m_s);
        let (momentum_kg_m_s, energy_j) = (reached.momentum_kg_m_s, reached.kinetic_energy_j());
        let limits = &self.limits;
        for (check, value, limit) in [
            (Check::ToolSpeed, tool_m_s, limits.tool_speed_max_m_s * SPEED_SHARE),
            (Check::ElbowSpeed, joint_m_s, limits.elbow_speed_max_m_s * SPEED_SHARE),
            (Check::Momentum, momentum_kg_m_s, limits.momentum_max_kg_m_s * SHARE),
            (Check::Power, reached.power_w, limits.power_max_w * SHARE),
            (Check::KineticEnergy, energy_j, limits.kinetic_energy_max_j * SHARE),
        ] {
            first.note(check, value, limit, (WHOLE, WHOLE));
        }
        first.limited
    }

    /// What of the robot is too near to itself or the cell, at these samples or on the way to them.
    fn shapes(&mut self, group: &Group, is_first: bool) -> Option<Limited> {
        let clearance = self.clearance.as_mut()?;
        let dof = self.torque.len();
        for lane in 0..group.count {
            self.span.add(&self.samples, lane, dof);
            let is_candidate = is_first && lane == 0;
            let is_end = is_candidate || (group.is_last && lane + 1 == group.count);
            if !is_end && self.closely == 0 && self.span.since_s < SHAPES_GAP_S {
                continue;
            }
            self.posture.move_to(&self.arm, &self.samples.position_rad(lane, dof));
            if let Some((_, body)) = self.people.as_mut().filter(|_| is_candidate) {
                body.move_to(&self.posture);
            }
            let (travelled, bent) = self.span.end();
            let found = clearance.look_bent(&self.posture, &travelled, &bent, false);
            if found.is_some() {
                self.closely = CLOSELY_PATHS;
                return found;
            }
        }
        None
    }
}

impl Way {
    const NONE: Self = Self {
        travel_m: 0.0,
        speed_m_s: 0.0,
        before_m_s: None,
    };

    /// On over these samples, where it goes this fast.
    fn go(&mut self, group: &Group, since_s: &Four, speed_m_s: Four) {
        let lanes = speed_m_s.to_array().into_iter().zip(since_s.to_array());
        for (speed, since_s) in lanes.take(group.count) {
            // Since the sample before it went at most as fast as at the faster one of both; the stop begins at the first.
            self.travel_m += self.before_m_s.map_or(0.0, |before| since_s * speed.higher(before));
            self.speed_m_s = self.speed_m_s.higher(speed);
            self.before_m_s = Some(speed);
        }
    }

    fn facts(&self, duration_s: f64) -> StopFacts {
        StopFacts {
            duration_s,
            travel_m: self.travel_m,
            speed_m_s: self.speed_m_s,
        }
    }
}

/// The first sample of a group at which something is not within its limit.
struct FirstBroken {
    lane: u32,
    limited: Option<Limited>,
}

impl FirstBroken {
    const NONE: Self = Self { lane: 4, limited: None };

    /// Looks at one thing in all four samples; NaN is not within a limit.
    #[inline]
    fn note(&mut self, check: Check, values: Four, limit: f64, place: (u16, u16)) {
        let lane = values.simd_le(Four::splat(limit)).to_bitmask().trailing_ones();
        if lane < self.lane {
            let value = of_lane(values, lane as usize);
            (self.lane, self.limited) = (lane, Some(Limited::new(check, value, limit, place)));
        }
    }
}

/// Something that concerns the whole arm and is not within its limit; NaN is not.
fn above(check: Check, value: f64, limit: f64) -> Option<Limited> {
    if value <= limit {
        return None;
    }
    Some(Limited::new(check, value, limit, (WHOLE, WHOLE)))
}
