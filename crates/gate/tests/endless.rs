//! A stop that takes longer than can be looked at is no verified stop, whatever the profile leaves unlimited.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod checker;

use checker::{joint, profile};
use spinal_arm::{ArmModel, DhRow, Mat3, Pose, Tool, Vec3};
use spinal_gate::{ArmLimits, Check, DOF_MAX, Gate, Mode, Profile, Wish};

/// A mass of 5 kg at the end of a bar of 1 m that hangs down at 0 rad: holding it takes 49 N·m times the sine of its angle.
fn pendulum() -> ArmModel {
    let row = DhRow {
        a_m: 1.0,
        d_m: 0.0,
        alpha_rad: 0.0,
        offset_rad: 0.0,
        mass_kg: 5.0,
        com_m: Vec3::ZERO,
        inertia_kg_m2: Mat3::IDENTITY,
        armature_kg_m2: 0.0,
        position_min_rad: -6.3,
        position_max_rad: 6.3,
    };
    let tool = Tool {
        T_joint_tool: Pose::IDENTITY,
        mass_kg: 0.01,
        com_m: Vec3::ZERO,
        inertia_kg_m2: Mat3::IDENTITY,
    };
    ArmModel::from_dh(&[row], Pose::IDENTITY, &tool, Vec3::new(9.81, 0.0, 0.0)).unwrap()
}

/// A joint so slow to brake that a stop from a tenth of its speed takes ten seconds, too weak to hold the bar beyond about 30°.
fn slow() -> Profile {
    let mut joint = joint(-6.2, 6.2, 0.5, 0.005, 1.0);
    joint.torque_max_nm = 25.0;
    profile(vec![joint], 10_000_000)
}

/// Every limit of the whole arm written as unlimited.
fn unlimited() -> Profile {
    let arm = ArmLimits {
        tool_speed_max_m_s: f64::INFINITY,
        elbow_speed_max_m_s: f64::INFINITY,
        momentum_max_kg_m_s: f64::INFINITY,
        power_max_w: f64::INFINITY,
        kinetic_energy_max_j: f64::INFINITY,
        stopping_time_max_s: f64::INFINITY,
        stopping_distance_max_m: f64::INFINITY,
    };
    Profile {
        arm: Some(arm),
        ..slow()
    }
}

// Hazard: H-02, H-03
#[test]
fn a_stop_too_long_to_be_looked_at_is_refused_where_stopping_time_is_unlimited() {
    for profile in [slow(), unlimited()] {
        let arm = pendulum();
        let mut gate = Gate::new(&profile, Some(arm.clone()), 20.0).unwrap();
        let mut start = [0.0; DOF_MAX];
        start[0] = -0.5;
        assert!(gate.start_at(&start));
        let mut far = [0.0; DOF_MAX];
        far[0] = 6.0;
        let (mut fastest_rad_s, mut refused) = (0.0f64, 0);
        for tick in 0..12_000 {
            let mode = if tick < 6_000 { Mode::Track } else { Mode::Ss2 };
            let command = gate.step(Some(&Wish::at(far)), mode, tick * 10_000_000);
            let (q, qd, qdd) = (
                command.position_rad(),
                command.velocity_rad_s(),
                command.acceleration_rad_s2(),
            );
            let torque_nm = arm.inverse_dynamics(q, qd, qdd)[0];
            assert!(torque_nm.abs() <= 25.0, "{torque_nm} N·m at tick {tick}, {} rad", q[0]);
            fastest_rad_s = fastest_rad_s.max(qd[0]);
            refused += u32::from(gate.limited().is_some_and(|found| found.check == Check::StoppingTime));
        }
        assert!(gate.is_at_rest());
        assert!(
            fastest_rad_s > 0.03,
            "standing still is no proof: {fastest_rad_s} rad/s"
        );
        assert!(refused > 0);
    }
}
