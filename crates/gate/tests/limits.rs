//! A profile that cannot be held is refused, with what, value and what is allowed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod checker;

use checker::{joint, profile};
use spinal_gate::{ArmLimits, ConfigError, Gate, JointLimits, Profile};

fn good() -> Profile {
    profile(vec![joint(-1.0, 1.0, 2.0, 10.0, 400.0); 6], 1_000_000)
}

fn refused(change: impl FnOnce(&mut Profile)) -> ConfigError {
    let mut profile = good();
    change(&mut profile);
    profile.check().unwrap_err()
}

#[test]
fn a_good_profile_is_taken() {
    assert_eq!(good().check(), Ok(()));
    assert!(Gate::new(&good(), None, 80.0).is_ok());
}

// Hazard: H-23
#[test]
fn no_joint_and_more_than_32_joints_are_refused() {
    for n in [0, 33] {
        let error = refused(|profile| profile.joints = vec![joint(-1.0, 1.0, 2.0, 10.0, 400.0); n]);
        assert_eq!(
            error.to_string(),
            format!("joints is {n} joints; allowed: 1 to 32 joints")
        );
    }
    for n in [1, 32] {
        assert!(
            profile(vec![joint(-1.0, 1.0, 2.0, 10.0, 400.0); n], 1_000_000)
                .check()
                .is_ok()
        );
    }
}

// Hazard: H-23
#[test]
fn every_limit_must_be_finite_and_positive() {
    type Field = fn(&mut JointLimits) -> &mut f64;
    let fields: [(&str, Field); 4] = [
        ("velocity_max_rad_s", |joint| &mut joint.velocity_max_rad_s),
        ("acceleration_max_rad_s2", |joint| &mut joint.acceleration_max_rad_s2),
        ("jerk_max_rad_s3", |joint| &mut joint.jerk_max_rad_s3),
        ("torque_max_nm", |joint| &mut joint.torque_max_nm),
    ];
    for (name, field) in fields {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e7] {
            let error = refused(|profile| *field(&mut profile.joints[2]) = bad);
            assert_eq!(
                (error.field.as_str(), error.value),
                (format!("joints[2].{name}").as_str(), bad.to_string())
            );
        }
    }
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(
            refused(|profile| profile.tracking_error_max_rad = bad).field,
            "tracking_error_max_rad"
        );
        assert_eq!(
            refused(|profile| profile.splice_jump_max_rad = bad).field,
            "splice_jump_max_rad"
        );
    }
}

// Hazard: H-23
#[test]
fn a_position_range_must_be_in_order() {
    for (low, high) in [
        (1.0, 1.0),
        (1.0, -1.0),
        (f64::NAN, 1.0),
        (-1.0, f64::NAN),
        (f64::NEG_INFINITY, 1.0),
        (0.0, 0.0005),
    ] {
        let error = refused(|profile| {
            (profile.joints[5].position_min_rad, profile.joints[5].position_max_rad) = (low, high);
        });
        assert!(error.field.starts_with("joints[5].position_"), "{error}");
    }
}

// Hazard: H-23
#[test]
fn times_must_make_sense() {
    for bad in [0, -1, 999, 100_000_001, i64::MIN, i64::MAX] {
        assert_eq!(refused(|profile| profile.period_ns = bad).field, "period_ns");
    }
    for bad in [0, -1, 999_999, 60_000_000_001] {
        assert_eq!(
            refused(|profile| profile.observation_age_max_ns = bad).field,
            "observation_age_max_ns"
        );
        assert_eq!(
            refused(|profile| profile.proposal_gap_max_ns = bad).field,
            "proposal_gap_max_ns"
        );
        assert_eq!(
            refused(|profile| profile.measured_age_max_ns = bad).field,
            "measured_age_max_ns"
        );
    }
    assert_eq!(
        refused(|profile| profile.deadline_misses_max = 0).field,
        "deadline_misses_max"
    );
    assert_eq!(
        refused(|profile| profile.tick_overrun_max = 0).field,
        "tick_overrun_max"
    );
    assert_eq!(refused(|profile| profile.packet_loss_max = 0).field, "packet_loss_max");
}

