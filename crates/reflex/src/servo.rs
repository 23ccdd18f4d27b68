//! Torque for ports that take torque.

use spinal_arm::ArmModel;
use spinal_gate::{Command, DOF_MAX};

use crate::Servo;

/// State of the servo: only the PID has one.
pub(crate) struct TorqueServo {
    servo: Servo,
    integral_nm: [f64; DOF_MAX],
}

impl TorqueServo {
    pub fn new(servo: Servo) -> Self {
        Self {
            servo,
            integral_nm: [0.0; DOF_MAX],
        }
    }

    /// Forgets the integral part.
    pub fn reset(&mut self) {
        self.integral_nm = [0.0; DOF_MAX];
    }

    /// Joint torques for this command, N·m; nothing when the command's own feed-forward is all that is wanted.
    pub fn torque(
        &mut self,
        command: &Command,
        arm: Option<&ArmModel>,
        position_rad: &[f64; DOF_MAX],
        velocity_rad_s: &[f64; DOF_MAX],
        period_s: f64,
    ) -> Option<[f64; DOF_MAX]> {
        let mut out = *command.torque_nm();
        let positions = command.position_rad().iter().zip(position_rad);
        let velocities = command.velocity_rad_s().iter().zip(velocity_rad_s);
        let errors = positions
            .zip(velocities)
            .map(|((to, at), (v_to, v_at))| (to - at, v_to - v_at));
        match (self.servo, arm) {
            (Servo::PassThrough, _) => return None,
            (
                Servo::Pid {
                    kp,
                    ki,
                    kd,
                    integral_max_nm,
                },
                _,
            ) => {
                for ((torque, integral), (error, rate)) in out.iter_mut().zip(&mut self.integral_nm).zip(errors) {
                    *integral = (*integral + ki * error * period_s).clamp(-integral_max_nm, integral_max_nm);
                    *torque += kp * error + *integral + kd * rate;
                }
            }
            (Servo::ComputedTorque { kp, kd }, Some(arm)) => {
                let mut acceleration = *command.acceleration_rad_s2();
                for (acceleration, (error, rate)) in acceleration.iter_mut().zip(errors) {
                    *acceleration += kp * error + kd * rate;
                }
                out = arm.inverse_dynamics(position_rad, velocity_rad_s, &acceleration);
            }
            (Servo::ComputedTorque { .. }, None) => return None,
        }
        Some(out)
    }
}
