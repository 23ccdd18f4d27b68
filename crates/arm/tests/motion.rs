//! What an arm in motion does agrees with the mass matrix, the Jacobian and the pull of gravity; four at once are as one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, non_snake_case)]

mod ur5e;

use proptest::prelude::*;
use spinal_arm::{ArmModel, Four, Joints, Motion, Posture, Vec3};

type Six = [f64; 6];
use ur5e::{joints, model, model_in};

fn at(arm: &ArmModel, q: &Joints, qd: &Joints, qdd: &Joints) -> Motion {
    let mut motion = Motion::default();
    motion.find(arm, q, qd, qdd);
    motion
}

fn dot(a: &Joints, b: &Joints) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn six() -> impl Strategy<Value = [f64; 6]> {
    prop::array::uniform6(-3.0..3.0f64)
}

proptest! {
    #[test]
    fn speeds_energy_and_momentum_agree_with_the_rest_of_mechanics((q, qd, qdd) in (six(), six(), six())) {
        let (q, qd, qdd) = (joints(&q), joints(&qd), joints(&qdd));
        let arm = model();
        let motion = at(&arm, &q, &qd, &qdd);

        let posture = arm.posture(&q);
        let jacobian = arm.jacobian(&q);
        let columns = jacobian.linear.iter().zip(&qd);
        let tool = columns.fold(Vec3::ZERO, |sum, (column, rate)| sum + *column * *rate);
        prop_assert!((motion.tool_speed_m_s - tool.norm()).abs() < 1e-12);

        let mass = arm.mass_matrix(&q);
        let energy: f64 = 0.5 * mass.iter().zip(&qd).map(|(row, rate)| dot(row, &qd) * rate).sum::<f64>();
        prop_assert!((motion.kinetic_energy_j - energy).abs() < 1e-10 * (1.0 + energy));

        // Gravity g does work at the rate p·g, which the torques that hold the arm against it show.
        let rest = [0.0; 32];
        let axes = [Vec3::new(1.0, 0.0, 0.0), Vec3::new(0.0, 1.0, 0.0), Vec3::new(0.0, 0.0, 1.0)];
        let momentum = axes.map(|g| -dot(&at(&model_in(g), &q, &rest, &rest).torque_nm, &qd));
        let size = momentum.iter().map(|p| p * p).sum::<f64>().sqrt();
        prop_assert!((motion.momentum_kg_m_s - size).abs() < 1e-10 * (1.0 + size));

        // The fastest joint: how far each origin goes in an instant.
        let step_s = 1e-6;
        let mut after = q;
        after.iter_mut().zip(&qd).for_each(|(q, qd)| *q += qd * step_s);
        let moved = arm.posture(&after);
        let fastest = (0..6).map(|i| (moved.joint_origin_m(i).unwrap() - posture.joint_origin_m(i).unwrap()).norm() / step_s);
        prop_assert!((motion.joint_speed_m_s - fastest.fold(0.0, f64::max)).abs() < 1e-4);

        // How fast some points of the links go, as their own frames have it.
        for link in 0..6 {
            let point = Vec3::new(0.1, -0.2, 0.3);
            let twist = motion.links[link];
            let own = arm.in_twist_frame_m(link, point).unwrap();
            let speed = (twist.velocity_m_s + twist.turning_rad_s.cross(own)).norm();
            let place = |posture: &Posture| posture.link(link).unwrap().apply(point);
            let way = (place(&moved) - place(&posture)).norm() / step_s;
            prop_assert!((speed - way).abs() < 1e-4, "{link} {speed} {way}");
        }
    }

    #[test]
    fn four_states_at_once_move_as_each_alone(states in prop::array::uniform4((six(), six(), six()))) {
        let lanes = |pick: fn(&(Six, Six, Six)) -> &Six| {
            let mut four = [Four::splat(0.0); 32];
            for (i, slot) in four.iter_mut().enumerate().take(6) {
                *slot = Four::from([0, 1, 2, 3].map(|lane: usize| pick(&states[lane])[i]));
            }
            four
        };
        let mut together = Motion::<Four>::default();
        together.find(&model(), &lanes(|s| &s.0), &lanes(|s| &s.1), &lanes(|s| &s.2));
        for (lane, (q, qd, qdd)) in states.iter().enumerate() {
            let alone = at(&model(), &joints(q), &joints(qd), &joints(qdd));
            for (torque, wanted) in together.torque_nm.iter().zip(&alone.torque_nm) {
                prop_assert!((torque.to_array()[lane] - wanted).abs() < 1e-10);
            }
            let pairs = [
                (together.tool_speed_m_s, alone.tool_speed_m_s),
                (together.joint_speed_m_s, alone.joint_speed_m_s),
                (together.momentum_kg_m_s, alone.momentum_kg_m_s),
                (together.kinetic_energy_j, alone.kinetic_energy_j),
            ];
            for (four, one) in pairs {
                prop_assert!((four.to_array()[lane] - one).abs() < 1e-11);
            }
        }
    }

    #[test]
    fn no_shape_of_the_arm_has_more_inertia_or_moment_than_its_bounds(q in six(), rates in six()) {
        let arm = model();
        let (inertias, moments) = arm.inertias_max();
        let (q, still) = (joints(&q), joints(&[0.0; 6]));
        let matrix = arm.mass_matrix(&q);
        for joint in 0..6 {
            prop_assert!(matrix[joint][joint] <= inertias[joint]);
            let mut rate = still;
            rate[joint] = rates[joint];
            let motion = at(&arm, &q, &rate, &still);
            prop_assert!(motion.momentum_kg_m_s <= moments[joint] * rates[joint].abs() + 1e-12);
        }
        prop_assert_eq!((inertias[6], moments[6]), (0.0, 0.0));
    }

    #[test]
    fn nothing_outwards_is_further_from_a_joint_than_its_lever(q in six()) {
        let arm = model();
        let posture = arm.posture(&joints(&q));
        for (joint, lever) in arm.levers_m().iter().enumerate().take(6) {
            let axis = posture.joint_origin_m(joint).unwrap();
            for outer in (joint..6).map(|i| posture.joint_origin_m(i).unwrap()).chain([posture.tool().translation_m]) {
                prop_assert!((outer - axis).norm() <= lever + 1e-12);
            }
        }
        prop_assert_eq!(arm.levers_m()[6], 0.0);
    }
}
