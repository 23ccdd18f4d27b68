//! Where the tool is, and which joints reach a pose.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, non_snake_case)]

mod ur5e;

use proptest::prelude::*;
use spinal_arm::{ArmModel, IkError, Mat3, ModelError, Pose, Vec3};
use ur5e::{GRAVITY, HOME, joints, model, rows, tool};

fn down() -> Mat3 {
    Mat3::diagonal(1.0, -1.0, -1.0)
}

fn distance(a: &Pose, b: &Pose) -> f64 {
    let turned = a.rotation.transpose() * b.rotation;
    (a.translation_m - b.translation_m).norm() + (turned.x.x + turned.y.y + turned.z.z - 3.0).abs()
}

#[test]
fn the_tool_is_where_the_published_table_puts_it() {
    // At q = 0 a UR5e lies along −x: x = a2 + a3, y = −(d4 + d6), z = d1 − d5; the tool sticks out along −y.
    let at_zero = model().forward_kinematics(&joints(&[])).translation_m;
    let expected = Vec3::new(-0.8172, -(0.1333 + 0.0996 + 0.12), 0.1625 - 0.0997);
    assert!((at_zero - expected).norm() < 1e-12, "{at_zero:?}");
}

#[test]
fn an_axis_in_any_direction_is_the_same_arm() {
    let turn = Mat3::rotation_x(0.7);
    let plain = model();
    let base = Pose {
        rotation: turn,
        translation_m: Vec3::new(0.1, 0.2, 0.3),
    };
    let turned = ArmModel::from_dh(&rows(), base, &tool(), GRAVITY).unwrap();
    let expected = base * plain.forward_kinematics(&joints(&HOME));
    assert!(distance(&turned.forward_kinematics(&joints(&HOME)), &expected) < 1e-12);
}

proptest! {
    #[test]
    fn the_jacobian_is_the_derivative_of_the_tool_pose(q in prop::array::uniform6(-3.0..3.0f64), i in 0usize..6) {
        let (model, step) = (model(), 1e-6);
        let jacobian = model.jacobian(&joints(&q));
        let (mut more, mut less) = (q, q);
        more[i] += step;
        less[i] -= step;
        let (more, less) = (model.forward_kinematics(&joints(&more)), model.forward_kinematics(&joints(&less)));
        let linear = (more.translation_m - less.translation_m) * (0.5 / step);
        prop_assert!((linear - jacobian.linear[i]).norm() < 1e-7);
        let spin_x = (more.rotation.x - less.rotation.x) * (0.5 / step);
        let here = model.forward_kinematics(&joints(&q)).rotation.x;
        prop_assert!((spin_x - jacobian.angular[i].cross(here)).norm() < 1e-7);
    }

    #[test]
    fn inverse_kinematics_returns_joints_that_reach_the_pose(
        offset in prop::array::uniform3(-0.08..0.08f64), yaw in -0.3..0.3f64,
    ) {
        let model = model();
        let seed = joints(&HOME);
        let start = model.forward_kinematics(&seed);
        let (s, c) = yaw.sin_cos();
        let turn = Mat3::from_rows([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]);
        let wanted = Pose {
            rotation: turn * start.rotation,
            translation_m: start.translation_m + Vec3::new(offset[0], offset[1], offset[2]),
        };
        let q = model.inverse_kinematics(&wanted, &seed).unwrap();
        prop_assert!(distance(&model.forward_kinematics(&q), &wanted) < 1e-5);
        prop_assert!(q.iter().zip(&seed).all(|(q, seed)| (q - seed).abs() < 1.0));
    }

    #[test]
    fn inverse_kinematics_never_leaves_the_joint_limits(target in prop::array::uniform3(-0.9..0.9f64), tight in 0.05..1.5f64) {
        let mut rows = rows();
        for (row, home) in rows.iter_mut().zip(HOME) {
            (row.position_min_rad, row.position_max_rad) = (home - tight, home + tight);
        }
        let model = ArmModel::from_dh(&rows, Pose::IDENTITY, &tool(), GRAVITY).unwrap();
        let wanted = Pose { rotation: down(), translation_m: Vec3::new(target[0], target[1], target[2]) };
        if let Ok(q) = model.inverse_kinematics(&wanted, &joints(&HOME)) {
            prop_assert!(q.iter().zip(HOME).all(|(q, home)| (q - home).abs() <= tight));
            prop_assert!(distance(&model.forward_kinematics(&q), &wanted) < 1e-5);
        }
    }
}

