//! Numbers that are none, or that are at the ends of what a number can be.

use crate::arm_cell::{home, ur5e};
use crate::site::{Site, admitted, refused};
use spinal_gate::{Check, Frame, Mode, Outcome, Proposal, Semantics};
use spinal_reflex::{Reflex, Servo, Settings, Trigger};

const NO_NUMBERS: [f64; 3] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
const SUBNORMAL: f64 = f64::from_bits(1);

// Hazard: H-10
#[test]
fn nan_and_infinity_in_a_target_are_refused_in_every_semantics() {
    for semantics in Semantics::ALL {
        for bad in NO_NUMBERS {
            let place = semantics.width(6) - 1;
            let finding = refused(semantics, Check::Finite, |proposal| proposal.targets[7][place] = bad);
            assert_eq!((finding.step, usize::from(finding.joint)), (7, place));
        }
    }
}

// Hazard: H-10
#[test]
fn nan_and_infinity_in_the_gripper_are_refused() {
    for bad in NO_NUMBERS {
        let finding = refused(Semantics::JointPosition, Check::Finite, |proposal| {
            proposal.gripper[3] = bad
        });
        assert_eq!(finding.step, 3);
    }
}

#[test]
fn minus_zero_and_subnormal_numbers_are_numbers_like_any_other() {
    let gripper = admitted(Semantics::JointPosition, |_| {});
    assert!(admitted(Semantics::JointPosition, |proposal| proposal.gripper[0] = -0.0) == gripper);
    assert!(admitted(Semantics::JointPosition, |proposal| proposal.gripper[0] = SUBNORMAL) == gripper);
    for semantics in [
        Semantics::JointDelta,
        Semantics::JointVelocity,
        Semantics::ToolDelta(Frame::Tool),
        Semantics::ToolTwist(Frame::Base),
    ] {
        let with = |value: f64| {
            admitted(semantics, move |proposal| {
                proposal.targets[..8].iter_mut().for_each(|step| step[..6].fill(value));
            })
        };
        assert!(with(-0.0) == with(0.0), "{semantics:?}");
        assert!(with(SUBNORMAL) == with(0.0), "{semantics:?}");
    }
}

// Hazard: H-10
#[test]
fn a_number_of_1e308_is_refused_in_every_semantics() {
    for semantics in Semantics::ALL {
        for bad in [1e308, -1e308] {
            // The first number of a step: never a part of a quaternion.
            refused(semantics, Check::Units, |proposal| proposal.targets[2][0] = bad);
        }
    }
    refused(Semantics::ToolPose, Check::Rotation, |proposal| {
        proposal.targets[2][4] = 1e308
    });
}

fn quaternion(proposal: &mut Proposal, step: usize, change: impl Fn(f64) -> f64) {
    proposal.targets[step][3..7]
        .iter_mut()
        .for_each(|part| *part = change(*part));
}

// Hazard: H-10
#[test]
fn a_quaternion_that_is_zero_or_not_of_length_one_is_refused() {
    for (scale, length) in [(0.0, 0.0), (2.0, 2.0), (0.998, 0.998), (1.002, 1.002), (-1.002, 1.002)] {
        let finding = refused(Semantics::ToolPose, Check::Rotation, |proposal| {
            quaternion(proposal, 5, |part| part * scale);
        });
        assert_eq!(finding.step, 5);
        assert!((finding.value - length).abs() < 1e-9, "{finding:?}");
    }
    for scale in [0.9991, 1.0009] {
        admitted(Semantics::ToolPose, |proposal| {
            quaternion(proposal, 5, |part| part * scale)
        });
    }
}

#[test]
fn a_quaternion_and_its_negative_are_the_same_motion_bit_for_bit() {
    let wanted = admitted(Semantics::ToolPose, |_| {});
    let changed = admitted(Semantics::ToolPose, |proposal| {
        for step in [0, 3, 4, 7] {
            quaternion(proposal, step, |part| -part);
        }
    });
    assert!(wanted == changed);
}

#[test]
fn a_rotation_that_wraps_at_pi_is_the_same_rotation_and_a_joint_that_wraps_is_a_jump() {
    // The tool's rotation vector r and r − 2π·axis say the same.
    let semantics = Semantics::ToolDelta(Frame::Base);
    let wanted = admitted(semantics, |_| {});
    let wrapped = admitted(semantics, |proposal| {
        let turn = &mut proposal.targets[6][3..6];
        let angle = turn.iter().map(|part| part * part).sum::<f64>().sqrt();
        let scale = (angle - std::f64::consts::TAU) / angle;
        turn.iter_mut().for_each(|part| *part *= scale);
    });
    for (a, b) in wanted.iter().flatten().zip(wrapped.iter().flatten()) {
        for (a, b) in a.iter().zip(b) {
            assert!((f64::from_bits(*a) - f64::from_bits(*b)).abs() < 1e-5);
        }
    }
    // A joint has no such thing: 2π further is another position.
    for turn in [std::f64::consts::TAU, -std::f64::consts::TAU] {
        refused(Semantics::JointPosition, Check::Splice, |proposal| {
            proposal.targets[..8].iter_mut().for_each(|step| step[0] += turn);
        });
        refused(Semantics::JointPosition, Check::Velocity, |proposal| {
            proposal.targets[4][5] += turn
        });
    }
}

