//! What tunes System 1 without touching safety. Limits are in the profile.

use core::fmt;

/// How torque is made for the port.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Servo {
    /// The robot closes its own position loop; the torque sent is only the feed-forward of the command (zero without an arm model).
    PassThrough,
    /// PID on position, with the feed-forward of the command where an arm model is given.
    Pid {
        /// N·m/rad.
        kp: f64,
        /// N·m/(rad·s).
        ki: f64,
        /// N·m·s/rad.
        kd: f64,
        /// Bound of the integral part, N·m.
        integral_max_nm: f64,
    },
    /// Inverse dynamics of the commanded acceleration plus a PD correction; needs an arm model.
    ComputedTorque {
        /// 1/s².
        kp: f64,
        /// 1/s.
        kd: f64,
    },
}

/// Noise of the velocity estimate (Kalman filter, constant acceleration).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimator {
    /// Standard deviation of a measured position, rad.
    pub position_noise_rad: f64,
    /// Density of the jerk that drives the model, rad/s³/√Hz.
    pub jerk_noise: f64,
}

/// Momentum observer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observer {
    /// Bandwidth of the residual, 1/s.
    pub gain_1_s: f64,
}

/// Tuning of System 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Torque for the port.
    pub servo: Servo,
    /// Velocity estimate.
    pub estimator: Estimator,
    /// External torque estimate; used only with an arm model.
    pub observer: Observer,
    /// Time over which the difference between the motion now and a new chunk fades out, ns.
    pub blend_ns: i64,
    /// Bandwidth with which the motion closes small differences to its wish, rad/s.
    pub follow_rad_s: f64,
}

impl Default for Settings {
    /// Pass-through for a position-controlled industrial arm at 1 kHz. Values chosen by hand.
    fn default() -> Self {
        Self {
            servo: Servo::PassThrough,
            estimator: Estimator {
                position_noise_rad: 1e-4,
                jerk_noise: 200.0,
            },
            observer: Observer { gain_1_s: 25.0 },
            blend_ns: 100_000_000,
            follow_rad_s: 80.0,
        }
    }
}

/// A profile or setting that System 1 cannot run with: what, its value, what is allowed.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigError {
    /// Where, for example `joints[2].jerk_max_rad_s3`.
    pub field: String,
    /// The value found.
    pub value: String,
    /// What is allowed.
    pub allowed: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}, allowed is {}", self.field, self.value, self.allowed)
    }
}

impl std::error::Error for ConfigError {}
