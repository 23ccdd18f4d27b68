//! Velocity, external torque and servo torque, seen through a whole System 1 on a simulated arm.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod cell;

use cell::{HOME_RAD, PERIOD_NS, START_NS};
use spinal_arm::{ArmModel, DhRow, Mat3, Pose, Tool, Vec3};
use spinal_gate::{Command, DOF_MAX, INPUTS_MAX, Measured, Proposal, Semantics};
use spinal_reflex::{Control, Reflex, Servo, Settings, Status};

fn diagonal(x: f64) -> Mat3 {
    Mat3 {
        x: Vec3::new(x, 0.0, 0.0),
        y: Vec3::new(0.0, x, 0.0),
        z: Vec3::new(0.0, 0.0, x),
    }
}

/// Six joints with the lengths and masses of a UR5e.
fn arm() -> ArmModel {
    let quarter = std::f64::consts::FRAC_PI_2;
    let row = |(a_m, d_m, alpha_rad, mass_kg): (f64, f64, f64, f64)| DhRow {
        a_m,
        d_m,
        alpha_rad,
        offset_rad: 0.0,
        mass_kg,
        com_m: Vec3::new(-0.5 * a_m, 0.0, 0.02),
        inertia_kg_m2: diagonal(0.01 * mass_kg),
        armature_kg_m2: 0.1,
        position_min_rad: -6.2,
        position_max_rad: 6.2,
    };
    let rows = [
        (0.0, 0.1625, quarter, 3.761),
        (-0.425, 0.0, 0.0, 8.058),
        (-0.3922, 0.0, 0.0, 2.846),
        (0.0, 0.1333, quarter, 1.37),
        (0.0, 0.0997, -quarter, 1.3),
        (0.0, 0.0996, 0.0, 0.365),
    ];
    let tool = Tool {
        T_joint_tool: Pose::IDENTITY,
        mass_kg: 0.0,
        com_m: Vec3::ZERO,
        inertia_kg_m2: diagonal(0.0),
    };
    ArmModel::from_dh(&rows.map(row), Pose::IDENTITY, &tool, Vec3::new(0.0, 0.0, -9.81)).unwrap()
}

/// A System 1 with an arm, and joints that follow their commands exactly; the motor torque is what that needs, less what the world pushes.
struct Robot {
    reflex: Reflex,
    arm: ArmModel,
    now_ns: i64,
    /// Torque that the world exerts on each joint, N·m.
    pushed: [f64; 6],
    noise_rad: f64,
    seed: u64,
    command: Option<Command>,
}

impl Robot {
    fn new(settings: Settings) -> Self {
        let reflex = Reflex::new(cell::profile(), Some(arm()), settings).unwrap();
        Self {
            reflex,
            arm: arm(),
            now_ns: START_NS,
            pushed: [0.0; 6],
            noise_rad: 0.0,
            seed: 1,
            command: None,
        }
    }

    fn noise(&mut self) -> f64 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.noise_rad * ((self.seed >> 11) as f64 / (1u64 << 52) as f64 - 1.0)
    }

    fn run(&mut self, ticks: usize, mut look: impl FnMut(&Command, &Status)) {
        for _ in 0..ticks {
            self.now_ns += PERIOD_NS;
            let mut measured = Measured {
                at_ns: self.now_ns,
                position_rad: [0.0; DOF_MAX],
                velocity_rad_s: [0.0; DOF_MAX],
                torque_nm: [0.0; DOF_MAX],
                inputs: [0.0; INPUTS_MAX],
            };
            measured.position_rad[..6].copy_from_slice(&HOME_RAD);
            let still = [0.0; DOF_MAX];
            let (mut velocity, mut acceleration) = (still, still);
            if let Some(command) = &self.command {
                measured.position_rad = *command.position_rad();
                (velocity, acceleration) = (*command.velocity_rad_s(), *command.acceleration_rad_s2());
            }
            measured.torque_nm = self
                .arm
                .inverse_dynamics(&measured.position_rad, &velocity, &acceleration);
            for joint in 0..6 {
                measured.torque_nm[joint] -= self.pushed[joint];
                measured.position_rad[joint] += self.noise();
            }
            let command = self.reflex.tick(self.now_ns, &measured, false);
            look(&command, self.reflex.status());
            self.command = Some(command);
        }
    }

    /// Starts a swing of all joints, 0.5 rad and back.
    fn swing(&mut self) {
        self.run(1, |_, _| {});
        self.reflex
            .control(&Control::Grant { source: 1, epoch: 1 }, self.now_ns);
        let mut chunk = Proposal {
            source: 1,
            epoch: 1,
            sequence: 1,
            made_at_ns: self.now_ns,
            observed_at_ns: self.now_ns,
            valid_until_ns: i64::MAX,
            profile_hash: [7; 32],
            semantics: Semantics::JointPosition,
            period_ns: 100_000_000,
            dof: 6,
            steps: 16,
            ..Proposal::default()
        };
        for (k, step) in chunk.targets.iter_mut().enumerate().take(16) {
            let s = (k + 1) as f64 / 16.0;
            for (target, home) in step.iter_mut().zip(HOME_RAD) {
                *target = home + 0.25 * (1.0 - (2.0 * std::f64::consts::PI * s).cos());
            }
        }
        assert!(self.reflex.offer(&chunk, self.now_ns).is_admitted());
    }
}

