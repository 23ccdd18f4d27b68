//! One joint of the gate: its state, the stop that is ready, and what is tried at this tick.

use crate::JointLimits;
use crate::gentleness::Shares;
use crate::motion::{self, Aim};
use crate::stop::{Bounds, State, Stop};

/// The bounds are tighter than the profile by this share (and by as many rad), ten times what rounding can add.
const HAIR: f64 = 1e-8;

/// State and stop of one joint.
#[derive(Clone, Debug)]
pub(crate) struct Joint {
    quickest: Bounds,
    /// The same with the shares that motion and stop have now.
    bounds: Bounds,
    shares: Shares,
    /// Highest speed now: the profile's, or a share of it while that is tightened. Stops are planned with the profile's.
    speed: f64,
    pub torque_max_nm: f64,
    pub state: State,
    pub stop: Stop,
    /// One tick along the stop.
    braked: (State, Stop),
    aim: Aim,
    /// The acceleration that the motion towards the wish takes.
    wanted: f64,
    pub tried: (State, Stop),
}

impl Joint {
    pub fn new(limits: &JointLimits, dt_s: f64) -> Self {
        let quickest = Bounds::new(
            (limits.position_min_rad + HAIR, limits.position_max_rad - HAIR),
            limits.velocity_max_rad_s * (1.0 - HAIR),
            limits.acceleration_max_rad_s2 * (1.0 - HAIR),
            limits.jerk_max_rad_s3 * (1.0 - HAIR),
            dt_s,
        );
        Self {
            speed: quickest.velocity,
            bounds: quickest,
            quickest,
            shares: Shares::ALL,
            torque_max_nm: limits.torque_max_nm,
            state: State::default(),
            stop: Stop::default(),
            braked: (State::default(), Stop::default()),
            aim: Aim::default(),
            wanted: 0.0,
            tried: (State::default(), Stop::default()),
        }
    }

    /// Whether the joint may be at rest there.
    pub fn can_rest_at(&self, position_rad: f64) -> bool {
        let bounds = &self.quickest;
        bounds.low_rad <= position_rad && position_rad <= bounds.high_rad
    }

    /// At rest there, with nothing to stop.
    pub fn rest_at(&mut self, position_rad: f64) {
        self.state = State::at(position_rad);
        self.stop = Stop::at_rest(position_rad);
        self.tried = (self.state, self.stop);
    }

    /// The joint may go no faster than this share of its limit.
    pub fn tighten(&mut self, scale: f64) {
        self.speed = self.quickest.velocity * scale;
    }

    /// Whether the next state keeps the speed that is allowed now, or is well on its way down to it.
    fn keeps_speed(&self, next: &State) -> bool {
        let bounds = &self.bounds;
        let sign = if next.velocity >= 0.0 { 1.0 } else { -1.0 };
        let (before, after) = (sign * self.state.acceleration, sign * next.acceleration);
        let rise = after.max(0.0);
        // What is over, when the acceleration is only released from here on.
        let over = next.velocity.abs() + 0.5 * rise * rise * bounds.per_step * bounds.dt_s - self.speed;
        if over <= 0.0 {
            return true;
        }
        // At least half as hard as a brake at the limits of acceleration and jerk, which lands on the speed exactly.
        let brake = (2.0 * bounds.jerk * over).sqrt().min(bounds.acceleration);
        after <= before - 0.5 * bounds.jerk * bounds.dt_s || after <= -0.5 * brake
    }

    /// Takes what the joint should do at the next tick; where its stop takes it is looked up.
    pub fn aim(&mut self, aim: &Aim) {
        self.aim = *aim;
        self.braked = self.stopped();
    }

    /// Looks what the joint should do there with these shares of its acceleration and jerk, for motion and stop.
    pub fn want(&mut self, shares: Shares, follow_rad_s: f64) {
        if shares != self.shares {
            (self.shares, self.bounds) = (shares, self.quickest.gentler(shares));
        }
        let bounds = Bounds {
            velocity: self.speed,
            ..self.bounds
        };
        self.wanted = motion::towards(&self.state, &self.aim, &bounds, follow_rad_s);
    }

    /// Tries a state between the wanted one (`share` 1) and the one along the stop (0).
    /// False when there is none: then the joint goes along its stored stop.
    pub fn attempt(&mut self, share: f64) -> bool {
        let acceleration = if share < 1.0 {
            self.braked.0.acceleration + share * (self.wanted - self.braked.0.acceleration)
        } else {
            self.wanted
        };
        let next = self.state.after_tick(acceleration, self.quickest.dt_s);
        let verified = self.verified(&next).filter(|_| self.keeps_speed(&next));
        self.tried = verified.map_or(self.braked, |stop| (next, stop));
        verified.is_some()
    }

    /// Goes along the stored stop.
    pub fn brake(&mut self) {
        (self.state, self.stop) = self.stopped();
        self.tried = (self.state, self.stop);
    }

    /// Takes what was tried.
    pub fn commit(&mut self) {
        (self.state, self.stop) = self.tried;
    }

    /// The stop that proves the state viable, if there is one.
    fn verified(&self, next: &State) -> Option<Stop> {
        let bounds = &self.quickest;
        let jerk = (next.acceleration - self.state.acceleration) / bounds.dt_s;
        if !(jerk.abs() <= bounds.jerk) {
            return None;
        }
        Stop::plan(next, &self.bounds)
    }

    /// One tick along the stored stop.
    fn stopped(&self) -> (State, Stop) {
        let mut stop = self.stop;
        let state = stop.advance(&self.state, self.quickest.dt_s);
        (state, stop)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

    use proptest::prelude::*;

    use super::Joint;
    use crate::JointLimits;

    const DT_S: f64 = 1e-3;
    const LIMITS: JointLimits = JointLimits {
        position_min_rad: -1e3,
        position_max_rad: 1e3,
        velocity_max_rad_s: 3.0,
        acceleration_max_rad_s2: 12.0,
        jerk_max_rad_s3: 400.0,
        torque_max_nm: 1.0,
        torque_rate_max_nm_s: f64::INFINITY,
    };

    /// One tick of a joint whose motion asks for any change of acceleration (as a share of the largest), whatever the speed.
    fn tick(joint: &mut Joint, share: f64) {
        joint.braked = joint.stopped();
        let highest = 12.0 * (1.0 - 1e-8);
        joint.wanted = (joint.state.acceleration + share * 0.4).clamp(-highest, highest);
        joint.attempt(1.0);
        joint.commit();
    }

    proptest! {
        /// The motion is not trusted with this: the gate alone brings a joint down that keeps asking for more speed.
        #[test]
        fn a_motion_that_does_not_slow_down_by_itself_is_slowed_down(
            scale in 0.001..1.0f64, push in 0.0..=1.0f64, noise in prop::collection::vec(-1.0..=1.0f64, 64),
        ) {
            let mut joint = Joint::new(&LIMITS, DT_S);
            joint.rest_at(0.0);
            for _ in 0..400 {
                tick(&mut joint, push);
            }
            joint.tighten(scale);
            let mut highest = f64::INFINITY;
            for turn in 0..1_200 {
                let random = noise[turn % noise.len()];
                tick(&mut joint, if turn % 3 == 0 { random } else { 1.0 });
                let (speed, allowed) = (joint.state.velocity.abs(), 3.0 * scale);
                prop_assert!(turn < 900 || speed <= allowed, "{speed} over {allowed} after {turn} ticks");
                if turn % 100 == 0 {
                    prop_assert!(speed <= highest.max(allowed));
                    highest = speed;
                }
            }
        }
    }
}
