//! How much jerk is left, held against the arm's own dynamics.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proptest::prelude::*;
use spinal_arm::Joints;

use super::{BUDGET, Headroom, LEAST};
use crate::JointLimits;
use crate::joint::Joint;

#[path = "../../../arm/tests/ur5e/mod.rs"]
mod ur5e;

const RATE_SHARE: f64 = 0.9;

fn limits(torque_rate_max_nm_s: f64) -> Vec<JointLimits> {
    let joint = JointLimits {
        position_min_rad: -6.2,
        position_max_rad: 6.2,
        velocity_max_rad_s: 3.1,
        acceleration_max_rad_s2: 12.0,
        jerk_max_rad_s3: 400.0,
        torque_max_nm: 150.0,
        torque_rate_max_nm_s,
    };
    vec![joint; 6]
}

fn headroom(torque_rate_max_nm_s: f64) -> Headroom {
    Headroom::new(&limits(torque_rate_max_nm_s), RATE_SHARE, 1e-3, &ur5e::model()).unwrap()
}

/// How quickly each torque changes at these jerks of an arm that rests, N·m/s.
fn torque_rates(q: &Joints, jerks: &Joints) -> Joints {
    let model = ur5e::model();
    let still = ur5e::joints(&[0.0; 6]);
    let (before, after) = (
        model.inverse_dynamics(q, &still, &still),
        model.inverse_dynamics(q, &still, jerks),
    );
    std::array::from_fn(|i| after[i] - before[i])
}

proptest! {
    #[test]
    fn whichever_way_the_joints_push_no_torque_changes_too_quickly(
        q in prop::array::uniform6(-3.0..3.0f64), pushes in prop::array::uniform6(-1.0..=1.0f64),
    ) {
        let q = ur5e::joints(&q);
        let allowed = 100.0 * RATE_SHARE * BUDGET;
        let share = headroom(100.0).share(&ur5e::model(), &q);
        prop_assert!(share < 1.0);
        let jerks = ur5e::joints(&pushes.map(|push| push * share * 400.0));
        let rates = torque_rates(&q, &jerks);
        prop_assert!(rates.iter().all(|rate| rate.abs() <= allowed * (1.0 + 1e-9)), "{rates:?}");
        // No more is kept back than needed: some joint is at its bound when all push the wrong way.
        let unit = |joint| {
            let mut unit = [0.0; 6];
            unit[joint] = 1.0;
            torque_rates(&q, &ur5e::joints(&unit))
        };
        let worst = (0..6).map(|joint| (0..6).map(|other| unit(other)[joint].abs()).sum::<f64>() * share * 400.0);
        prop_assert!((worst.fold(0.0, f64::max) / allowed - 1.0).abs() < 1e-6);
    }
}

#[test]
fn torques_that_may_change_at_once_leave_all_jerk() {
    assert!(Headroom::new(&limits(f64::INFINITY), RATE_SHARE, 1e-3, &ur5e::model()).is_none());
    let (model, q) = (ur5e::model(), ur5e::joints(&ur5e::HOME));
    assert_eq!(headroom(1e9).share(&model, &q), 1.0);
    let mut one = limits(f64::INFINITY);
    one[1].torque_rate_max_nm_s = 500.0;
    let share = Headroom::new(&one, RATE_SHARE, 1e-3, &ur5e::model())
        .unwrap()
        .share(&model, &q);
    assert!(share < 1.0);
}

#[test]
fn a_stop_is_never_so_gentle_that_it_cannot_be_looked_at() {
    let (model, q) = (ur5e::model(), ur5e::joints(&ur5e::HOME));
    assert_eq!(headroom(1e-6).share(&model, &q), LEAST);
}

/// Joints that rest there.
fn joints_at(position_rad: &Joints) -> Vec<Joint> {
    let joint = |(limits, &at): (&JointLimits, &f64)| {
        let mut joint = Joint::new(limits, 1e-3);
        joint.rest_at(at);
        joint
    };
    limits(500.0).iter().zip(position_rad).map(joint).collect()
}

#[test]
fn both_ends_of_a_path_count_and_are_looked_at_again_after_4_ms() {
    let model = ur5e::model();
    let stretched = ur5e::joints(&[0.0; 6]);
    let folded = ur5e::joints(&[0.0, -1.5, 2.8, 0.0, 0.0, 0.0]);
    let (least, most) = (
        headroom(500.0).share(&model, &stretched),
        headroom(500.0).share(&model, &folded),
    );
    assert!(least < most);
    // From folded to stretched, and the other way round.
    let between = |from: &Joints, to: &Joints| {
        let mut joints = joints_at(from);
        for (joint, end) in joints.iter_mut().zip(joints_at(to)) {
            joint.tried.1 = end.stop;
        }
        joints
    };
    let mut headroom = headroom(500.0);
    for joints in [between(&folded, &stretched), between(&stretched, &folded)] {
        headroom.look(&model, &joints);
        assert_eq!(headroom.jerk_share(), least);
        for _ in 0..3 {
            headroom.look(&model, &joints_at(&folded));
            assert_eq!(headroom.jerk_share(), least);
        }
    }
    headroom.look(&model, &joints_at(&folded));
    assert_eq!(headroom.jerk_share(), most);
}
