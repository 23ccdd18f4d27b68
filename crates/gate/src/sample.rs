//! The joints along a stopping path, sample by sample.

use crate::DOF_MAX;
use crate::body::higher;
use crate::joint::Joint;

/// All joints at one instant of the path.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub position: [f64; DOF_MAX],
    pub velocity: [f64; DOF_MAX],
    pub acceleration: [f64; DOF_MAX],
    /// Upper bound of the way of each joint since the sample before, rad.
    pub travelled: [f64; DOF_MAX],
    /// Upper bound of the acceleration of each joint since the sample before, rad/s².
    pub pushed: [f64; DOF_MAX],
    /// Upper bound of how much faster than at both samples each joint goes in between, rad/s.
    pub bulge: [f64; DOF_MAX],
}

/// The way of the joints since shapes were last looked at.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub since_s: f64,
    pub travelled: [f64; DOF_MAX],
    pub pushed: [f64; DOF_MAX],
}

impl Span {
    pub const NONE: Self = Self {
        since_s: 0.0,
        travelled: [0.0; DOF_MAX],
        pushed: [0.0; DOF_MAX],
    };

    pub fn add(&mut self, sample: &Sample, since_s: f64) {
        self.since_s += since_s;
        for (sum, way) in self.travelled.iter_mut().zip(&sample.travelled) {
            *sum += way;
        }
        for (most, pushed) in self.pushed.iter_mut().zip(&sample.pushed) {
            *most = higher(*most, *pushed);
        }
    }

    /// Upper bounds of the way of each joint and of how far it was from moving evenly, rad; then a new span begins.
    pub fn end(&mut self) -> ([f64; DOF_MAX], [f64; DOF_MAX]) {
        // A path of acceleration A during T leaves its chord by at most A·T²/8.
        let eighth = self.since_s * self.since_s * 0.125;
        let bounds = (self.travelled, self.pushed.map(|pushed| pushed * eighth));
        *self = Self::NONE;
        bounds
    }
}

impl Sample {
    pub const NOWHERE: Self = Self {
        position: [0.0; DOF_MAX],
        velocity: [0.0; DOF_MAX],
        acceleration: [0.0; DOF_MAX],
        travelled: [0.0; DOF_MAX],
        pushed: [0.0; DOF_MAX],
        bulge: [0.0; DOF_MAX],
    };

    /// Where the joints are.
    pub fn start(&mut self, joints: &[Joint]) {
        let state = self
            .position
            .iter_mut()
            .zip(&mut self.velocity)
            .zip(&mut self.acceleration);
        for (joint, ((position, velocity), acceleration)) in joints.iter().zip(state) {
            (*position, *velocity, *acceleration) =
                (joint.state.position, joint.state.velocity, joint.state.acceleration);
        }
    }

    /// On to the states `ticks` along the stops that were tried, `since_s` after the last.
    pub fn go_to(&mut self, joints: &[Joint], ticks: u32, since_s: f64, dt_s: f64) {
        let state = self
            .position
            .iter_mut()
            .zip(&mut self.velocity)
            .zip(&mut self.acceleration);
        let bounds = self.travelled.iter_mut().zip(&mut self.pushed).zip(&mut self.bulge);
        for ((joint, ((position, velocity), acceleration)), ((travelled, pushed), bulge)) in
            joints.iter().zip(state).zip(bounds)
        {
            let (from, stop) = &joint.tried;
            let here = if ticks == 0 {
                *from
            } else {
                stop.state_at(from, ticks, dt_s)
            };
            // At constant jerk the speed between two instants is at most the greater of theirs and |Δa|·h/8.
            *bulge = (here.acceleration - *acceleration).abs() * since_s * 0.125;
            *travelled = since_s * (here.velocity.abs().max(velocity.abs()) + *bulge);
            // The acceleration is straight in between, so that its ends bound it.
            *pushed = here.acceleration.abs().max(acceleration.abs());
            (*position, *velocity, *acceleration) = (here.position, here.velocity, here.acceleration);
        }
    }
}