// Hazard: H-23
#[test]
fn a_jerk_that_the_tick_cannot_resolve_is_refused() {
    let error = refused(|profile| {
        profile.period_ns = 100_000_000;
        profile.observation_age_max_ns = 1_000_000_000;
        profile.joints[0].acceleration_max_rad_s2 = 1000.0;
    });
    assert_eq!(error.field, "joints[0].jerk_max_rad_s3");
}

// Hazard: H-23
#[test]
fn the_jerk_of_one_tick_may_change_the_speed_by_half_of_its_limit_and_no_more() {
    // At 1 kHz 400 rad/s³ change the speed by 4e-4 rad/s in a tick; an acceleration of 0.2 rad/s² lets no tick change more than 2e-4 rad/s.
    for (acceleration, velocity) in [(10.0, 8e-4), (0.2, 4e-4)] {
        let with = |share: f64| {
            let mut profile = good();
            profile.joints[0].acceleration_max_rad_s2 = acceleration;
            profile.joints[0].velocity_max_rad_s = velocity * share;
            profile.check()
        };
        assert_eq!(with(1.001), Ok(()));
        assert_eq!(with(0.999).unwrap_err().field, "joints[0].jerk_max_rad_s3");
    }
}

// Hazard: H-03, H-23
#[test]
fn limits_of_torque_rate_and_of_the_whole_arm_are_positive_or_unlimited() {
    type Field = fn(&mut Profile) -> &mut f64;
    let fields: [(&str, Field); 8] = [
        ("joints[0].torque_rate_max_nm_s", |profile| {
            &mut profile.joints[0].torque_rate_max_nm_s
        }),
        ("arm.tool_speed_max_m_s", |profile| &mut arm(profile).tool_speed_max_m_s),
        ("arm.elbow_speed_max_m_s", |profile| {
            &mut arm(profile).elbow_speed_max_m_s
        }),
        ("arm.momentum_max_kg_m_s", |profile| {
            &mut arm(profile).momentum_max_kg_m_s
        }),
        ("arm.power_max_w", |profile| &mut arm(profile).power_max_w),
        ("arm.kinetic_energy_max_j", |profile| {
            &mut arm(profile).kinetic_energy_max_j
        }),
        ("arm.stopping_time_max_s", |profile| {
            &mut arm(profile).stopping_time_max_s
        }),
        ("arm.stopping_distance_max_m", |profile| {
            &mut arm(profile).stopping_distance_max_m
        }),
    ];
    for (name, field) in fields {
        for bad in [0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
            let error = refused(|profile| *field(profile) = bad);
            assert_eq!((error.field.as_str(), error.value), (name, bad.to_string()));
        }
        for allowed in [1e-6, f64::INFINITY] {
            let mut profile = good();
            *field(&mut profile) = allowed;
            assert_eq!(profile.check(), Ok(()), "{name} {allowed}");
        }
    }
}

fn arm(profile: &mut Profile) -> &mut ArmLimits {
    profile.arm.get_or_insert(ArmLimits {
        tool_speed_max_m_s: 1.0,
        elbow_speed_max_m_s: 1.0,
        momentum_max_kg_m_s: 1.0,
        power_max_w: 1.0,
        kinetic_energy_max_j: 1.0,
        stopping_time_max_s: 1.0,
        stopping_distance_max_m: 1.0,
    })
}

#[test]
fn a_gain_that_the_tick_cannot_follow_is_refused() {
    for bad in [0.0, -1.0, f64::NAN, 301.0] {
        assert_eq!(Gate::new(&good(), None, bad).unwrap_err().field, "follow_rad_s");
    }
    assert!(Gate::new(&good(), None, 299.0).is_ok());
}
