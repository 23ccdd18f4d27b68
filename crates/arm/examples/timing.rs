//! Times the arm's algorithms on a six-joint arm: `cargo run --release -p spinal-arm --example timing`.
#![allow(clippy::unwrap_used, non_snake_case)]

#[path = "../tests/ur5e/mod.rs"]
mod ur5e;

use std::hint::black_box;
use std::time::Instant;

use spinal_arm::{Four, Joints, MomentumTerms, Motion, Pose, Posture, Vec3};
use ur5e::{HOME, joints, model};

fn median_ns(mut call: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..2000)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..20 {
                call();
            }
            start.elapsed().as_nanos() as f64 / 20.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[1000]
}

fn main() {
    let model = model();
    let (q, v, a) = (
        joints(&HOME),
        joints(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]),
        joints(&[1.0; 6]),
    );
    let mut posture = Posture::default();
    let mut matrix = [[0.0; 32]; 32];
    let mut terms = MomentumTerms::default();
    println!(
        "forward_kinematics     {:7.0} ns",
        median_ns(|| _ = black_box(model.forward_kinematics(black_box(&q))))
    );
    println!(
        "posture.move_to        {:7.0} ns",
        median_ns(|| posture.move_to(&model, black_box(&q)))
    );
    println!(
        "inverse_dynamics       {:7.0} ns",
        median_ns(|| _ = black_box(model.inverse_dynamics(black_box(&q), &v, &a)))
    );
    let mut motion = Motion::default();
    println!(
        "Motion::find           {:7.0} ns",
        median_ns(|| motion.find(&model, black_box(&q), &v, &a))
    );
    let four = |values: &Joints| values.map(Four::splat);
    let (q4, v4, a4, mut motion4) = (four(&q), four(&v), four(&a), Motion::<Four>::default());
    println!(
        "the same, four states  {:7.0} ns",
        median_ns(|| motion4.find(&model, black_box(&q4), &v4, &a4))
    );
    println!(
        "mass_matrix_at         {:7.0} ns",
        median_ns(|| model.mass_matrix_at(black_box(&posture), &mut matrix))
    );
    println!(
        "MomentumTerms::find    {:7.0} ns",
        median_ns(|| terms.find(&model, black_box(&q), &v))
    );
    let start = model.forward_kinematics(&q);
    let wanted = Pose {
        translation_m: start.translation_m + Vec3::new(0.02, -0.03, -0.02),
        ..start
    };
    println!(
        "inverse_kinematics 4 cm{:7.0} ns",
        median_ns(|| _ = black_box(model.inverse_kinematics(black_box(&wanted), &q)))
    );
}
