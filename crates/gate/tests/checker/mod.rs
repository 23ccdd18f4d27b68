//! Looks at commands only, with its own arithmetic: differences between ticks against the profile's own numbers, without tolerance.
#![allow(dead_code, clippy::indexing_slicing)]

use spinal_gate::{Command, JointLimits, Profile};

pub fn joint(low: f64, high: f64, velocity: f64, acceleration: f64, jerk: f64) -> JointLimits {
    JointLimits {
        position_min_rad: low,
        position_max_rad: high,
        velocity_max_rad_s: velocity,
        acceleration_max_rad_s2: acceleration,
        jerk_max_rad_s3: jerk,
        torque_max_nm: 100.0,
        torque_rate_max_nm_s: f64::INFINITY,
    }
}

pub fn profile(joints: Vec<JointLimits>, period_ns: i64) -> Profile {
    Profile {
        joints,
        arm: None,
        people: None,
        geometry: None,
        period_ns,
        tracking_error_max_rad: 0.1,
        observation_age_max_ns: 300_000_000,
        proposal_gap_max_ns: 100_000_000,
        measured_age_max_ns: 100_000_000,
        splice_jump_max_rad: 0.2,
        deadline_misses_max: 5,
        tick_overrun_max: 1000,
        packet_loss_max: 1000,
        hash: [0; 32],
    }
}

/// Violations found so far.
#[derive(Debug, Default, PartialEq)]
pub struct Violations {
    pub position: u64,
    pub velocity: u64,
    pub acceleration: u64,
    pub jerk: u64,
    pub not_finite: u64,
}

pub struct Checker {
    limits: Vec<JointLimits>,
    dt: f64,
    last: Option<Command>,
    pub violations: Violations,
}

impl Checker {
    pub fn new(profile: &Profile) -> Self {
        Self {
            limits: profile.joints.clone(),
            dt: profile.period_ns as f64 * 1e-9,
            last: None,
            violations: Violations::default(),
        }
    }

    pub fn look(&mut self, command: &Command) {
        for (j, limits) in self.limits.iter().enumerate() {
            let now = [
                command.position_rad()[j],
                command.velocity_rad_s()[j],
                command.acceleration_rad_s2()[j],
            ];
            let v = &mut self.violations;
            v.not_finite += u64::from(!now.iter().all(|x| x.is_finite()));
            v.position += u64::from(now[0] < limits.position_min_rad || now[0] > limits.position_max_rad);
            v.velocity += u64::from(now[1].abs() > limits.velocity_max_rad_s);
            v.acceleration += u64::from(now[2].abs() > limits.acceleration_max_rad_s2);
            let Some(last) = &self.last else { continue };
            let before = [
                last.position_rad()[j],
                last.velocity_rad_s()[j],
                last.acceleration_rad_s2()[j],
            ];
            let rate = |i: usize| ((now[i] - before[i]) / self.dt).abs();
            v.velocity += u64::from(rate(0) > limits.velocity_max_rad_s);
            v.acceleration += u64::from(rate(1) > limits.acceleration_max_rad_s2);
            v.jerk += u64::from(rate(2) > limits.jerk_max_rad_s3);
        }
        self.last = Some(*command);
    }
}
