//! A robot in closed form: every joint follows its commanded position through a first-order lag. For benchmarks up to 100 kHz and for tests.

use spinal_gate::{Command, DOF_MAX, INPUTS_MAX, Measured, Power};

use crate::RobotPort;

/// Joints that follow their commands. Without power they stand still, as with brakes on.
#[derive(Clone, Debug)]
pub struct AnalyticPlant {
    measured: Measured,
    dof: usize,
    share: f64,
    period_s: f64,
    vacuum: f64,
    is_cut: bool,
}

impl AnalyticPlant {
    /// A robot at rest at these positions (rad). `lag_s` is the time constant with which the joints follow; 0 = at once.
    #[must_use]
    pub fn new(position_rad: &[f64], lag_s: f64, period_ns: i64, now_ns: i64) -> Self {
        let mut measured = Measured {
            at_ns: now_ns,
            position_rad: [0.0; DOF_MAX],
            velocity_rad_s: [0.0; DOF_MAX],
            torque_nm: [0.0; DOF_MAX],
            inputs: [0.0; INPUTS_MAX],
        };
        for (joint, &position) in measured.position_rad.iter_mut().zip(position_rad) {
            *joint = position;
        }
        let period_s = period_ns as f64 * 1e-9;
        let share = if lag_s > 0.0 {
            1.0 - (-period_s / lag_s).exp()
        } else {
            1.0
        };
        Self {
            measured,
            dof: position_rad.len().min(DOF_MAX),
            share,
            period_s,
            vacuum: 0.0,
            is_cut: false,
        }
    }
}

impl RobotPort for AnalyticPlant {
    fn read(&mut self, now_ns: i64) -> Measured {
        self.measured.at_ns = now_ns;
        self.measured
    }

    fn cut(&mut self, is_cut: bool) {
        self.is_cut = is_cut;
    }

    fn write(&mut self, command: &Command) {
        let powered = command.power() == Power::On && !self.is_cut;
        let robot = self
            .measured
            .position_rad
            .iter_mut()
            .zip(&mut self.measured.velocity_rad_s);
        let robot = robot.zip(&mut self.measured.torque_nm).take(self.dof);
        for (((position, velocity), torque), (&to, &wanted)) in
            robot.zip(command.position_rad().iter().zip(command.torque_nm()))
        {
            let step = if powered { self.share * (to - *position) } else { 0.0 };
            *position += step;
            *velocity = step / self.period_s;
            *torque = wanted;
        }
        self.vacuum += self.share * (command.gripper() - self.vacuum);
        if let Some(level) = self.measured.inputs.first_mut() {
            *level = self.vacuum;
        }
    }
}
