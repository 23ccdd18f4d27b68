//! What tunes System 1, and what is safe for its robot. Limits are in the profile.

use spinal_gate::ConfigError;

use crate::SafeState;

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
    /// What is safe for this robot.
    pub safe_state: SafeState,
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
            safe_state: SafeState::PowerOffWithBrakes,
        }
    }
}

impl Settings {
    /// Whether System 1 can run with them at this tick period.
    ///
    /// # Errors
    /// The first field that is wrong, its value and what is allowed.
    pub fn check(&self, period_ns: i64, has_arm: bool) -> Result<(), ConfigError> {
        let rate_max = 0.3e9 / period_ns as f64;
        match self.servo {
            Servo::PassThrough => {}
            Servo::Pid {
                kp,
                ki,
                kd,
                integral_max_nm,
            } => {
                not_negative("servo.kp", kp)?;
                not_negative("servo.ki", ki)?;
                not_negative("servo.kd", kd)?;
                not_negative("servo.integral_max_nm", integral_max_nm)?;
            }
            Servo::ComputedTorque { kp, kd } => {
                not_negative("servo.kp", kp)?;
                not_negative("servo.kd", kd)?;
                if !has_arm {
                    return Err(ConfigError::new(
                        "servo",
                        "computed torque",
                        "pass-through or PID without an arm model",
                    ));
                }
            }
        }
        within(
            "estimator.position_noise_rad",
            self.estimator.position_noise_rad,
            1e-9,
            1.0,
        )?;
        within("estimator.jerk_noise", self.estimator.jerk_noise, 1e-6, 1e9)?;
        within("observer.gain_1_s", self.observer.gain_1_s, 1e-3, rate_max)?;
        within("follow_rad_s", self.follow_rad_s, 1e-3, rate_max)?;
        within("blend_ns", self.blend_ns as f64, period_ns as f64, 10e9)
    }
}

fn not_negative(field: &str, value: f64) -> Result<(), ConfigError> {
    within(field, value, 0.0, 1e9)
}

fn within(field: &str, value: f64, low: f64, high: f64) -> Result<(), ConfigError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(ConfigError::new(field, value, format!("{low} to {high}")))
}