#[test]
fn a_velocity_that_is_no_number_is_refused() {
    for bad in NO_NUMBERS {
        refused(Semantics::JointVelocity, Check::Finite, |proposal| {
            proposal.targets[0][0] = bad
        });
        refused(Semantics::ToolTwist(Frame::Tool), Check::Finite, |proposal| {
            proposal.targets[0][0] = bad
        });
    }
}

#[test]
fn a_gain_that_is_no_number_is_refused_before_anything_moves() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e308, -1.0] {
        let pid = |values: [f64; 4]| Servo::Pid {
            kp: values[0],
            ki: values[1],
            kd: values[2],
            integral_max_nm: values[3],
        };
        let mut settings = vec![];
        for place in 0..4 {
            let mut values = [1.0; 4];
            values[place] = bad;
            let servo = pid(values);
            settings.push(Settings {
                servo,
                ..Settings::default()
            });
        }
        for servo in [
            Servo::ComputedTorque { kp: bad, kd: 1.0 },
            Servo::ComputedTorque { kp: 1.0, kd: bad },
        ] {
            settings.push(Settings {
                servo,
                ..Settings::default()
            });
        }
        let mut other = Settings::default();
        other.observer.gain_1_s = bad;
        settings.push(other);
        let mut other = Settings::default();
        other.estimator.jerk_noise = bad;
        settings.push(other);
        settings.push(Settings {
            follow_rad_s: bad,
            ..Settings::default()
        });
        for settings in settings {
            let refused = Reflex::new(crate::arm_cell::profile(), Some(ur5e::model()), settings);
            assert!(refused.is_err(), "{settings:?}");
        }
    }
    for good in [0.0, -0.0, SUBNORMAL] {
        let servo = Servo::ComputedTorque { kp: good, kd: good };
        let settings = Settings {
            servo,
            ..Settings::default()
        };
        assert!(Reflex::new(crate::arm_cell::profile(), Some(ur5e::model()), settings).is_ok());
    }
}

// Hazard: H-11
#[test]
fn a_timestamp_at_the_ends_of_its_range_is_refused() {
    for instant in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX] {
        refused(Semantics::JointPosition, Check::Age, |proposal| {
            proposal.observed_at_ns = instant
        });
        refused(Semantics::JointPosition, Check::Age, |proposal| {
            proposal.made_at_ns = instant
        });
        if instant < i64::MAX {
            refused(Semantics::JointPosition, Check::Age, |proposal| {
                proposal.valid_until_ns = instant
            });
        }
    }
    for played in [i64::MIN, -1, i64::MAX] {
        refused(Semantics::JointDelta, Check::Played, |proposal| {
            proposal.observed_played_ns = played
        });
    }
    for period in [i64::MIN, i64::MAX] {
        refused(Semantics::JointVelocity, Check::Shape, |proposal| {
            proposal.period_ns = period
        });
    }
}

// Hazard: H-18
#[test]
fn nan_and_infinity_in_the_measured_state_take_power_at_once() {
    for bad in NO_NUMBERS {
        for place in 0..4 {
            let mut site = Site::moving();
            let command = site.tick_with(|measured| match place {
                0 => measured.position_rad[2] = bad,
                1 => measured.velocity_rad_s[2] = bad,
                2 => measured.torque_nm[2] = bad,
                _ => measured.inputs[0] = bad,
            });
            assert_eq!(
                (command.mode(), site.trigger()),
                (Mode::Sto, Trigger::MeasuredNotFinite)
            );
            site.run(500);
            site.is_unharmed();
            let after = site.good(Semantics::JointPosition);
            assert_eq!(site.offer(&after).outcome, Outcome::Refused);
        }
    }
}

// Hazard: H-18
#[test]
fn a_measured_position_of_1e308_stops_the_robot_along_its_verified_stop() {
    for bad in [1e308, -1e308] {
        let mut site = Site::moving();
        site.tick_with(|measured| measured.position_rad[2] = bad);
        assert_eq!(site.trigger(), Trigger::TrackingError);
        site.run(1000);
        site.is_unharmed();
        assert_eq!(site.cycle.status().at_rest, 1);
    }
}

// Hazard: H-18
#[test]
fn a_measured_velocity_or_torque_of_1e308_breaks_no_limit_and_no_arithmetic() {
    for bad in [1e308, -1e308] {
        let mut site = Site::moving();
        for _ in 0..50 {
            let command = site.tick_with(|measured| {
                measured.velocity_rad_s.fill(bad);
                measured.torque_nm.fill(bad);
            });
            assert!(command.torque_nm().iter().all(|torque| torque.abs() <= 150.0));
        }
        site.run(1500);
        site.is_unharmed();
    }
}

#[test]
fn minus_zero_and_subnormal_measurements_are_measurements() {
    for small in [-0.0, SUBNORMAL] {
        let mut site = Site::still();
        for _ in 0..100 {
            site.tick_with(|measured| {
                measured.velocity_rad_s.fill(small);
                measured.torque_nm.fill(small);
                measured.inputs.fill(small);
            });
        }
        site.goes_on_to_rest();
        assert_eq!(site.cycle.status().position_command_rad[..6], home()[..6]);
    }
}

// Hazard: H-17
#[test]
fn a_reading_whose_instant_is_at_the_ends_of_its_range_is_stale() {
    for instant in [i64::MIN, -1, 0, i64::MAX] {
        let mut site = Site::moving();
        site.tick_with(|measured| measured.at_ns = instant);
        assert_eq!(site.trigger(), Trigger::MeasuredStale);
        site.run(1000);
        site.is_unharmed();
        assert_eq!(site.cycle.status().at_rest, 1);
    }
}