#[test]
fn a_pose_out_of_reach_is_an_error_with_what_is_left() {
    let wanted = Pose {
        rotation: down(),
        translation_m: Vec3::new(2.0, 0.0, 0.2),
    };
    match model().inverse_kinematics(&wanted, &joints(&HOME)) {
        Err(IkError::Unreachable { position_error_m, .. }) => assert!(position_error_m > 0.8),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pose_that_is_not_finite_is_refused() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let wanted = Pose {
            rotation: down(),
            translation_m: Vec3::new(bad, 0.0, 0.2),
        };
        assert_eq!(
            model().inverse_kinematics(&wanted, &joints(&HOME)),
            Err(IkError::Invalid)
        );
        let fine = model().forward_kinematics(&joints(&HOME));
        assert_eq!(
            model().inverse_kinematics(&fine, &joints(&[bad])),
            Err(IkError::Invalid)
        );
    }
}

#[test]
fn a_target_half_a_turn_away_is_solved_or_refused_never_nan() {
    let model = model();
    let start = model.forward_kinematics(&joints(&HOME));
    let wanted = Pose {
        rotation: start.rotation * Mat3::diagonal(-1.0, -1.0, 1.0),
        ..start
    };
    match model.inverse_kinematics(&wanted, &joints(&HOME)) {
        Ok(q) => assert!(distance(&model.forward_kinematics(&q), &wanted) < 1e-5),
        Err(IkError::FarFromSeed { distance_rad }) => assert!(distance_rad > 1.6),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_wrong_description_is_refused_with_the_joint_that_is_wrong() {
    let build = |rows: &[_]| ArmModel::from_dh(rows, Pose::IDENTITY, &tool(), GRAVITY).err();
    assert_eq!(build(&rows()), None);
    assert_eq!(build(&[]), Some(ModelError::JointCount(0)));
    let one = rows()[0];
    assert_eq!(build(&[one; 32]), None);
    assert_eq!(build(&[one; 33]), Some(ModelError::JointCount(33)));
    let with = |change: &dyn Fn(&mut spinal_arm::DhRow)| {
        let mut rows = rows();
        change(&mut rows[2]);
        build(&rows)
    };
    for bad in [f64::NAN, f64::INFINITY, -1e-9] {
        assert_eq!(with(&|row| row.mass_kg = bad), Some(ModelError::Mass(2)));
        assert_eq!(with(&|row| row.armature_kg_m2 = bad), Some(ModelError::Inertia(2)));
        assert_eq!(with(&|row| row.inertia_kg_m2.x.x = bad), Some(ModelError::Inertia(2)));
    }
    assert_eq!(with(&|row| row.inertia_kg_m2.x.y += 1e-6), Some(ModelError::Inertia(2)));
    assert_eq!(with(&|row| row.a_m = f64::NAN), Some(ModelError::Transform(2)));
    assert_eq!(
        with(&|row| row.position_max_rad = row.position_min_rad),
        Some(ModelError::Limits(2))
    );
    assert_eq!(
        with(&|row| row.position_max_rad = f64::NAN),
        Some(ModelError::Limits(2))
    );
    let heavy = Vec3::new(0.0, f64::NAN, 0.0);
    assert!(ArmModel::from_dh(&rows(), Pose::IDENTITY, &tool(), heavy).is_err());
}