#[test]
fn the_velocity_estimate_follows_the_motion_through_noise() {
    let mut robot = Robot::new(Settings::default());
    robot.noise_rad = 1e-4;
    robot.swing();
    let (mut worst, mut plain, mut before) = (0.0f64, 0.0f64, None);
    robot.run(1600, |command, status| {
        let truth = command.velocity_rad_s()[1];
        // The estimate is of the tick before; at 6 rad/s² that is 6 mrad/s.
        worst = worst.max((status.velocity_estimate_rad_s[1] - truth).abs());
        if let Some(before) = before.replace(status.position_measured_rad[1]) {
            plain = plain.max(((status.position_measured_rad[1] - before) / 1e-3 - truth).abs());
        }
    });
    assert!(worst < 0.06, "estimate off by {worst} rad/s");
    assert!(
        plain > 3.0 * worst,
        "plain differences are off by {plain} rad/s, the estimate by {worst}"
    );
}

#[test]
fn an_old_reading_does_not_enter_the_estimate_twice() {
    let mut robot = Robot::new(Settings::default());
    robot.swing();
    robot.run(300, |_, _| {});
    let estimate = robot.reflex.status().velocity_estimate_rad_s;
    let mut measured = Measured {
        at_ns: robot.now_ns,
        position_rad: robot.reflex.status().position_measured_rad,
        velocity_rad_s: [0.0; DOF_MAX],
        torque_nm: [0.0; DOF_MAX],
        inputs: [0.0; INPUTS_MAX],
    };
    measured.position_rad[0] += 0.01;
    robot.reflex.tick(robot.now_ns + PERIOD_NS, &measured, false);
    assert_eq!(robot.reflex.status().velocity_estimate_rad_s, estimate);
}

// Hazard: H-20
#[test]
fn without_contact_the_torque_residual_stays_small_in_motion() {
    let mut robot = Robot::new(Settings::default());
    robot.swing();
    let mut worst = 0.0f64;
    robot.run(1600, |_, status| {
        worst = status.torque_residual_nm.iter().fold(worst, |w, r| w.max(r.abs()))
    });
    assert!(worst < 1.0, "{worst} N·m from nothing");
}

// Hazard: H-20
#[test]
fn a_push_shows_in_the_residual_of_its_joint() {
    let mut robot = Robot::new(Settings::default());
    robot.swing();
    robot.run(400, |_, _| {});
    robot.pushed[2] = 12.0;
    // Bandwidth 25 1/s: 200 ms are five time constants.
    robot.run(200, |_, _| {});
    let residual = robot.reflex.status().torque_residual_nm;
    assert!((residual[2] - 12.0).abs() < 1.0, "{}", residual[2]);
    for joint in [0, 1, 3, 4, 5] {
        assert!(residual[joint].abs() < 1.0, "joint {joint}: {}", residual[joint]);
    }
}

#[test]
fn pass_through_sends_the_torque_that_the_motion_needs() {
    let mut robot = Robot::new(Settings::default());
    robot.swing();
    let arm = arm();
    robot.run(500, |command, _| {
        let needed = arm.inverse_dynamics(
            command.position_rad(),
            command.velocity_rad_s(),
            command.acceleration_rad_s2(),
        );
        for (torque, needed) in command.torque_nm().iter().zip(&needed) {
            assert!((torque - needed).abs() < 1e-12, "{torque} {needed}");
        }
    });
}

