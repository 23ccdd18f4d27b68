//! When the drives have power, what a wish must be, and what torque is sent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod checker;

use checker::{Checker, Violations, joint, profile};
use spinal_arm::{ArmModel, DhRow, Mat3, Pose, Tool, Vec3};
use spinal_gate::{DOF_MAX, Gate, Mode, Power, Profile, Wish};

fn two_joints() -> Profile {
    profile(vec![joint(-1.0, 1.0, 2.0, 10.0, 400.0); 2], 1_000_000)
}

fn started() -> Gate {
    let mut gate = Gate::new(&two_joints(), None, 80.0).unwrap();
    assert!(gate.start_at(&[0.0; DOF_MAX]));
    gate
}

fn far() -> Wish {
    let mut far = [0.0; DOF_MAX];
    (far[0], far[1]) = (0.9, -0.9);
    Wish::at(far)
}

/// A gate whose joints are in full motion.
fn moving() -> Gate {
    let mut gate = started();
    for tick in 0..300 {
        gate.step(Some(&far()), Mode::Track, tick);
    }
    assert!(gate.velocity_rad_s()[0] > 1.0);
    gate
}

// Hazard: H-14
#[test]
fn there_is_no_power_before_the_start() {
    let mut gate = Gate::new(&two_joints(), None, 80.0).unwrap();
    let command = gate.step(Some(&far()), Mode::Track, 0);
    assert_eq!((command.power(), command.mode()), (Power::Off, Mode::Sto));
    assert_eq!(command.position_rad(), &[0.0; DOF_MAX]);
}

// Hazard: H-14
#[test]
fn a_start_outside_the_limits_is_refused() {
    let mut gate = Gate::new(&two_joints(), None, 80.0).unwrap();
    for bad in [1.000_001, -1.000_001, f64::NAN, f64::INFINITY] {
        let mut at = [0.0; DOF_MAX];
        at[1] = bad;
        assert!(!gate.start_at(&at), "{bad}");
        assert_eq!(gate.power(), Power::Off);
    }
    let mut at = [0.0; DOF_MAX];
    at[1] = 0.999_999;
    assert!(gate.start_at(&at));
}

// Hazard: H-14, H-16
#[test]
fn sto_takes_power_at_once_and_keeps_it() {
    let mut gate = moving();
    let command = gate.step(Some(&far()), Mode::Sto, 1);
    assert_eq!((command.power(), command.mode()), (Power::Off, Mode::Sto));
    assert_eq!(command.velocity_rad_s(), &[0.0; DOF_MAX]);
    assert_eq!(gate.step(Some(&far()), Mode::Track, 2).power(), Power::Off);
    let at = *gate.position_rad();
    assert!(gate.start_at(&at));
    assert_eq!(gate.step(Some(&far()), Mode::Track, 3).power(), Power::On);
}

// Hazard: H-15
#[test]
fn ss1_takes_power_only_when_the_joints_rest() {
    let mut gate = moving();
    let mut checker = Checker::new(&two_joints());
    let mut ticks = 0;
    loop {
        let command = gate.step(Some(&far()), Mode::Ss1, ticks);
        checker.look(&command);
        if command.power() == Power::Off {
            break;
        }
        ticks += 1;
        assert!(ticks < 1000);
    }
    assert!(ticks > 50, "stopped after {ticks} ticks");
    assert_eq!(checker.violations, Violations::default());
}

// Hazard: H-15
#[test]
fn ss2_stops_and_keeps_power() {
    let mut gate = moving();
    let last = (0..1000)
        .map(|tick| gate.step(Some(&far()), Mode::Ss2, tick))
        .last()
        .unwrap();
    assert!(gate.is_at_rest());
    assert_eq!((last.power(), last.mode()), (Power::On, Mode::Ss2));
}

// Hazard: H-10
#[test]
fn a_wish_with_one_bad_number_stops_the_robot() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let changes: [fn(&mut Wish, f64); 6] = [
            |wish, bad| wish.position_rad[1] = bad,
            |wish, bad| wish.velocity_rad_s[1] = bad,
            |wish, bad| wish.acceleration_rad_s2[1] = bad,
            |wish, bad| wish.low_rad[1] = bad,
            |wish, bad| wish.high_rad[1] = bad,
            |wish, bad| wish.gripper = bad,
        ];
        for change in changes {
            let mut gate = moving();
            let mut wish = far();
            change(&mut wish, bad);
            for tick in 0..1000 {
                gate.step(Some(&wish), Mode::Track, tick);
            }
            assert!(gate.is_at_rest());
            assert!(gate.position_rad()[0] < 0.89, "it went on to its old aim");
        }
    }
    let mut gate = moving();
    let gripper = |gripper| Wish { gripper, ..far() };
    assert_eq!(gate.step(Some(&gripper(1.0)), Mode::Track, 0).gripper(), 1.0);
    assert_eq!(gate.step(Some(&gripper(1.1)), Mode::Track, 0).gripper(), 1.0);
    assert_eq!(gate.step(Some(&gripper(-0.1)), Mode::Track, 0).gripper(), 1.0);
}

