//! Torques, mass matrix and momentum agree with mechanics and with one another.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, non_snake_case)]

mod ur5e;

use proptest::prelude::*;
use spinal_arm::{ArmModel, Joint, Joints, Mat3, Pose, Tool, Vec3};
use ur5e::{GRAVITY, joints, model};

fn times(matrix: &spinal_arm::MassMatrix, v: &Joints) -> Joints {
    let mut out = [0.0; 32];
    for (out, row) in out.iter_mut().zip(matrix) {
        *out = row.iter().zip(v).map(|(a, b)| a * b).sum();
    }
    out
}

fn far(a: &Joints, b: &Joints) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// A pendulum of two point masses whose equations stand in every textbook (Siciliano et al. 2009, §7.3.2), swinging in x–z.
fn double_pendulum() -> ArmModel {
    let link = |at: f64| Joint {
        T_parent_joint: Pose {
            rotation: Mat3::IDENTITY,
            translation_m: Vec3::new(at, 0.0, 0.0),
        },
        axis: Vec3::new(0.0, -1.0, 0.0),
        mass_kg: 2.0,
        com_m: Vec3::new(0.5, 0.0, 0.0),
        inertia_kg_m2: Mat3::ZERO,
        armature_kg_m2: 0.0,
        position_min_rad: -10.0,
        position_max_rad: 10.0,
    };
    let tool = Tool {
        T_joint_tool: Pose::IDENTITY,
        mass_kg: 0.0,
        com_m: Vec3::ZERO,
        inertia_kg_m2: Mat3::ZERO,
    };
    ArmModel::new(&[link(0.0), link(0.7)], &tool, GRAVITY).unwrap()
}

proptest! {
    #[test]
    fn a_double_pendulum_follows_the_textbook(
        (q1, q2) in (-3.0..3.0f64, -3.0..3.0f64), (v1, v2) in (-2.0..2.0f64, -2.0..2.0f64), (a1, a2) in (-2.0..2.0f64, -2.0..2.0f64),
    ) {
        let (m, l, a, g) = (2.0, 0.5, 0.7, 9.81);
        let (s2, c2) = q2.sin_cos();
        let m11 = m * l * l + m * (a * a + l * l + 2.0 * a * l * c2);
        let m12 = m * (l * l + a * l * c2);
        let h = -m * a * l * s2;
        let t1 = m11 * a1 + m12 * a2 + h * (2.0 * v1 * v2 + v2 * v2)
            + g * (m * l * q1.cos() + m * (a * q1.cos() + l * (q1 + q2).cos()));
        let t2 = m12 * a1 + m * l * l * a2 - h * v1 * v1 + g * m * l * (q1 + q2).cos();
        let torque = double_pendulum().inverse_dynamics(&joints(&[q1, q2]), &joints(&[v1, v2]), &joints(&[a1, a2]));
        prop_assert!((torque[0] - t1).abs() < 1e-10 && (torque[1] - t2).abs() < 1e-10, "{torque:?} {t1} {t2}");
    }

    #[test]
    fn the_mass_matrix_is_what_acceleration_costs(
        q in prop::array::uniform6(-3.0..3.0f64), v in prop::array::uniform6(-2.0..2.0f64), a in prop::array::uniform6(-2.0..2.0f64),
    ) {
        let model = model();
        let (q, v, a) = (joints(&q), joints(&v), joints(&a));
        let still = model.inverse_dynamics(&q, &v, &joints(&[]));
        let moved = model.inverse_dynamics(&q, &v, &a);
        let mut expected = times(&model.mass_matrix(&q), &a);
        expected.iter_mut().zip(&still).for_each(|(e, s)| *e += s);
        prop_assert!(far(&moved, &expected) < 1e-9);
    }

    #[test]
    fn momentum_changes_by_torque_and_the_rate_bias(
        q in prop::array::uniform6(-3.0..3.0f64), v in prop::array::uniform6(-2.0..2.0f64), a in prop::array::uniform6(-2.0..2.0f64),
    ) {
        let (model, step) = (model(), 1e-6);
        let (q, v, a) = (joints(&q), joints(&v), joints(&a));
        let terms = model.momentum_terms(&q, &v);
        prop_assert!(far(&terms.momentum, &times(&model.mass_matrix(&q), &v)) < 1e-10);
        let momentum_after = |dt: f64| {
            let (mut q, mut v) = (q, v);
            q.iter_mut().zip(&v).for_each(|(q, v)| *q += v * dt);
            v.iter_mut().zip(&a).for_each(|(v, a)| *v += a * dt);
            model.momentum_terms(&q, &v).momentum
        };
        let (more, less) = (momentum_after(step), momentum_after(-step));
        let mut predicted = model.inverse_dynamics(&q, &v, &a);
        predicted.iter_mut().zip(&terms.rate_bias).for_each(|(p, b)| *p += b);
        let mut rate = [0.0; 32];
        rate.iter_mut().zip(more.iter().zip(&less)).for_each(|(r, (m, l))| *r = (m - l) * 0.5 / step);
        prop_assert!(far(&rate, &predicted) < 1e-5);
    }

    #[test]
    fn the_mass_matrix_is_symmetric_and_positive(q in prop::array::uniform6(-3.0..3.0f64), v in prop::array::uniform6(-1.0..1.0f64)) {
        let matrix = model().mass_matrix(&joints(&q));
        for (i, row) in matrix.iter().enumerate() {
            for (j, value) in row.iter().enumerate() {
                prop_assert_eq!(*value, matrix[j][i]);
            }
        }
        let v = joints(&v);
        let energy: f64 = times(&matrix, &v).iter().zip(&v).map(|(a, b)| a * b).sum();
        prop_assert!(energy >= 0.05 * v.iter().map(|v| v * v).sum::<f64>());
    }
}

#[test]
fn a_joint_without_gravity_about_its_axis_holds_for_free() {
    // The first joint of an upright arm turns about the vertical.
    let torque = model().inverse_dynamics(&joints(&ur5e::HOME), &joints(&[]), &joints(&[]));
    assert!(torque[0].abs() < 1e-12 && torque[1].abs() > 1.0);
}

#[test]
fn nan_in_gives_nan_out_and_no_panic() {
    let torque = model().inverse_dynamics(&joints(&[f64::NAN]), &joints(&[]), &joints(&[]));
    assert!(torque[1].is_nan());
}
