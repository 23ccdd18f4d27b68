//! One joint of the gate: its state, the stop that is ready, and what is tried at this tick.

use crate::JointLimits;
use crate::stop::{Bounds, State, Stop};

/// The bounds are tighter than the profile by this share (and by as many rad), ten times what rounding can add.
const HAIR: f64 = 1e-8;

/// The bounds that the profile sets to a joint.
pub(crate) fn bounds_of(limits: &JointLimits, dt_s: f64) -> Bounds {
    Bounds::new(
        (limits.position_min_rad + HAIR, limits.position_max_rad - HAIR),
        limits.velocity_max_rad_s * (1.0 - HAIR),
        limits.acceleration_max_rad_s2 * (1.0 - HAIR),
        limits.jerk_max_rad_s3 * (1.0 - HAIR),
        dt_s,
    )
}

/// State and stop of one joint.
#[derive(Clone, Debug)]
pub(crate) struct Joint {
    low_rad: f64,
    high_rad: f64,
    dt_s: f64,
    pub torque_max_nm: f64,
    pub state: State,
    pub stop: Stop,
    /// One tick along the stop.
    pub braked: (State, Stop),
    pub tried: (State, Stop),
}

impl Joint {
    pub fn new(limits: &JointLimits, dt_s: f64) -> Self {
        let Bounds { low_rad, high_rad, .. } = bounds_of(limits, dt_s);
        Self {
            low_rad,
            high_rad,
            dt_s,
            torque_max_nm: limits.torque_max_nm,
            state: State::default(),
            stop: Stop::default(),
            braked: (State::default(), Stop::default()),
            tried: (State::default(), Stop::default()),
        }
    }

    /// Whether the joint may be at rest there.
    pub fn can_rest_at(&self, position_rad: f64) -> bool {
        self.low_rad <= position_rad && position_rad <= self.high_rad
    }

    /// At rest there, with nothing to stop.
    pub fn rest_at(&mut self, position_rad: f64) {
        self.state = State::at(position_rad);
        self.stop = Stop::at_rest(position_rad);
        self.tried = (self.state, self.stop);
    }

    /// Looks up where the stored stop takes the joint.
    pub fn look_ahead(&mut self) {
        self.braked = self.stopped();
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

    /// One tick along the stored stop.
    fn stopped(&self) -> (State, Stop) {
        let mut stop = self.stop;
        let state = stop.advance(&self.state, self.dt_s);
        (state, stop)
    }
}

#[cfg(test)]
mod tests {
    use super::bounds_of;
    use crate::JointLimits;

    // Hazard: H-01, H-02
    #[test]
    fn a_joint_keeps_a_hair_inside_what_its_profile_says() {
        let limits = JointLimits {
            position_min_rad: -2.0,
            position_max_rad: 1.0,
            velocity_max_rad_s: 3.0,
            acceleration_max_rad_s2: 12.0,
            jerk_max_rad_s3: 400.0,
            torque_max_nm: 1.0,
            torque_rate_max_nm_s: f64::INFINITY,
        };
        let bounds = bounds_of(&limits, 1e-3);
        for (bound, limit) in [
            (-bounds.low_rad, 2.0),
            (bounds.high_rad, 1.0),
            (bounds.velocity, 3.0),
            (bounds.acceleration, 12.0),
            (bounds.acceleration_max, 12.0),
            (bounds.jerk, 400.0),
        ] {
            assert!(bound < limit && bound > limit * (1.0 - 1e-7), "{bound} of {limit}");
        }
    }
}