#[test]
fn computed_torque_corrects_what_the_robot_is_off() {
    let servo = Servo::ComputedTorque { kp: 100.0, kd: 20.0 };
    let mut robot = Robot::new(Settings {
        servo,
        ..Settings::default()
    });
    robot.run(1, |_, _| {});
    let status = *robot.reflex.status();
    let mut measured = Measured {
        at_ns: robot.now_ns + PERIOD_NS,
        position_rad: status.position_measured_rad,
        velocity_rad_s: [0.0; DOF_MAX],
        torque_nm: [0.0; DOF_MAX],
        inputs: [0.0; INPUTS_MAX],
    };
    measured.position_rad[5] -= 0.01;
    let command = robot.reflex.tick(robot.now_ns + PERIOD_NS, &measured, false);
    let velocity = robot.reflex.status().velocity_estimate_rad_s;
    let mut acceleration = [0.0; DOF_MAX];
    let off = command.position_rad().iter().zip(&measured.position_rad).zip(&velocity);
    for (acceleration, ((to, at), velocity)) in acceleration.iter_mut().zip(off) {
        *acceleration = 100.0 * (to - at) - 20.0 * velocity;
    }
    let wanted = arm().inverse_dynamics(&measured.position_rad, &velocity, &acceleration);
    for ((sent, wanted), joint) in command.torque_nm().iter().zip(wanted).zip(&cell::profile().joints) {
        let limit = joint.torque_max_nm;
        assert!(
            (sent - wanted.clamp(-limit, limit)).abs() < 1e-9,
            "{sent} sent, {wanted} wanted"
        );
    }
}

#[test]
fn pid_pulls_towards_the_command_and_its_integral_is_bounded() {
    let servo = Servo::Pid {
        kp: 10.0,
        ki: 1000.0,
        kd: 0.0,
        integral_max_nm: 2.0,
    };
    let mut cell = cell::Cell::with_settings(Settings {
        servo,
        ..Settings::default()
    });
    cell.run(1);
    let torque = |cell: &mut cell::Cell| {
        cell.tick_with(|measured| measured.position_rad[0] -= 0.05, false)
            .torque_nm()[0]
    };
    // 0.5 N·m at once, the integral grows by 0.05 N·m a tick up to 2 N·m.
    assert!((torque(&mut cell) - 0.55).abs() < 1e-9);
    assert!((torque(&mut cell) - 0.6).abs() < 1e-9);
    (0..200).for_each(|_| {
        torque(&mut cell);
    });
    assert!((torque(&mut cell) - 2.5).abs() < 1e-9);
}

#[test]
fn settings_that_cannot_be_run_with_are_refused() {
    let bad = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        Reflex::new(cell::profile(), None, settings)
            .err()
            .map(|error| error.field)
    };
    assert_eq!(bad(|_| {}), None);
    assert_eq!(
        bad(|s| s.servo = Servo::ComputedTorque { kp: 1.0, kd: 1.0 }).as_deref(),
        Some("servo")
    );
    let pid = Servo::Pid {
        kp: f64::NAN,
        ki: 0.0,
        kd: 0.0,
        integral_max_nm: 0.0,
    };
    let mut settings = Settings {
        servo: pid,
        ..Settings::default()
    };
    assert_eq!(
        Reflex::new(cell::profile(), None, settings).err().unwrap().field,
        "servo.kp"
    );
    settings.servo = Servo::PassThrough;
    for value in [0.0, f64::NAN, f64::INFINITY, 301.0] {
        settings.observer.gain_1_s = value;
        assert_eq!(
            Reflex::new(cell::profile(), None, settings).err().unwrap().field,
            "observer.gain_1_s"
        );
    }
    assert_eq!(
        bad(|s| s.estimator.position_noise_rad = 0.0).as_deref(),
        Some("estimator.position_noise_rad")
    );
    assert_eq!(
        bad(|s| s.estimator.jerk_noise = f64::NAN).as_deref(),
        Some("estimator.jerk_noise")
    );
    assert_eq!(bad(|s| s.blend_ns = 0).as_deref(), Some("blend_ns"));
    assert_eq!(bad(|s| s.follow_rad_s = -1.0).as_deref(), Some("follow_rad_s"));
}