/// One joint that turns a point mass of 2 kg at 0.5 m about a vertical axis: 0.5 kg·m², no gravity torque.
fn crank(torque_max_nm: f64) -> (Profile, ArmModel) {
    let mut limits = joint(-3.0, 3.0, 2.0, 10.0, 400.0);
    limits.torque_max_nm = torque_max_nm;
    let row = DhRow {
        a_m: 0.5,
        d_m: 0.0,
        alpha_rad: 0.0,
        offset_rad: 0.0,
        mass_kg: 2.0,
        com_m: Vec3::ZERO,
        inertia_kg_m2: Mat3 {
            x: Vec3::ZERO,
            y: Vec3::ZERO,
            z: Vec3::ZERO,
        },
        armature_kg_m2: 0.0,
        position_min_rad: -3.0,
        position_max_rad: 3.0,
    };
    let none = Mat3 {
        x: Vec3::ZERO,
        y: Vec3::ZERO,
        z: Vec3::ZERO,
    };
    let tool = Tool {
        T_joint_tool: Pose::IDENTITY,
        mass_kg: 0.0,
        com_m: Vec3::ZERO,
        inertia_kg_m2: none,
    };
    let arm = ArmModel::from_dh(&[row], Pose::IDENTITY, &tool, Vec3::new(0.0, 0.0, -9.81)).unwrap();
    (profile(vec![limits], 1_000_000), arm)
}

#[test]
fn the_command_carries_the_torque_that_it_needs() {
    let (profile, arm) = crank(100.0);
    let mut gate = Gate::new(&profile, Some(arm), 80.0).unwrap();
    assert!(gate.start_at(&[0.0; DOF_MAX]));
    for tick in 0..200 {
        let command = gate.step(Some(&far()), Mode::Track, tick);
        assert!((command.torque_nm()[0] - 0.5 * command.acceleration_rad_s2()[0]).abs() < 1e-9);
    }
}

// Hazard: H-02, H-15
#[test]
fn a_motion_that_needs_too_much_torque_is_not_commanded_and_braking_always_is() {
    // 3 N·m allow 6 of the 10 rad/s² that the profile allows.
    let (profile, arm) = crank(3.0);
    let mut gate = Gate::new(&profile, Some(arm), 80.0).unwrap();
    assert!(gate.start_at(&[0.0; DOF_MAX]));
    let (mut fastest, mut limited) = (0.0f64, 0);
    for tick in 0..3000 {
        let command = gate.step(Some(&far()), Mode::Track, tick);
        assert!(
            command.acceleration_rad_s2()[0] <= 6.0 + 1e-9,
            "{}",
            command.acceleration_rad_s2()[0]
        );
        assert!(command.torque_nm()[0].abs() <= 3.0);
        fastest = fastest.max(command.velocity_rad_s()[0]);
        limited += u64::from(gate.limited().is_some());
    }
    assert!(limited > 0 && fastest > 1.0, "limited {limited}, fastest {fastest}");
    assert!(
        (gate.position_rad()[0] - 0.9).abs() < 1e-3,
        "{}",
        gate.position_rad()[0]
    );
}

// Hazard: H-19, H-20
#[test]
fn torque_for_the_port_is_held_to_its_limit_and_must_be_finite() {
    let (profile, arm) = crank(3.0);
    let mut gate = Gate::new(&profile, Some(arm), 80.0).unwrap();
    assert!(gate.start_at(&[0.0; DOF_MAX]));
    let command = gate.step(Some(&far()), Mode::Track, 0);
    let own = command.torque_nm()[0];
    let with = |torque| gate.with_torque(&command, &[torque; DOF_MAX]).torque_nm()[0];
    assert_eq!((with(2.9), with(3.1), with(-1e9)), (2.9, 3.0, -3.0));
    assert_eq!((with(f64::NAN), with(f64::INFINITY)), (own, own));
    let off = gate.clone().step(None, Mode::Sto, 1);
    assert_eq!(gate.with_torque(&off, &[1.0; DOF_MAX]).torque_nm(), &[0.0; DOF_MAX]);
}

// Hazard: H-16
#[test]
fn each_stop_has_its_category() {
    let categories = [Mode::Track, Mode::Sos, Mode::Ss2, Mode::Ss1, Mode::Sto].map(Mode::category);
    assert_eq!(categories, [None, None, Some(2), Some(1), Some(0)]);
}

#[test]
fn a_command_tells_what_the_gate_decided() {
    let mut gate = moving();
    let wish = Wish { gripper: 0.25, ..far() };
    let command = gate.step(Some(&wish), Mode::Track, 77);
    assert_eq!(
        (command.at_ns(), command.gripper(), command.mode()),
        (77, 0.25, Mode::Track)
    );
    assert_eq!(command.position_rad(), gate.position_rad());
    assert_eq!(command.velocity_rad_s(), gate.velocity_rad_s());
    assert_eq!(command.acceleration_rad_s2(), gate.acceleration_rad_s2());
    assert!(command.position_rad()[0] > 0.1 && command.velocity_rad_s()[1] < -0.1);
}

#[test]
fn an_arm_with_another_number_of_joints_is_refused() {
    let (_, arm) = crank(3.0);
    assert_eq!(Gate::new(&two_joints(), Some(arm), 80.0).unwrap_err().field, "joints");
}
